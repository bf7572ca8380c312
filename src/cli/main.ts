#!/usr/bin/env node
/** The command line: `weir <command>`. Errors are one line on stderr; exit codes are in the README. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CaptureError, ConfigError, OutputError } from "../errors.ts";
import { WorkerError } from "../threads/worker.ts";
import { PipeClosed } from "../trace/output.ts";
import { burstCommand } from "./commands/burst.ts";
import { compareCommand } from "./commands/compare.ts";
import { explainCommand } from "./commands/explain.ts";
import { meterCommand } from "./commands/meter.ts";
import { policeCommand } from "./commands/police.ts";
import { plotCommand } from "./commands/plot.ts";
import { reportCommand } from "./commands/report.ts";
import { shapeCommand } from "./commands/shape.ts";
import { synthCommand } from "./commands/synth.ts";
import { watchCommand } from "./commands/watch.ts";

const USAGE_EXIT_CODE = 2;
const COMMANDS = [
  meterCommand,
  policeCommand,
  shapeCommand,
  compareCommand,
  reportCommand,
  plotCommand,
  watchCommand,
  explainCommand,
  burstCommand,
  synthCommand,
] as const;

function packageVersion(): string {
  // Two folders up from src/cli, three from dist/src/cli.
  for (const path of ["../../package.json", "../../../package.json"]) {
    try {
      return (JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as { version: string }).version;
    } catch {
      continue;
    }
  }
  return "unknown";
}

function program(): Command {
  const weir = new Command("weir")
    .description("Exact, fast traffic meter: which packets of which flows conform to their contract?")
    .version(packageVersion())
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined });
  for (const command of COMMANDS) weir.addCommand(command());
  for (const command of [weir, ...weir.commands])
    command.exitOverride().configureOutput({ outputError: () => undefined });
  return weir;
}

/** Exit code of a failed run, after saying why on stderr. */
function report(error: unknown): number {
  if (error instanceof PipeClosed) return 0;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // A bare `weir` has shown its help.
    if (error.code === "commander.help") return USAGE_EXIT_CODE;
    const line = error.message.replace(/^error: /u, "").replaceAll("\n", " ");
    process.stderr.write(`weir: ${line}; see weir --help\n`);
    return USAGE_EXIT_CODE;
  }
  if (
    error instanceof ConfigError ||
    error instanceof CaptureError ||
    error instanceof OutputError ||
    error instanceof WorkerError
  ) {
    process.stderr.write(`weir: ${error.message}\n`);
    return error.exitCode;
  }
  throw error;
}

// A reader that has gone away (`| head`) is no failure of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
try {
  await program().parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}
