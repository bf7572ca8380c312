/** `weir meter`: totals, flows and verdicts of captures under one policy. */
import { Command } from "commander";
import { coreModule } from "../../core/module.node.ts";
import { ConfigError } from "../../errors.ts";
import { type MeterRow, METERS } from "../../policies.ts";
import { failureOf } from "../../report/captures.ts";
import { summarize, type Summary, summaryJson } from "../../report/summary.ts";
import { summaryText } from "../../report/text.ts";
import { labelsOf } from "../../trace/labels.ts";
import type { DecoderThread } from "../../threads/decoderthread.ts";
import type { Pipeline } from "../../threads/pipeline.ts";
import { CaptureMeter } from "../../trace/meter.ts";
import { Output } from "../../trace/output.ts";
import type { Policy } from "../../types.ts";
import {
  addCaptureOptions,
  byOf,
  type CaptureOptions,
  Captures,
  checkStdin,
  isUnreadable,
  MeterMaker,
} from "../captures.ts";
import { countOf, withExample } from "../options.ts";
import { paintFor } from "../paint.ts";
import { policyOf } from "../policy.ts";
import { Progress } from "../progress.ts";
import { checkOutputs, RowFiles, takesStdout } from "../rows.ts";
import type { RunHooks, RunResult } from "../run.ts";
import { pipelineFor, threadsOf } from "../threads.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
const TOP_LIMIT = 1_000_000;
const TOP_DEFAULT = "10";
const EXAMPLE = "weir meter trace.pcap --meter token-bucket --rate 10Mbit/s --burst 64kB";

interface MeterOptions extends CaptureOptions {
  readonly packets?: string;
  readonly levels?: boolean;
  readonly flows?: string;
  readonly nodes?: string;
  readonly json?: boolean;
  readonly top?: string;
  readonly threads?: string;
}

/** The command with its options; help and examples come from the policy table. `early`: a thread that it may use. */
export function meterCommand(early?: DecoderThread): Command {
  const command = new Command("meter").description(
    "Meter captures: totals by color, worst flows, and with --packets and --flows every verdict.",
  );
  return addCaptureOptions(command)
    .option(
      "--packets <file>",
      withExample('a row a packet: .csv, .parquet or .arrow; "-" for CSV on stdout', "--packets verdicts.csv"),
    )
    .option(
      "--levels",
      withExample("two more columns in --packets: the levels of the buckets after the packet, in units", "--levels"),
    )
    .option(
      "--flows <file>",
      withExample('a row a flow: .csv, .json or .parquet; "-" for CSV on stdout', "--flows flows.csv"),
    )
    .option(
      "--nodes <file>",
      withExample("a row an instance of a node that classes share, in the format of --flows", "--nodes nodes.csv"),
    )
    .option("--json", withExample("the summary as one JSON document on stdout", "--json"))
    .option(
      "--top <n>",
      withExample(
        `worst flows to show, and instances of each node in --json; with 0, and no rows, flows are metered but not counted one by one, which is faster and takes 104 bytes a flow less; default ${TOP_DEFAULT}`,
        "--top 20",
      ),
    )
    .option(
      "--threads <n>",
      withExample(
        "most threads to use: from 2 on another one reads and decodes plain files; verdicts are the same for any; default: as many as there are processors, for captures of 64 MiB and more",
        "--threads 1",
      ),
    )
    .option("--quiet", withExample("no summary and no progress bar", "--quiet"))
    .addHelpText("after", helpEnd())
    .action(async (captures: string[], options: MeterOptions) => {
      process.exitCode = await meterCaptures(captures, options, early);
    });
}

/** Meters with what they need, where colors come from, an example, the exit codes. */
function helpEnd(): string {
  return [
    "",
    "Meters, and what each needs:",
    ...METERS.flatMap(meterHelp),
    "",
    "Colors that packets come with (--color-aware) are read from the DSCP: AFx1 green, AFx2 yellow, AFx3 red, others green.",
    "",
    "Example:",
    `  ${EXAMPLE}`,
    "",
    "Exit codes: 0 done, 1 input unreadable or damaged, or output not written (what was metered is reported), 2 bad usage or policy, 130 interrupted.",
  ].join("\n");
}

function meterHelp({ name, summary, forms }: MeterRow): string[] {
  const width = Math.max(...METERS.map((row) => row.name.length));
  const needs = forms.map(({ params }) => `  ${" ".repeat(width)}    ${params.map((param) => `--${param}`).join(" ")}`);
  return [`  ${name.padEnd(width)}  ${summary}`, ...needs];
}

