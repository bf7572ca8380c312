/** `weir meter`: totals, flows and verdicts of captures under one policy. */
import { randomFillSync } from "node:crypto";
import { Command } from "commander";
import { coreModule } from "../../core/module.node.ts";
import { ConfigError } from "../../errors.ts";
import { type MeterRow, METERS, POLICY_PARAMS } from "../../policies.ts";
import { failureOf, isEmpty } from "../../report/captures.ts";
import { summarize, type Summary, summaryJson } from "../../report/summary.ts";
import { summaryText } from "../../report/text.ts";
import type { CaptureInput } from "../../trace/captureinput.ts";
import { isStdin } from "../../trace/file.ts";
import { openInput } from "../../trace/input.ts";
import { labelsOf } from "../../trace/labels.ts";
import { CaptureMeter } from "../../trace/meter.ts";
import { Output } from "../../trace/output.ts";
import type { Policy } from "../../types.ts";
import { countOf, keyingOf, policyOption, withExample } from "../options.ts";
import { paintFor } from "../paint.ts";
import { policyOf } from "../policy.ts";
import { Progress } from "../progress.ts";
import { checkOutputs, RowFiles, takesStdout } from "../rows.ts";
import { type RunResult, runCaptures } from "../run.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
/** At about 170 bytes a flow with records and keys, what a 4 GiB memory holds while the table doubles. */
const MAX_FLOWS_DEFAULT = String(1 << 24);
const MAX_FLOWS_LIMIT = 1 << 25;
const TOP_LIMIT = 1_000_000;
const THREADS_LIMIT = 1024;
const BY_DEFAULT = "5-tuple";
const TOP_DEFAULT = "10";
const EXAMPLE = "weir meter trace.pcap --meter token-bucket --rate 10Mbit/s --burst 64kB";

interface MeterOptions extends Readonly<Record<string, unknown>> {
  readonly policy?: string;
  readonly by?: string;
  readonly skipOther?: boolean;
  readonly packets?: string;
  readonly levels?: boolean;
  readonly flows?: string;
  readonly nodes?: string;
  readonly json?: boolean;
  readonly top?: string;
  readonly maxFlows?: string;
  readonly expectFlows?: string;
  readonly threads?: string;
  readonly quiet?: boolean;
}

/** The command with its options; help and examples come from the policy table. */
export function meterCommand(): Command {
  const command = new Command("meter")
    .description("Meter captures: totals by color, worst flows, and with --packets and --flows every verdict.")
    .argument(
      "<capture...>",
      'pcap or pcapng files, merged by time; "-" reads stdin; compressed ones are told by content',
    )
    .option(
      "--policy <file>",
      withExample(
        "YAML or JSON policy of one meter, whose values options beside it replace, or of classes",
        "--policy policy.yaml",
      ),
    );
  for (const param of POLICY_PARAMS) command.addOption(policyOption(param));
  return addRunOptions(addRowOptions(command))
    .addHelpText("after", helpEnd())
    .action(async (captures: string[], options: MeterOptions) => {
      process.exitCode = await meterCaptures(captures, options);
    });
}

function addRowOptions(command: Command): Command {
  return command
    .option(
      "--by <key>",
      withExample(
        `what makes packets one flow: 5-tuple, src, dst, pair, src/N, dst/N, all; default ${BY_DEFAULT}`,
        "--by src/24",
      ),
    )
    .option("--skip-other", withExample("leave out frames without an IP header", "--skip-other"))
    .option("--packets <file>", withExample('a CSV row a packet; "-" for stdout', "--packets verdicts.csv"))
    .option(
      "--levels",
      withExample("two more columns in --packets: the levels of the buckets after the packet, in units", "--levels"),
    )
    .option("--flows <file>", withExample('a row a flow, .csv or .json; "-" for CSV on stdout', "--flows flows.csv"))
    .option(
      "--nodes <file>",
      withExample("a row an instance of a node that classes share, in the format of --flows", "--nodes nodes.csv"),
    )
    .option("--json", withExample("the summary as one JSON document on stdout", "--json"))
    .option(
      "--top <n>",
      withExample(`worst flows to show, and instances of each node in --json; default ${TOP_DEFAULT}`, "--top 20"),
    );
}

