/** What the command line runs: the command that was asked for, and what is said of its failure. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CaptureError, ConfigError, OutputError } from "../errors.ts";
import type { DecoderThread } from "../threads/decoderthread.ts";
import { WorkerError } from "../threads/worker.ts";
import { PipeClosed } from "../trace/output.ts";
import { meterCommand } from "./commands/meter.ts";

const USAGE_EXIT_CODE = 2;
const VERSION_FLAGS: ReadonlySet<string> = new Set(["-V", "--version"]);
/**
 * Every command, in the order of the help. The first is used the most and comes with what it shares with the others;
 * each of those is loaded when it is asked for.
 */
const COMMANDS: Readonly<Record<string, (early?: DecoderThread) => Command | Promise<Command>>> = {
  meter: meterCommand,
  police: async () => (await import("./commands/police.ts")).policeCommand(),
  shape: async () => (await import("./commands/shape.ts")).shapeCommand(),
  compare: async () => (await import("./commands/compare.ts")).compareCommand(),
  report: async () => (await import("./commands/report.ts")).reportCommand(),
  plot: async () => (await import("./commands/plot.ts")).plotCommand(),
  watch: async () => (await import("./commands/watch.ts")).watchCommand(),
  explain: async () => (await import("./commands/explain.ts")).explainCommand(),
  burst: async () => (await import("./commands/burst.ts")).burstCommand(),
  synth: async () => (await import("./commands/synth.ts")).synthCommand(),
};

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

/** The command that the arguments begin with; all of them when they begin with something else, such as --help. */
async function commandsFor(args: readonly string[], early?: DecoderThread): Promise<readonly Command[]> {
  const [name = ""] = args;
  if (VERSION_FLAGS.has(name)) return [];
  if (Object.hasOwn(COMMANDS, name)) return [await COMMANDS[name]!(early)];
  return Promise.all(Object.values(COMMANDS).map(async (load) => load()));
}

/** Knows the commands that the arguments (behind the program's name) may mean. */
async function programFor(args: readonly string[], early?: DecoderThread): Promise<Command> {
  const weir = new Command("weir")
    .description("Exact, fast traffic meter: which packets of which flows conform to their contract?")
    .version(packageVersion())
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined });
  for (const command of await commandsFor(args, early)) weir.addCommand(command);
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

/** Runs the process's command line. `early`: a thread that the command may take over; else it ends with the process. */
export async function runProgram(early: DecoderThread | undefined): Promise<void> {
  // A reader that has gone away (`| head`) is no failure of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  try {
    const weir = await programFor(process.argv.slice(2), early);
    await weir.parseAsync(process.argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}
