/** `weir compare`: two policies over one reading of captures, side by side. */
import { createHash } from "node:crypto";
import { Command } from "commander";
import { Comparison } from "../../compare/comparison.ts";
import { DIFFERENCE_COLUMNS, differenceRows } from "../../compare/difference.ts";
import { PairMeter } from "../../compare/pair.ts";
import { comparisonJson, type ComparisonInput, comparisonText } from "../../compare/report.ts";
import { ConfigError, OutputError } from "../../errors.ts";
import { failureOf } from "../../report/captures.ts";
import { policyLines } from "../../report/text.ts";
import { Output } from "../../trace/output.ts";
import type { Policy } from "../../types.ts";
import {
  addTableOptions,
  BY_DEFAULT,
  Captures,
  type CaptureOptions,
  checkStdin,
  isUnreadable,
  MeterMaker,
} from "../captures.ts";
import { comparedPolicyOf } from "../comparedpolicy.ts";
import { countOf, withExample } from "../options.ts";
import { paintFor } from "../paint.ts";
import { Progress } from "../progress.ts";
import { runCaptures } from "../run.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
const TOP_DEFAULT = "10";
const TOP_LIMIT = 1_000_000;
const STDOUT = "-";
const EXAMPLE = "weir compare trace.pcap --policy policer.yaml --policy shaper.yaml";

interface CompareOptions {
  readonly policy?: readonly string[];
  readonly by?: string;
  readonly skipOther?: boolean;
  readonly maxFlows?: string;
  readonly expectFlows?: string;
  readonly diff?: string;
  readonly json?: boolean;
  readonly top?: string;
  readonly quiet?: boolean;
}

/** The command with its options. */
export function compareCommand(): Command {
  const command = new Command("compare")
    .description(
      "Compare two policies over one reading of captures: what each admits, delays and drops, and where they differ.",
    )
    .argument(
      "<capture...>",
      'pcap or pcapng files, merged by time; "-" reads stdin; compressed ones are told by content',
    )
    .option(
      "--policy <policy>",
      withExample(
        "given twice, A and B: a policy file, a policy in short, or a line that weir explain reads",
        '--policy policer.yaml --policy "shaper=leaky-bucket rate=1Mbit/s burst=16kB"',
      ),
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    );
  return addTableOptions(command)
    .option("--diff <file>", withExample('a CSV row a packet that differs; "-" for stdout', "--diff differences.csv"))
    .option("--json", withExample("the comparison as one JSON document on stdout", "--json"))
    .option("--top <n>", withExample(`flows that differ most to show; default ${TOP_DEFAULT}`, "--top 20"))
    .option("--quiet", withExample("no comparison and no progress bar, for --diff alone", "--quiet"))
    .addHelpText("after", helpEnd())
    .action(async (captures: string[], options: CompareOptions) => {
      process.exitCode = await compareCaptures(captures, options);
    });
}

function helpEnd(): string {
  return [
    "",
    "Examples:",
    `  ${EXAMPLE}`,
    '  weir compare trace.pcap --policy "tbf rate 1mbit burst 10kb latency 100ms" --policy "police rate 1mbit burst 10kb"',
    "",
    "Exit codes: 0 done, 1 input unreadable or damaged, or output not written (what was read is compared), 2 bad usage or policy, 130 interrupted.",
  ].join("\n");
}

async function policiesOf({ policy = [], by }: CompareOptions): Promise<readonly [Policy, Policy]> {
  const [a, b, third] = policy;
  if (a === undefined || b === undefined) {
    throw new ConfigError("MISSING", "policy", undefined, `is needed twice, A and B, such as: ${EXAMPLE}`);
  }
  if (third !== undefined)
    throw new ConfigError("CONFLICT", "policy", third, "two are compared, and this is a third; leave it out");
  return [await comparedPolicyOf(a, by), await comparedPolicyOf(b, by)];
}

/** Rows of packets that differ, written batch by batch. A full disk stops the rows, not the comparison. */
class DiffFile {
  failure: string | undefined;
  #output: Output | undefined;

  /** Throws OutputError when the file cannot be opened. */
  constructor(name: string | undefined) {
    this.#output = name === undefined ? undefined : new Output(name);
  }

