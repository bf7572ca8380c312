/** What commands that meter captures share: their options, their inputs, and the meter itself. */
import { randomFillSync } from "node:crypto";
import type { Command } from "commander";
import { coreModule } from "../core/module.node.ts";
import { fitsCompact } from "../core/compact.ts";
import { ConfigError } from "../errors.ts";
import { keyingOf, type ParamRow, POLICY_PARAMS } from "../policies.ts";
import { type CaptureResult, failureOf, isEmpty } from "../report/captures.ts";
import type { CaptureInput } from "../trace/captureinput.ts";
import type { Pipeline } from "../threads/pipeline.ts";
import { FileSource, isStdin } from "../trace/file.ts";
import { FlowForecast } from "../trace/flowforecast.ts";
import { openInput } from "../trace/input.ts";
import { CaptureMeter, type CaptureMeterOptions, type MeasureSettings } from "../trace/meter.ts";
import type { Policy } from "../types.ts";
import { countOf, policyOption, withExample } from "./options.ts";
import { PipelineRun } from "./pipelinerun.ts";
import { type RunHooks, type RunResult, runCaptures, untilInterrupted } from "./run.ts";

/** At about 170 bytes a flow with records and keys, what a 4 GiB memory holds while the table doubles. */
const MAX_FLOWS_DEFAULT = String(1 << 24);
const MAX_FLOWS_LIMIT = 1 << 25;
export const BY_DEFAULT = "5-tuple";

export interface CaptureOptions extends Readonly<Record<string, unknown>> {
  readonly policy?: string;
  readonly by?: string;
  readonly skipOther?: boolean;
  readonly maxFlows?: string;
  readonly expectFlows?: string;
  readonly quiet?: boolean;
}

/** What a command takes as its policy. */
export interface PolicyOptionRows {
  readonly params: readonly ParamRow[];
  readonly fileHelp: string;
}

const METER_POLICIES: PolicyOptionRows = {
  params: POLICY_PARAMS,
  fileHelp: "YAML or JSON policy of one meter, whose values options beside it replace, or of classes",
};

/** Captures, policy, keys and limits, as `weir meter` has them. */
export function addCaptureOptions(command: Command, { params, fileHelp }: PolicyOptionRows = METER_POLICIES): Command {
  command
    .argument(
      "<capture...>",
      'pcap or pcapng files, merged by time; "-" reads stdin; compressed ones are told by content',
    )
    .option("--policy <file>", withExample(fileHelp, "--policy policy.yaml"));
  for (const param of params) command.addOption(policyOption(param));
  return addTableOptions(command);
}

/** Keys and limits of the flow table. */
export function addTableOptions(command: Command): Command {
  return command
    .option(
      "--by <key>",
      withExample(
        `what makes packets one flow: 5-tuple, src, dst, pair, src/N, dst/N, all; default ${BY_DEFAULT}`,
        "--by src/24",
      ),
    )
    .option("--skip-other", withExample("leave out frames without an IP header", "--skip-other"))
    .option(
      "--max-flows <n>",
      withExample(
        `most flows tracked at once; beyond it drained flows make room; default ${MAX_FLOWS_DEFAULT}`,
        "--max-flows 1000000",
      ),
    )
    .option(
      "--expect-flows <n>",
      withExample(
        "flows to size the table for; it grows from there; default 0: by what the packets so far foretell of a file",
        "--expect-flows 5000000",
      ),
    );
}

/** The key as the summary shows it; null under a policy of classes, which state their own. */
export function byOf(policy: Policy, { by }: CaptureOptions): string | null {
  return policy.meter === "classes" ? null : (by ?? BY_DEFAULT);
}

/** Checked before anything is opened: the second reading would wait for a terminal, or find nothing. */
export function checkStdin(paths: readonly string[]): void {
  const [first, second] = paths.filter(isStdin);
  if (second !== undefined) {
    throw new ConfigError("CONFLICT", "capture", second, "stdin can be read once; name it once");
  }
  if (first !== undefined && process.stdin.isTTY) {
    throw new ConfigError("CONFLICT", "capture", first, "stdin is a terminal; pipe a capture into it, or name a file");
  }
}

/** What the meter says of each packet besides its color, and of each flow. */
export interface MeterColumns {
  /** Keys and totals of flows (104 bytes a flow). Default: yes. */
  readonly records?: boolean;
  readonly levels?: boolean;
  readonly delays?: boolean;
  readonly frames?: boolean;
  readonly passedClock?: boolean;
  readonly measures?: MeasureSettings | undefined;
}