function addRunOptions(command: Command): Command {
  return command
    .option(
      "--max-flows <n>",
      withExample(
        `most flows tracked at once; beyond it drained flows make room; default ${MAX_FLOWS_DEFAULT}`,
        "--max-flows 1000000",
      ),
    )
    .option(
      "--expect-flows <n>",
      withExample("flows to size the table for; it grows from there; default 0", "--expect-flows 5000000"),
    )
    .option(
      "--threads <n>",
      withExample("most threads to use; this version uses one, and the verdicts are the same for any", "--threads 2"),
    )
    .option("--quiet", withExample("no summary and no progress bar", "--quiet"));
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
async function meterCaptures(paths: readonly string[], options: MeterOptions): Promise<number> {
  const policy = await policyOf(options, EXAMPLE);
  const top = countOf("top", options.top ?? TOP_DEFAULT, 0, TOP_LIMIT);
  countOf("threads", options.threads ?? "1", 1, THREADS_LIMIT);
  checkOutputs(options);
  checkColumns(policy, options);
  checkStdin(paths);
  const meter = meterFor(policy, paths.length, options);
  const inputs = await openInputs(paths);
  try {
    const rows = new RowFiles(options, { departures: policy.meter === "shaper", levels: options.levels === true });
    const result = await meterInputs(meter, inputs, rows, options);
    const captures = inputs.map((input, index) => ({
      name: input.name,
      counters: meter.counters(index),
      damage: input.damage,
      readFailure: result.readFailures[index] ?? null,
    }));
    const failures = [...captures.map(failureOf), ...rows.failures].filter((line) => line !== null);
    for (const line of failures) process.stderr.write(`weir: ${line}\n`);
    const isUnreadable = captures.every((capture) => failureOf(capture) !== null && isEmpty(capture));
    if (options.json === true || (options.quiet !== true && !isUnreadable)) {
      const by = policy.meter === "classes" ? null : (options.by ?? BY_DEFAULT);
      await showSummary(summarize(meter, { policy, by, top, captures, ...result }), options);
    }
    if (result.isInterrupted) return INTERRUPTED_EXIT_CODE;
    return failures.length > 0 ? FAILED_EXIT_CODE : 0;
  } finally {
    // Also after an error: a decompressor that still runs would keep the process alive.
    await closeInputs(inputs);
  }
}

/** Runs the captures through the meter and writes the rows that were asked for. */
async function meterInputs(
  meter: CaptureMeter,
  inputs: readonly CaptureInput[],
  rows: RowFiles,
  { quiet }: MeterOptions,
): Promise<RunResult> {
  await rows.begin();
  const result = await runCaptures(meter, inputs, {
    ...(rows.hasPackets ? { onBatch: async (count: number) => rows.writePackets(meter, count) } : {}),
    onInterrupt: () => rows.hurry(),
    progress: new Progress(process.stderr, quiet !== true),
  });
  await rows.finish(meter);
  return result;
}

/** Opens all or none. Throws CaptureError. */
async function openInputs(paths: readonly string[]): Promise<CaptureInput[]> {
  const opened = await Promise.allSettled(paths.map(openInput));
  const inputs = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = opened.find((result) => result.status === "rejected");
  if (failed === undefined) return inputs;
  await closeInputs(inputs);
  throw failed.reason;
}

async function closeInputs(inputs: readonly CaptureInput[]): Promise<void> {
  await Promise.all(inputs.map(async (input) => input.close()));
}

/** Checked before anything is opened: the second reading would wait for a terminal, or find nothing. */
function checkStdin(paths: readonly string[]): void {
  const [first, second] = paths.filter(isStdin);
  if (second !== undefined) {
    throw new ConfigError("CONFLICT", "capture", second, "stdin can be read once; name it once");
  }
  if (first !== undefined && process.stdin.isTTY) {
    throw new ConfigError("CONFLICT", "capture", first, "stdin is a terminal; pipe a capture into it, or name a file");
  }
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

function meterFor(policy: Policy, captureCount: number, options: MeterOptions): CaptureMeter {
  const secret = new Uint32Array(4);
  randomFillSync(secret);
  return new CaptureMeter(coreModule(), {
    policy,
    captureCount,
    keying: keyingOf(options.by ?? BY_DEFAULT),
    maxFlows: countOf("max-flows", options.maxFlows ?? MAX_FLOWS_DEFAULT, 1, MAX_FLOWS_LIMIT),
    expectedFlows: countOf("expect-flows", options.expectFlows ?? "0", 0, MAX_FLOWS_LIMIT),
    secret: [secret[0]!, secret[1]!, secret[2]!, secret[3]!],
    records: true,
    delays: options.packets !== undefined,
    levels: options.levels === true,
    skipOther: options.skipOther === true,
  });
}