/** Runs the command. Answers the exit code; throws ConfigError, CaptureError, OutputError, PipeClosed. */
async function meterCaptures(
  paths: readonly string[],
  options: MeterOptions,
  early: DecoderThread | undefined,
): Promise<number> {
  const policy = await policyOf(options, EXAMPLE);
  const top = countOf("top", options.top ?? TOP_DEFAULT, 0, TOP_LIMIT);
  const threads = threadsOf(options.threads);
  checkOutputs(options);
  checkColumns(policy, options);
  checkStdin(paths);
  const columns = {
    records: namesFlows(policy, options, top),
    delays: options.packets !== undefined,
    levels: options.levels === true,
  };
  const task = new MeterMaker(policy, options).optionsFor(paths.length, columns);
  const meter = new CaptureMeter(coreModule(), task);
  const captures = await Captures.open(paths);
  let pipeline: Pipeline | undefined;
  try {
    const rows = new RowFiles(options, policy, {
      departures: policy.meter === "shaper",
      levels: options.levels === true,
    });
    pipeline = await pipelineFor(threads, captures, meter, task, early);
    const result = await meterCaptured({ meter, captures, pipeline }, rows, options);
    const results = captures.results(meter, result);
    const failures = [...results.map(failureOf), ...rows.failures].filter((line) => line !== null);
    for (const line of failures) process.stderr.write(`weir: ${line}\n`);
    if (options.json === true || (options.quiet !== true && !isUnreadable(results))) {
      const by = byOf(policy, options);
      await showSummary(summarize(meter, { policy, by, top, captures: results, ...result }), options);
    }
    if (result.isInterrupted) return INTERRUPTED_EXIT_CODE;
    return failures.length > 0 ? FAILED_EXIT_CODE : 0;
  } finally {
    await captures.close();
    await pipeline?.close();
  }
}

/**
 * True when a flow is named in what the run tells: else its totals and its key, a cache line more a packet and 104 bytes
 * a flow, are for nobody. Shapers, classes, and flows of several slots or in a group count by their records.
 */
function namesFlows(policy: Policy, { packets, flows, nodes, json, quiet }: MeterOptions, top: number): boolean {
  if (policy.meter === "shaper" || policy.meter === "classes") return true;
  if (policy.profiles.length > 1 || policy.profiles[0]?.kernel === "weighted") return true;
  const hasRows = packets !== undefined || flows !== undefined || nodes !== undefined;
  return hasRows || (top > 0 && (json === true || quiet !== true));
}

interface Metering {
  readonly meter: CaptureMeter;
  readonly captures: Captures;
  readonly pipeline: Pipeline | undefined;
}

/** Runs the captures through the meter and writes the rows that were asked for. */
async function meterCaptured(
  { meter, captures, pipeline }: Metering,
  rows: RowFiles,
  { quiet }: MeterOptions,
): Promise<RunResult> {
  await rows.begin();
  const hooks: RunHooks = {
    ...(rows.hasPackets ? { onBatch: async (count: number) => rows.writePackets(meter, count) } : {}),
    onInterrupt: () => rows.hurry(),
    progress: new Progress(process.stderr, quiet !== true),
  };
  const result = await (pipeline === undefined
    ? captures.run(meter, hooks)
    : captures.runPiped(meter, pipeline, hooks));
  await rows.finish(meter);
  return result;
}

/** Throws ConfigError for rows and columns that the policy has nothing for. */
function checkColumns(policy: Policy, { nodes, levels, packets }: MeterOptions): void {
  if (nodes !== undefined && (policy.meter !== "classes" || labelsOf(policy).every(({ kind }) => kind === "flow"))) {
    const detail = "the policy has no nodes, which classes name as their parents; leave it out";
    throw new ConfigError("CONFLICT", "nodes", nodes, detail);
  }
  if (levels !== true) return;
  if (packets === undefined) {
    throw new ConfigError("CONFLICT", "levels", undefined, "adds columns to the rows of packets; give --packets too");
  }
  if (policy.meter === "classes") {
    const detail = "are shown of a policy of one meter only, and this one has classes; leave it out";
    throw new ConfigError("CONFLICT", "levels", undefined, detail);
  }
  if (policy.meter === "shaper") return;
  const [profile, ...others] = policy.profiles;
  if (others.length === 0 && profile?.kernel !== "weighted") return;
  const reason = others.length > 0 ? "more than two buckets" : "levels that other flows change";
  const detail = `are shown of one or two buckets of a flow's own, and ${policy.meter} has ${reason}; leave it out`;
  throw new ConfigError("CONFLICT", "levels", undefined, detail);
}

/** To stdout, or to stderr when rows go to stdout; --quiet drops it there. */
async function showSummary(summary: Summary, options: MeterOptions): Promise<void> {
  const isStdoutTaken = takesStdout(options);
  if (isStdoutTaken && options.quiet === true) return;
  const stream = isStdoutTaken ? process.stderr : process.stdout;
  const text = options.json === true ? summaryJson(summary) : summaryText(summary, paintFor(stream));
  if (isStdoutTaken) process.stderr.write(text);
  else await new Output("-").write(text);
}
