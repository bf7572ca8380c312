/** `weir police`: a capture as it leaves a policer, its packets passed, marked or dropped by color. */
import { fstatSync, statSync, type Stats } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import { ConfigError } from "../../errors.ts";
import { hasPassedClock } from "../../police/clock.ts";
import { countsOf } from "../../police/counts.ts";
import { Rewriter } from "../../police/rewriter.ts";
import { policeJson, type PoliceResult, policeText } from "../../police/text.ts";
import { COLOR_NAMES, type ColorAction, type ColorActions, type ColorName, parseAction } from "../../policies.ts";
import { failureOf } from "../../report/captures.ts";
import { summarize } from "../../report/summary.ts";
import { CaptureFile } from "../../trace/capturefile.ts";
import { isStdin } from "../../trace/file.ts";
import type { CaptureMeter } from "../../trace/meter.ts";
import { Output } from "../../trace/output.ts";
import { addCaptureOptions, byOf, type CaptureOptions, Captures, checkStdin } from "../captures.ts";
import { isUnreadable, MeterMaker } from "../captures.ts";
import { withExample } from "../options.ts";
import { checkWritable } from "../outputfile.ts";
import { paintFor } from "../paint.ts";
import { policyAndActionsOf } from "../policy.ts";
import { Progress } from "../progress.ts";
import { checkOutputs, RowFiles } from "../rows.ts";
import type { RunResult } from "../run.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
const STDOUT = "-";
const STDIN_FD = 0;
const TOP = 10;
const DEFAULTS: Readonly<Record<ColorName, string>> = { green: "pass", yellow: "pass", red: "drop" };
const EXAMPLES: Readonly<Record<ColorName, string>> = { green: "af", yellow: "af,ecn", red: "dscp:CS1" };
const EXAMPLE = "weir police trace.pcap --meter token-bucket --rate 10Mbit/s --burst 64kB -o policed.pcap";

interface PoliceOptions extends CaptureOptions {
  readonly output?: string;
  readonly green?: string;
  readonly yellow?: string;
  readonly red?: string;
  readonly packets?: string;
  readonly json?: boolean;
}

/** The command with its options; those of captures and policies are those of `weir meter`. */
export function policeCommand(): Command {
  const command = new Command("police").description(
    "Write a capture again as it leaves a policer: packets pass, are marked or dropped by color, and no other byte changes.",
  );
  addCaptureOptions(command).option(
    "-o, --output <file>",
    withExample('the capture to write; "-" for stdout; a name in .gz is compressed; needed', "--output policed.pcap"),
  );
  for (const color of COLOR_NAMES) {
    const text = `what becomes of ${color} packets; default that of the policy file, else ${DEFAULTS[color]}`;
    command.option(`--${color} <action>`, withExample(text, `--${color} ${EXAMPLES[color]}`));
  }
  return command
    .option(
      "--packets <file>",
      withExample('a row a packet: .csv, .parquet or .arrow; "-" for CSV on stdout', "--packets verdicts.csv"),
    )
    .option("--json", withExample("the summary as one JSON document on stdout", "--json"))
    .option("--quiet", withExample("no summary and no progress bar", "--quiet"))
    .addHelpText("after", helpEnd())
    .action(async (captures: string[], options: PoliceOptions) => {
      process.exitCode = await policeCapture(captures, options);
    });
}

function helpEnd(): string {
  return [
    "",
    "Actions:",
    "  pass         as it is",
    "  drop         left out",
    "  dscp:<name>  this code point: a name such as AF12, EF, CS1, or 0 to 63; within one AF class never a better one",
    "  af           drop precedence of the color (green AFx1, yellow AFx2, red AFx3) in the packet's own AF class; never a better one",
    "  ecn          congestion experienced; packets that are not ECN-capable are dropped",
    "  pcp:<n>      priority 0 to 7 of the outermost VLAN tag",
    "  dei          drop eligible indicator of the outermost VLAN tag",
    "Marks are joined by commas, such as af,ecn. A policy file states them as actions: {yellow: af, red: drop}.",
    "",
    "Example:",
    `  ${EXAMPLE}`,
    "",
    "Exit codes: 0 done, 1 input unreadable or damaged, or output not written to its end (it holds whole packets), 2 bad usage or policy, 130 interrupted (the capture holds what was read).",
  ].join("\n");
}

