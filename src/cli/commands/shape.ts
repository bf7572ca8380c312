/** `weir shape`: a capture as it leaves a shaper, its packets delayed to their departures, in order of time. */
import { Command } from "commander";
import { ConfigError, OutputError } from "../../errors.ts";
import { CaptureFile } from "../../police/capturefile.ts";
import { SHAPER_PARAMS, SHAPERS, type ShaperRow } from "../../policies.ts";
import { failureOf } from "../../report/captures.ts";
import { summarize } from "../../report/summary.ts";
import { type CaptureFormat, Departures } from "../../shape/departures.ts";
import { ShapedFiles } from "../../shape/files.ts";
import { writeWithLevels } from "../../shape/levels.ts";
import { measureSettingsOf } from "../../shape/line.ts";
import { measuresOf } from "../../shape/measures.ts";
import { shapeJson, type ShapeResult, writtenOf } from "../../shape/result.ts";
import { shapeText } from "../../shape/text.ts";
import type { CaptureMeter } from "../../trace/meter.ts";
import { Output, PipeClosed } from "../../trace/output.ts";
import type { Rational } from "../../types.ts";
import { parseAmount, parseRate } from "../../units.ts";
import { addCaptureOptions, byOf, type CaptureOptions, Captures, checkStdin } from "../captures.ts";
import { isUnreadable, MeterMaker } from "../captures.ts";
import { countOf, withExample } from "../options.ts";
import { paintFor } from "../paint.ts";
import { checkPlaces } from "../places.ts";
import { Progress } from "../progress.ts";
import { checkOutputs, RowFiles } from "../rows.ts";
import type { RunResult } from "../run.ts";
import { shaperOf } from "../shaperpolicy.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
const STDOUT = "-";
const TOP_LIMIT = 1_000_000;
const TOP_DEFAULT = "10";
const HOLD_DEFAULT = "1GiB";
const HOLD_LEAST_BYTES = 16n << 20n;
const HOLD_MOST_BYTES = 3n << 30n;
const FORMATS: readonly CaptureFormat[] = ["pcap", "pcapng"];
const EXAMPLE = "weir shape trace.pcap --rate 10Mbit/s --burst 64kB -o shaped.pcap";

interface ShapeOptions extends CaptureOptions {
  readonly output?: string;
  readonly dropped?: string;
  readonly format?: string;
  readonly holdMemory?: string;
  readonly line?: string;
  readonly packets?: string;
  readonly levels?: boolean;
  readonly flows?: string;
  readonly json?: boolean;
  readonly top?: string;
}

/** The command with its options; those of captures are those of `weir meter`, those of shapers come from their table. */
export function shapeCommand(): Command {
  const command = new Command("shape").description(
    "Write a capture again as it leaves a shaper: each packet at the time of its departure, in order of time.",
  );
  addCaptureOptions(command, {
    params: SHAPER_PARAMS,
    fileHelp: "YAML or JSON policy of a shaper, whose values options beside it replace",
  });
  return addReportOptions(addFileOptions(command))
    .addHelpText("after", helpEnd())
    .action(async (captures: string[], options: ShapeOptions) => {
      process.exitCode = await shapeCaptures(captures, options);
    });
}

function addFileOptions(command: Command): Command {
  return command
    .option(
      "-o, --output <file>",
      withExample('the capture to write: .pcap or .pcapng, or "-" for stdout; needed', "--output shaped.pcap"),
    )
    .option(
      "--dropped <file>",
      withExample("a capture of the packets that were dropped, at the times of their arrival", "--dropped lost.pcap"),
    )
    .option(
      "--format <format>",
      withExample("pcap or pcapng, where a name does not say it; default pcap", "--format pcapng"),
    )
    .option(
      "--hold-memory <size>",
      withExample(
        `most memory for frames that wait, 16MiB to 3GiB; with more the run ends; default ${HOLD_DEFAULT}`,
        "--hold-memory 3GiB",
      ),
    );
}

function addReportOptions(command: Command): Command {
  return command
    .option(
      "--line <rate>",
      withExample("rate of the line behind the shaper: how much of it stays unused", "--line 100Mbit/s"),
    )
    .option("--packets <file>", withExample('a CSV row a packet; "-" for stdout', "--packets departures.csv"))
    .option(
      "--levels",
      withExample("two more columns in --packets: level of the bucket, and what waits after the packet", "--levels"),
    )
    .option("--flows <file>", withExample('a row a flow, .csv or .json; "-" for CSV on stdout', "--flows flows.csv"))
    .option("--json", withExample("the summary as one JSON document on stdout", "--json"))
    .option("--top <n>", withExample(`worst flows in --json; default ${TOP_DEFAULT}`, "--top 20"))
    .option("--quiet", withExample("no summary and no progress bar", "--quiet"));
}