  async begin(): Promise<void> {
    await this.#write(`${DIFFERENCE_COLUMNS}\n`);
  }

  /** Rows of the batch at hand. */
  async take(comparison: Comparison): Promise<void> {
    if (this.#output !== undefined && comparison.differing.length > 0) await this.#write(differenceRows(comparison));
  }

  close(): void {
    this.#output?.close();
  }

  async #write(text: string): Promise<void> {
    try {
      await this.#output?.write(text);
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      this.failure = error.message;
      this.#output = undefined;
    }
  }
}

function checkDiff({ diff, json, quiet }: CompareOptions): void {
  if (diff !== undefined && diff !== STDOUT && !diff.endsWith(".csv")) {
    throw new ConfigError("CHOICE", "diff", diff, 'is written as CSV; name a .csv file, or "-" for stdout');
  }
  if (diff === STDOUT && json === true) {
    throw new ConfigError("CONFLICT", "diff", diff, "goes to stdout, and --json too; name a file for it");
  }
  if (quiet === true && diff === undefined && json !== true) {
    throw new ConfigError(
      "CONFLICT",
      "quiet",
      undefined,
      "leaves nothing to print; give --diff or --json too, or leave it out",
    );
  }
}

/** Runs the command. Answers the exit code; throws ConfigError, CaptureError, OutputError, PipeClosed. */
async function compareCaptures(paths: readonly string[], options: CompareOptions): Promise<number> {
  const policies = await policiesOf(options);
  const top = countOf("top", options.top ?? TOP_DEFAULT, 0, TOP_LIMIT);
  checkDiff(options);
  checkStdin(paths);
  const [a, b] = policies.map((policy) => new MeterMaker(policy, tableOptionsOf(options)).make(paths.length));
  const pair = new PairMeter(a!, b!);
  const comparison = new Comparison(pair, policies);
  const captures = await Captures.open(paths);
  try {
    const diff = new DiffFile(options.diff);
    const hashB = createHash("sha256");
    await diff.begin();
    const result = await runCaptures(pair, captures.inputs, {
      onBatch: async (packets) => {
        comparison.take(packets);
        hashB.update(pair.b.views.color.subarray(0, packets));
        await diff.take(comparison);
      },
      progress: new Progress(process.stderr, options.quiet !== true),
    });
    diff.close();
    const results = captures.results(pair.a, result);
    const failures = [...results.map(failureOf), diff.failure ?? null].filter((line) => line !== null);
    for (const line of failures) process.stderr.write(`weir: ${line}\n`);
    const input: ComparisonInput = {
      comparison,
      given: [options.policy![0]!, options.policy![1]!],
      lines: [linesOf(policies[0], options), linesOf(policies[1], options)],
      by: policies.every(({ meter }) => meter === "classes") ? null : (options.by ?? BY_DEFAULT),
      top,
      captures: results,
      digests: [result.digest, hashB.digest("hex")],
      isInterrupted: result.isInterrupted,
    };
    if (!isUnreadable(results)) await show(input, options);
    if (result.isInterrupted) return INTERRUPTED_EXIT_CODE;
    return failures.length > 0 ? FAILED_EXIT_CODE : 0;
  } finally {
    await captures.close();
  }
}

/** What a meter takes from its options. */
function tableOptionsOf({ by, skipOther, maxFlows, expectFlows }: CompareOptions): CaptureOptions {
  return {
    ...(by === undefined ? {} : { by }),
    ...(skipOther === undefined ? {} : { skipOther }),
    ...(maxFlows === undefined ? {} : { maxFlows }),
    ...(expectFlows === undefined ? {} : { expectFlows }),
  };
}

function linesOf(policy: Policy, { by }: CompareOptions): readonly string[] {
  return policyLines({ policy, by: policy.meter === "classes" ? null : (by ?? BY_DEFAULT) });
}

/** To stdout, or to stderr when rows go to stdout. */
async function show(input: ComparisonInput, { json, diff, quiet }: CompareOptions): Promise<void> {
  if (json === true) return new Output("-").write(comparisonJson(input));
  if (quiet === true) return;
  if (diff === STDOUT) process.stderr.write(comparisonText(input, paintFor(process.stderr)));
  else await new Output("-").write(comparisonText(input, paintFor(process.stdout)));
}
