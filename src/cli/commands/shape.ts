/** `weir shape`: a capture as it leaves a shaper or a link, its packets delayed to their departures, in order of time. */
import { Command } from "commander";
import { SHAPER_PARAMS, SHAPERS, type ShaperRow } from "../../policies.ts";
import { failureOf } from "../../report/captures.ts";
import { summarize } from "../../report/summary.ts";
import type { Paint } from "../../report/text.ts";
import { Departures } from "../../shape/departures.ts";
import { type RecordFiles, ShapedFiles } from "../../shape/files.ts";
import { LINK_MEASURES, measureSettingsOf } from "../../shape/line.ts";
import { linkJson, linkResultOf, linkText } from "../../shape/linkresult.ts";
import { measuresOf } from "../../shape/measures.ts";
import { shapeJson, writtenOf } from "../../shape/result.ts";
import { shapeText } from "../../shape/text.ts";
import { CaptureFile } from "../../trace/capturefile.ts";
import { Output, PipeClosed } from "../../trace/output.ts";
import type { LinkPolicy, ShaperPolicy } from "../../types.ts";
import { addCaptureOptions, byOf, Captures } from "../captures.ts";
import { isUnreadable, MeterMaker } from "../captures.ts";
import { countOf } from "../options.ts";
import { paintFor } from "../paint.ts";
import { RowFiles } from "../rows.ts";
import type { RunResult } from "../run.ts";
import { addFileOptions, addReportOptions, checkFiles, holdBytesOf, lineOf } from "../shapeoptions.ts";
import { type ShapeOptions, takesStdout, TOP_DEFAULT } from "../shapeoptions.ts";
import { shaperOf } from "../shaperpolicy.ts";
import { shape, type ShapingRun } from "../shaping.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
const TOP_LIMIT = 1_000_000;
const EXAMPLE = "weir shape trace.pcap --rate 10Mbit/s --burst 64kB -o shaped.pcap";

/** The command with its options; those of captures are those of `weir meter`, those of shapers come from their table. */
export function shapeCommand(): Command {
  const command = new Command("shape").description(
    "Write a capture again as it leaves a shaper or a link: each packet at the time of its departure, in order of time.",
  );
  addCaptureOptions(command, {
    params: SHAPER_PARAMS,
    fileHelp: "YAML or JSON policy of a shaper, whose values options beside it replace, or of a link with queues",
  });
  return addReportOptions(addFileOptions(command))
    .addHelpText("after", helpEnd())
    .action(async (captures: string[], options: ShapeOptions) => {
      process.exitCode = await shapeCaptures(captures, options);
    });
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
  countOf("top", options.top ?? TOP_DEFAULT, 0, TOP_LIMIT);
  lineOf(options);
  const { path, format, droppedFormat } = checkFiles(paths, options, EXAMPLE);
  const isShown = options.json === true || options.quiet !== true;
  const measures = policy.meter === "link" ? LINK_MEASURES : measureSettingsOf(policy);
  const needsLevels = isShown && policy.meter === "shaper" && measures.backlog === "queue";
  const meter = new MeterMaker(policy, options).make(paths.length, {
    frames: true,
    delays: options.packets !== undefined,
    levels: options.levels === true || needsLevels,
    ...(isShown ? { measures } : {}),
  });
  const files = {
    departed: new CaptureFile(path),
    ...(options.dropped === undefined ? {} : { dropped: new CaptureFile(options.dropped) }),
  };
  const queue = new Departures(meter, { format, droppedFormat, holdBytes: holdBytesOf(options) });
  const captures = await Captures.open(paths);
  const run: ShapingRun = {
    path,
    meter,
    queue,
    files: new ShapedFiles(files),
    rows: new RowFiles(options, policy, { departures: policy.meter === "shaper", levels: options.levels === true }),
    showsLevels: options.levels === true,
  };
  try {
    const result = await shape(captures, run, options.quiet === true);
    const results = captures.results(meter, result);
    const failures = [...results.map(failureOf), ...run.rows.failures].filter((text) => text !== null);
    for (const failure of failures) process.stderr.write(`weir: ${failure}\n`);
    if (options.json === true || (isShown && !isUnreadable(results))) {
      await showResult(tellerOf(policy, { run, files, captures, result }, options), options);
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

interface Done {
  readonly run: ShapingRun;
  readonly files: RecordFiles;
  readonly captures: Captures;
  readonly result: RunResult;
}

/** The result in the two forms that it is told in. */
interface Teller {
  readonly json: () => string;
  readonly text: (paint: Paint) => string;
}

function tellerOf(policy: ShaperPolicy | LinkPolicy, done: Done, options: ShapeOptions): Teller {
  const { run, files, captures, result } = done;
  const { meter, queue } = run;
  const { counts } = queue;
  const results = captures.results(meter, result);
  const common = { queue: counts, outputs: writtenOf(counts, files), line: lineOf(options) };
  if (policy.meter === "link") {
    const told = linkResultOf(meter, { policy, captures: results, ...common, ...result });
    return { json: () => linkJson(told), text: (paint) => linkText(told, paint) };
  }
  const top = countOf("top", options.top ?? TOP_DEFAULT, 0, TOP_LIMIT);
  const summary = summarize(meter, { policy, by: byOf(policy, options), top, captures: results, ...result });
  const told = { summary, policy, measures: measuresOf(meter, policy), ...common };
  return { json: () => shapeJson(told), text: (paint) => shapeText(told, paint) };
}

/** To stdout, or to stderr when a capture or rows go there; --quiet drops it there. */
async function showResult({ json, text }: Teller, options: ShapeOptions): Promise<void> {
  const isStdoutTaken = takesStdout(options);
  if (isStdoutTaken && options.quiet === true) return;
  const told = options.json === true ? json() : text(paintFor(isStdoutTaken ? process.stderr : process.stdout));
  if (isStdoutTaken) process.stderr.write(told);
  else await new Output("-").write(told);
}