/** Shapers with what they need, an example, the exit codes. */
function helpEnd(): string {
  return [
    "",
    "Shapers, and what each needs (default leaky-bucket):",
    ...SHAPERS.map(shaperHelp),
    "",
    "Example:",
    `  ${EXAMPLE}`,
    "",
    "Exit codes: 0 done, 1 input unreadable or damaged, or output not written to its end (it holds whole packets), 2 bad usage or policy, 130 interrupted (what was read has departed).",
  ].join("\n");
}

function shaperHelp({ name, summary, needed, bounds }: ShaperRow): string {
  const width = Math.max(...SHAPERS.map((row) => row.name.length));
  const own = needed.map((param) => `--${param.name}`).join(" ");
  const either = bounds.map((param) => `--${param.name}`).join(" or ");
  return `  ${name.padEnd(width)}  ${summary}\n  ${" ".repeat(width)}    ${own} ${either}`;
}

/** Runs the command. Answers the exit code; throws ConfigError, CaptureError, OutputError, PipeClosed. */
async function shapeCaptures(paths: readonly string[], options: ShapeOptions): Promise<number> {
  const policy = await shaperOf(options, EXAMPLE);
  const top = countOf("top", options.top ?? TOP_DEFAULT, 0, TOP_LIMIT);
  const line = lineOf(options);
  const { path, format, droppedFormat } = checkFiles(paths, options);
  const measures = measureSettingsOf(policy);
  const meter = new MeterMaker(policy, options).make(paths.length, {
    frames: true,
    delays: options.packets !== undefined,
    levels: options.levels === true || measures.backlog === "queue",
    measures,
  });
  const queue = new Departures(meter, { format, droppedFormat, holdBytes: holdBytesOf(options) });
  const files = {
    departed: new CaptureFile(path),
    ...(options.dropped === undefined ? {} : { dropped: new CaptureFile(options.dropped) }),
  };
  const captures = await Captures.open(paths);
  const run = {
    meter,
    queue,
    files: new ShapedFiles(files),
    rows: new RowFiles(options, { departures: true, levels: options.levels === true }),
    showsLevels: options.levels === true,
  };
  try {
    const result = await shape(captures, run, path, options);
    const results = captures.results(meter, result);
    const failures = [...results.map(failureOf), ...run.rows.failures].filter((text) => text !== null);
    for (const failure of failures) process.stderr.write(`weir: ${failure}\n`);
    if (options.json === true || (options.quiet !== true && !isUnreadable(results))) {
      const summary = summarize(meter, { policy, by: byOf(policy, options), top, captures: results, ...result });
      const outputs = writtenOf(queue.counts, files);
      const figures = { measures: measuresOf(meter, policy), queue: queue.counts, outputs };
      await showResult({ summary, policy, line, ...figures }, options);
    }
    if (result.isInterrupted) return INTERRUPTED_EXIT_CODE;
    return failures.length > 0 ? FAILED_EXIT_CODE : 0;
  } catch (error) {
    // A reader that had stopped reading was given up after Ctrl-C.
    if (error instanceof PipeClosed && run.files.isHurried) return INTERRUPTED_EXIT_CODE;
    throw error;
  } finally {
    await captures.close();
  }
}

interface Run {
  readonly meter: CaptureMeter;
  readonly queue: Departures;
  readonly files: ShapedFiles;
  readonly rows: RowFiles;
  readonly showsLevels: boolean;
}

/** Reads the captures through the shaper and writes what departs. */
async function shape(captures: Captures, run: Run, path: string, { quiet }: ShapeOptions): Promise<RunResult> {
  const { meter, queue, files, rows } = run;
  await rows.begin();
  const result = await captures.run(meter, {
    onBatch: (packets) => onBatch(run, packets, path),
    onInterrupt: () => {
      rows.hurry();
      files.hurry();
    },
    progress: new Progress(process.stderr, quiet !== true),
  });
  await files.write(queue.finish());
  files.close();
  await rows.finish(meter);
  return result;
}

