/** The main loop of a run over captures: bytes in, batches out, until the end or Ctrl-C. */
import { setTimeout as pause } from "node:timers/promises";
import { CaptureError } from "../errors.ts";
import type { CaptureInput } from "../trace/captureinput.ts";
import type { FlowForecast } from "../trace/flowforecast.ts";
import type { CaptureMeter, Step } from "../trace/meter.ts";
import { Breath } from "./breath.ts";
import { Progress } from "./progress.ts";
import { Verdicts } from "./verdicts.ts";

/** Rows of a pipe that pauses are written after this long. */
const PATIENCE_MS = 100;

/** What an interrupted run goes on with. */
const INTERRUPTED: Step = { kind: "done" };

export interface RunHooks {
  /** Called with each metered batch, before its columns are reused. */
  readonly onBatch?: (packets: number) => void | Promise<void>;
  /** Called before a capture is given bytes: what the core's window holds of it may be overwritten. */
  readonly beforeFeed?: () => void | Promise<void>;
  /** Called on the first Ctrl-C. */
  readonly onInterrupt?: () => void;
  readonly progress: Progress;
  /** Told of each batch. */
  readonly forecast?: FlowForecast;
}

export interface RunResult {
  /** SHA-256 of one byte a packet, its color. */
  readonly digest: string;
  readonly isInterrupted: boolean;
  /** For each capture: why reading it failed before its end, or null. */
  readonly readFailures: readonly (string | null)[];
}

/** What a run needs of a meter. */
export interface RunMeter extends Pick<CaptureMeter, "step" | "flush" | "space" | "feed"> {
  readonly views: Pick<CaptureMeter["views"], "color">;
}

/** Meters all inputs. On Ctrl-C it stops after the batch at hand. Throws PipeClosed, OutputError. */
export async function runCaptures(
  meter: RunMeter,
  inputs: readonly CaptureInput[],
  hooks: RunHooks,
): Promise<RunResult> {
  return untilInterrupted(new CaptureRun(meter, inputs, hooks), hooks);
}

/** A run that Ctrl-C ends early. */
export interface Interruptible {
  interrupt(): void;
  toEnd(): Promise<RunResult>;
}

/** Runs to the end, or to the first Ctrl-C. */
export async function untilInterrupted(run: Interruptible, hooks: RunHooks): Promise<RunResult> {
  const onInterrupt = () => run.interrupt();
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  try {
    return await run.toEnd();
  } finally {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onInterrupt);
    hooks.progress.clear();
  }
}

class CaptureRun {
  readonly #meter: RunMeter;
  readonly #inputs: readonly CaptureInput[];
  readonly #hooks: RunHooks;
  readonly #verdicts = new Verdicts();
  readonly #readFailures: (string | null)[];
  /** Made once: closures of every read would be the garbage of a plain file. */
  readonly #targets: readonly (() => Uint8Array)[];
  readonly #state = () => ({ packets: this.#verdicts.packets, ...bytesOf(this.#inputs) });
  #isInterrupted = false;

  constructor(meter: RunMeter, inputs: readonly CaptureInput[], hooks: RunHooks) {
    this.#meter = meter;
    this.#inputs = inputs;
    this.#hooks = hooks;
    this.#readFailures = inputs.map(() => null);
    this.#targets = inputs.map((_, capture) => () => meter.space(capture));
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#hooks.onInterrupt?.();
    // Ends a read that waits for a silent pipe.
    for (const input of this.#inputs) void input.close();
  }

  async toEnd(): Promise<RunResult> {
    const breath = new Breath();
    for (;;) {
      const step = this.#isInterrupted ? INTERRUPTED : this.#meter.step();
      const work = this.#workOn(step);
      // Plain files give no promise: millions of them would be garbage.
      if (work !== undefined) await work;
      if (step.kind === "done") break;
      this.#hooks.progress.update(this.#state);
      if (breath.isDue) await breath.take();
    }
    return {
      digest: this.#verdicts.digest(),
      isInterrupted: this.#isInterrupted,
      readFailures: this.#readFailures,
    };
  }

  #workOn(step: Step): void | Promise<void> {
    if (step.kind === "needs") return this.#feed(step.capture);
    if (step.kind === "batch") return this.#take(step.packets);
    return this.#isInterrupted ? this.#take(this.#meter.flush()) : undefined;
  }

  /** Hands on the batch that was just metered. */
  #take(packets: number): void | Promise<void> {
    this.#verdicts.add(this.#meter.views.color, packets);
    this.#hooks.forecast?.update(this.#state);
    return this.#hooks.onBatch?.(packets);
  }

  /** Gives a capture its next bytes. */
  #feed(capture: number): void | Promise<void> {
    try {
      const waits = this.#hooks.beforeFeed?.();
      if (waits !== undefined) return this.#feedAfter(capture, waits);
      return this.#read(capture);
    } catch (error) {
      this.#endCapture(capture, error);
    }
  }

  async #feedAfter(capture: number, waits: Promise<void>): Promise<void> {
    try {
      await waits;
      await this.#read(capture);
    } catch (error) {
      this.#endCapture(capture, error);
    }
  }

  #read(capture: number): void | Promise<void> {
    const answer = this.#inputs[capture]!.read(this.#targets[capture]!);
    if (typeof answer !== "number") return this.#feedLater(capture, answer);
    this.#meter.feed(capture, answer);
  }

  async #feedLater(capture: number, answer: Promise<number>): Promise<void> {
    try {
      this.#meter.feed(capture, await this.#patiently(answer));
    } catch (error) {
      this.#endCapture(capture, error);
    }
  }

  /** A failed read ends its capture; what it gave before counts. */
  #endCapture(capture: number, error: unknown): void {
    // The input was closed under the read.
    if (this.#isInterrupted) return;
    if (!(error instanceof CaptureError)) throw error;
    this.#readFailures[capture] = error.message;
    this.#meter.feed(capture, 0);
  }

  /** Bytes of a read that may wait long for its pipe: what has come so far is metered meanwhile. */
  async #patiently(answer: Promise<number>): Promise<number> {
    if (this.#hooks.onBatch === undefined) return answer;
    const cancel = new AbortController();
    const waited = pause(PATIENCE_MS, null, { signal: cancel.signal }).catch(() => null);
    const first = await Promise.race([answer, waited]);
    cancel.abort();
    if (first !== null) return first;
    // Should handing on fail first, the read may fail unheard.
    answer.catch(() => undefined);
    await this.#take(this.#meter.flush());
    return answer;
  }
}

function bytesOf(inputs: readonly CaptureInput[]): { doneBytes: number; totalBytes: number | null } {
  let totalBytes: number | null = 0;
  let doneBytes = 0;
  for (const input of inputs) {
    doneBytes += input.consumedBytes;
    totalBytes = totalBytes === null || input.sizeBytes === null ? null : totalBytes + input.sizeBytes;
  }
  return { doneBytes, totalBytes };
}