/** Makes meters that come to the same answers: one secret for all of a run's readings. */
export class MeterMaker {
  readonly #policy: CaptureMeterOptions["policy"];
  readonly #options: CaptureOptions;
  readonly #maxFlows: number;
  readonly #expectedFlows: number;
  readonly #secret = new Uint32Array(4);

  /** Throws ConfigError. */
  constructor(policy: CaptureMeterOptions["policy"], options: CaptureOptions) {
    this.#policy = policy;
    this.#options = options;
    this.#maxFlows = countOf("max-flows", options.maxFlows ?? MAX_FLOWS_DEFAULT, 1, MAX_FLOWS_LIMIT);
    this.#expectedFlows = countOf("expect-flows", options.expectFlows ?? "0", 0, MAX_FLOWS_LIMIT);
    randomFillSync(this.#secret);
  }

  /** With what is asked for of each packet. Throws ConfigError when it does not fit in memory. */
  make(captureCount: number, columns: MeterColumns = {}): CaptureMeter {
    return new CaptureMeter(coreModule(), this.optionsFor(captureCount, columns));
  }

  /** What `make` makes it of. Throws ConfigError. */
  optionsFor(captureCount: number, columns: MeterColumns = {}): CaptureMeterOptions {
    const { records = true, levels = false, delays = false, frames = false, passedClock = false, measures } = columns;
    const [a, b, c, d] = this.#secret;
    return {
      policy: this.#policy,
      captureCount,
      keying: keyingOf(this.#options.by ?? BY_DEFAULT),
      maxFlows: this.#maxFlows,
      expectedFlows: this.#expectedFlows,
      secret: [a!, b!, c!, d!],
      records,
      rows: records || delays || levels || frames,
      delays,
      levels,
      compact: !records && !levels && !delays && !passedClock && fitsCompact(this.#policy),
      frames,
      passedClock,
      ...(measures === undefined ? {} : { measures }),
      skipOther: this.#options.skipOther === true,
    };
  }
}

/** The captures of a run, opened. */
export class Captures {
  readonly paths: readonly string[];
  readonly inputs: readonly CaptureInput[];
  /** False when one of them is a pipe, which gives its bytes once. */
  readonly canReread: boolean;

  private constructor(paths: readonly string[], inputs: readonly CaptureInput[]) {
    this.paths = paths;
    this.inputs = inputs;
    this.canReread = inputs.every(({ sizeBytes }, index) => sizeBytes !== null && !isStdin(paths[index]!));
  }

  /** Opens all or none. Throws CaptureError. */
  static async open(paths: readonly string[]): Promise<Captures> {
    const opened = await Promise.allSettled(paths.map(openInput));
    const inputs = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const captures = new Captures(paths, inputs);
    const failed = opened.find((result) => result.status === "rejected");
    if (failed === undefined) return captures;
    await captures.close();
    throw failed.reason;
  }

  /** Reads all to the end or Ctrl-C. Throws OutputError, PipeClosed. */
  async run(meter: CaptureMeter, hooks: RunHooks): Promise<RunResult> {
    return runCaptures(meter, this.inputs, { ...hooks, forecast: new FlowForecast(meter) });
  }

  /** All of them, when they are files that are read as they are: what decompresses is a thread or process of its own. */
  get plainFiles(): readonly FileSource[] | undefined {
    const files = this.inputs.filter((input) => input instanceof FileSource);
    return this.canReread && files.length === this.inputs.length ? files : undefined;
  }

  /** Bytes of all files. Plain files only. */
  get totalBytes(): number {
    return this.inputs.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  }

  /** Like `run`, with another thread that decodes. Throws OutputError, PipeClosed, WorkerError. */
  async runPiped(meter: CaptureMeter, pipeline: Pipeline, hooks: RunHooks): Promise<RunResult> {
    const told = { ...hooks, forecast: new FlowForecast(meter) };
    return untilInterrupted(new PipelineRun(meter, pipeline, this.totalBytes, told), told);
  }

  /** What became of each. */
  results(meter: CaptureMeter, { readFailures }: RunResult): CaptureResult[] {
    return this.inputs.map(({ name, damage }, index) => ({
      name,
      // A copy: the meter and its memory may go before the results do.
      counters: meter.counters(index).slice(),
      damage,
      readFailure: readFailures[index] ?? null,
    }));
  }

  /** Also after an error: a decompressor that still runs would keep the process alive. */
  async close(): Promise<void> {
    await Promise.all(this.inputs.map(async (input) => input.close()));
  }
}

/** True when there is nothing to report: no capture gave a frame, and each failed. */
export function isUnreadable(captures: readonly CaptureResult[]): boolean {
  return captures.every((capture) => failureOf(capture) !== null && isEmpty(capture));
}