/** Plain files give no promise: millions of them would be garbage. */
function onBatch(run: Run, packets: number, path: string): void | Promise<void> {
  const { queue, files, rows, meter, showsLevels } = run;
  const written = files.write(queue.take(packets));
  if (written === undefined && !rows.hasPackets && queue.whyStopped === null) return;
  return afterBatch(written, async () => {
    if (queue.whyStopped !== null) await endEarly(run, queue.whyStopped, path);
    await writeWithLevels(meter, showsLevels, () => rows.writePackets(meter, packets));
  });
}

async function afterBatch(written: void | Promise<void>, then: () => Promise<void>): Promise<void> {
  await written;
  await then();
}

/** All that was taken departs, so that the capture is right as far as it goes. Throws OutputError. */
async function endEarly({ queue, files }: Run, reason: string, path: string): Promise<never> {
  await files.write(queue.finish());
  files.close();
  throw new OutputError(path, new Error(`${reason} (the packets up to there are written)`));
}

/** Bytes each second of the line to compare with, or null. Throws ConfigError. */
function lineOf({ line }: ShapeOptions): Rational | null {
  if (line === undefined) return null;
  const { unitsPerSec, cost } = parseRate("line", line);
  if (cost === "bytes" && unitsPerSec.num > 0n) return unitsPerSec;
  throw new ConfigError("UNIT", "line", line, "is a rate of bits or bytes above 0, such as 100Mbit/s");
}

/** Throws ConfigError. */
function holdBytesOf({ holdMemory = HOLD_DEFAULT }: ShapeOptions): number {
  const { units, cost } = parseAmount("hold-memory", holdMemory);
  if (cost === "bytes" && units.den === 1n && units.num >= HOLD_LEAST_BYTES && units.num <= HOLD_MOST_BYTES) {
    return Number(units.num);
  }
  throw new ConfigError("RANGE", "hold-memory", holdMemory, "must be a size from 16MiB to 3GiB");
}

interface CheckedFiles {
  readonly path: string;
  readonly format: CaptureFormat;
  readonly droppedFormat: CaptureFormat | undefined;
}

/** Checked before anything is opened. Throws ConfigError, OutputError. */
function checkFiles(paths: readonly string[], options: ShapeOptions): CheckedFiles {
  const { output, dropped, packets, flows, format } = options;
  if (output === undefined) {
    throw new ConfigError("MISSING", "output", undefined, `is missing; name a capture, such as: ${EXAMPLE}`);
  }
  checkStdin(paths);
  const formats = {
    format: formatOf("output", output, format),
    droppedFormat: dropped === undefined ? undefined : formatOf("dropped", dropped, format),
  };
  checkOutputs({ packets, flows });
  if (output === STDOUT && process.stdout.isTTY) {
    throw new ConfigError("CONFLICT", "output", output, "stdout is a terminal; pipe it to a program, or name a file");
  }
  checkPlaces(paths, { output, dropped, packets, flows });
  return { path: output, ...formats };
}

/** The name's format, else the one that is asked for. Throws ConfigError. */
function formatOf(option: string, name: string, asked: string | undefined): CaptureFormat {
  const ending = /\.(pcapng|pcap)(?:\.gz)?$/iu.exec(name)?.[1]?.toLowerCase();
  const wanted = asked === undefined ? undefined : FORMATS.find((format) => format === asked);
  if (asked !== undefined && wanted === undefined) {
    throw new ConfigError("CHOICE", "format", asked, "is pcap or pcapng");
  }
  if (ending === undefined) {
    if (wanted !== undefined || name === STDOUT) return wanted ?? "pcap";
    throw new ConfigError("CHOICE", option, name, "is a capture; name it .pcap or .pcapng, or give --format beside it");
  }
  if (wanted === undefined || wanted === ending) return ending === "pcapng" ? "pcapng" : "pcap";
  throw new ConfigError("CONFLICT", option, name, `is named .${ending}, but the format asked for is ${wanted}`);
}

/** To stdout, or to stderr when a capture or rows go there; --quiet drops it there. */
async function showResult(result: ShapeResult, options: ShapeOptions): Promise<void> {
  const { output, dropped, packets, flows, json, quiet } = options;
  const isStdoutTaken = [output, dropped, packets, flows].includes(STDOUT);
  if (isStdoutTaken && quiet === true) return;
  const stream = isStdoutTaken ? process.stderr : process.stdout;
  const text = json === true ? shapeJson(result) : shapeText(result, paintFor(stream));
  if (isStdoutTaken) process.stderr.write(text);
  else await new Output("-").write(text);
}