/** Runs the command. Answers the exit code; throws ConfigError, CaptureError, OutputError, PipeClosed. */
async function policeCapture(paths: readonly string[], options: PoliceOptions): Promise<number> {
  const { policy, actions: stated } = await policyAndActionsOf(options, EXAMPLE);
  const actions = actionsOf(options, stated);
  const path = checkPaths(paths, options);
  const meter = new MeterMaker(policy, options).make(1, {
    frames: true,
    passedClock: hasPassedClock(policy, actions),
    delays: options.packets !== undefined,
  });
  const captures = await Captures.open(paths);
  try {
    const file = new CaptureFile(path);
    const rows = new RowFiles({ packets: options.packets }, policy, { departures: false, levels: false });
    const rewriter = new Rewriter(meter, captures.inputs[0]!.name, actions, (bytes) => file.write(bytes));
    const result = await police(captures, { meter, rewriter, file, rows }, options);
    const results = captures.results(meter, result);
    const failures = [...results.map(failureOf), ...rows.failures].filter((line) => line !== null);
    for (const line of failures) process.stderr.write(`weir: ${line}\n`);
    if (options.json === true || (options.quiet !== true && !isUnreadable(results))) {
      const summary = summarize(meter, { policy, by: byOf(policy, options), top: TOP, captures: results, ...result });
      const colors = countsOf(rewriter, actions, summary.stats);
      const { earlier } = rewriter;
      await showResult({ summary, colors, earlier, output: file.name, outputBytes: file.bytes }, options);
    }
    if (result.isInterrupted) return INTERRUPTED_EXIT_CODE;
    return failures.length > 0 ? FAILED_EXIT_CODE : 0;
  } finally {
    await captures.close();
  }
}

interface Run {
  readonly meter: CaptureMeter;
  readonly rewriter: Rewriter;
  readonly file: CaptureFile;
  readonly rows: RowFiles;
}

/** Reads the capture through the meter and writes what is given out. */
async function police(captures: Captures, run: Run, { quiet }: PoliceOptions): Promise<RunResult> {
  const { meter, rewriter, file, rows } = run;
  await rows.begin();
  try {
    const result = await captures.run(meter, {
      onBatch: (packets) => {
        const given = taken(run, packets);
        if (!rows.hasPackets) return given;
        return Promise.resolve(given).then(() => rows.writePackets(meter, packets));
      },
      beforeFeed: () => marked(file, rewriter.beforeFeed()),
      onInterrupt: () => {
        rows.hurry();
        file.hurry();
      },
      progress: new Progress(process.stderr, quiet !== true),
    });
    await taken(run, 0);
    await file.close();
    await rows.finish(meter);
    return result;
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

function taken({ rewriter, file }: Run, packets: number): void | Promise<void> {
  return marked(file, rewriter.take(packets));
}

/** What the rewriter gives at a time ends with a record. */
function marked(file: CaptureFile, given: void | Promise<void>): void | Promise<void> {
  if (given !== undefined) return given.then(() => file.mark());
  file.mark();
}

/** An option's action, else the file's, else the default. Throws ConfigError. */
function actionsOf(options: PoliceOptions, stated: Partial<ColorActions>): ColorActions {
  const actionOf = (color: ColorName): ColorAction => {
    const text = options[color];
    return text === undefined ? (stated[color] ?? parseAction(color, DEFAULTS[color])) : parseAction(color, text);
  };
  return { green: actionOf("green"), yellow: actionOf("yellow"), red: actionOf("red") };
}

/** Checked before anything is opened. Answers the path of the capture to write. Throws ConfigError, OutputError. */
function checkPaths(paths: readonly string[], { output, packets }: PoliceOptions): string {
  const [input, second] = paths;
  if (second !== undefined) {
    const detail = "one capture is written again at a time; merge them first (mergecap), or run them one by one";
    throw new ConfigError("CONFLICT", "capture", second, detail);
  }
  if (output === undefined) {
    throw new ConfigError("MISSING", "output", undefined, `is missing; name a capture, such as: ${EXAMPLE}`);
  }
  checkStdin(paths);
  checkOutputs({ packets });
  if (packets !== undefined && (packets === output || resolve(packets) === resolve(output))) {
    const where = output === STDOUT ? "stdout" : "this file";
    throw new ConfigError("CONFLICT", "packets", packets, `the capture goes to ${where} already; name another one`);
  }
  if (output === STDOUT && process.stdout.isTTY) {
    throw new ConfigError("CONFLICT", "output", output, "stdout is a terminal; pipe it to a program, or name a file");
  }
  const there = output === STDOUT ? undefined : statSync(output, { throwIfNoEntry: false });
  if (there !== undefined && isSame(there, input!)) {
    throw new ConfigError("CONFLICT", "output", output, "is the capture that is read; name another file");
  }
  // Opening a pipe here would tell its reader of an end.
  if (output !== STDOUT && there?.isFile() !== false) checkWritable(output);
  return output;
}

/** True when the capture that is read is the file there. */
function isSame(there: Stats, input: string): boolean {
  const read = isStdin(input) ? fstatSync(STDIN_FD) : statSync(input, { throwIfNoEntry: false });
  return there.isFile() && read?.dev === there.dev && read.ino === there.ino;
}

/** To stdout, or to stderr when the capture or its rows go there; --quiet drops it there. */
async function showResult(result: PoliceResult, { output, packets, json, quiet }: PoliceOptions): Promise<void> {
  const isStdoutTaken = output === STDOUT || packets === STDOUT;
  if (isStdoutTaken && quiet === true) return;
  const stream = isStdoutTaken ? process.stderr : process.stdout;
  const text = json === true ? policeJson(result) : policeText(result, paintFor(stream));
  if (isStdoutTaken) process.stderr.write(text);
  else await new Output("-").write(text);
}
