/** The main loop of a run over captures: bytes in, batches out, until the end or Ctrl-C. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { CaptureError } from "../errors.ts";
import type { CaptureInput } from "../trace/captureinput.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { Progress } from "./progress.ts";

/** Signals and the terminal are served at least this often. */
const BREATH_MS = 50;
/** Rows of a pipe that pauses are written after this long. */
const PATIENCE_MS = 100;

export interface RunHooks {
  /** Called with each metered batch, before its columns are reused. */
  readonly onBatch?: (packets: number) => void | Promise<void>;
  /** Called on the first Ctrl-C. */
  readonly onInterrupt?: () => void;
  readonly progress: Progress;
}

export interface RunResult {
  /** SHA-256 of one byte a packet, its color. */
  readonly digest: string;
  readonly isInterrupted: boolean;
  /** For each capture: why reading it failed before its end, or null. */
  readonly readFailures: readonly (string | null)[];
}

/** Meters all inputs. On Ctrl-C it stops after the batch at hand. Throws PipeClosed, OutputError. */
export async function runCaptures(
  meter: CaptureMeter,
  inputs: readonly CaptureInput[],
  hooks: RunHooks,
): Promise<RunResult> {
  const run = new CaptureRun(meter, inputs, hooks);
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
  readonly #meter: CaptureMeter;
  readonly #inputs: readonly CaptureInput[];
  readonly #hooks: RunHooks;
  readonly #hash = createHash("sha256");
  readonly #readFailures: (string | null)[];
  #packets = 0n;
  #isInterrupted = false;

  constructor(meter: CaptureMeter, inputs: readonly CaptureInput[], hooks: RunHooks) {
    this.#meter = meter;
    this.#inputs = inputs;
    this.#hooks = hooks;
    this.#readFailures = inputs.map(() => null);
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#hooks.onInterrupt?.();
    // Ends a read that waits for a silent pipe.
    for (const input of this.#inputs) void input.close();
  }

  async toEnd(): Promise<RunResult> {
    let breathMs = performance.now();
    while (await this.#advance()) {
      this.#hooks.progress.update(() => ({ packets: this.#packets, ...bytesOf(this.#inputs) }));
      if (performance.now() - breathMs <= BREATH_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      breathMs = performance.now();
    }
    return {
      digest: this.#hash.digest("hex"),
      isInterrupted: this.#isInterrupted,
      readFailures: this.#readFailures,
    };
  }

  /** One step of the meter. False when all has been metered, or the run was interrupted. */
  async #advance(): Promise<boolean> {
    if (this.#isInterrupted) {
      await this.#take(this.#meter.flush());
      return false;
    }
    const step = this.#meter.step();
    if (step.kind === "batch") await this.#take(step.packets);
    else if (step.kind === "needs") await this.#feed(step.capture);
    return step.kind !== "done";
  }

  /** Hands on the batch that was just metered. */
  async #take(packets: number): Promise<void> {
    this.#hash.update(this.#meter.views.color.subarray(0, packets));
    this.#packets += BigInt(packets);
    await this.#hooks.onBatch?.(packets);
  }

  /** Gives a capture its next bytes. A failed read ends that capture; what it gave before counts. */
  async #feed(capture: number): Promise<void> {
    let bytes = 0;
    try {
      const answer = this.#inputs[capture]!.read(() => this.#meter.space(capture));
      bytes = typeof answer === "number" ? answer : await this.#patiently(answer);
    } catch (error) {
      // The input was closed under the read.
      if (this.#isInterrupted) return;
      if (!(error instanceof CaptureError)) throw error;
      this.#readFailures[capture] = error.message;
    }
    this.#meter.feed(capture, bytes);
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
