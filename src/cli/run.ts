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

/** Meters all inputs. On Ctrl-C it stops after the batch at hand; a second Ctrl-C ends the process. */
export async function runCaptures(
  meter: CaptureMeter,
  inputs: readonly CaptureInput[],
  hooks: RunHooks,
): Promise<RunResult> {
  const hash = createHash("sha256");
  let isInterrupted = false;
  const onInterrupt = () => {
    isInterrupted = true;
    hooks.onInterrupt?.();
    // Ends a read that waits for a silent pipe.
    for (const input of inputs) void input.close();
  };
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  let packets = 0n;
  let breathMs = performance.now();
  const readFailures: (string | null)[] = inputs.map(() => null);
  const take = async (count: number) => {
    hash.update(meter.views.color.subarray(0, count));
    packets += BigInt(count);
    await hooks.onBatch?.(count);
  };
  /** Bytes of a read that may wait long for its pipe: what has come so far is metered meanwhile. */
  const patiently = async (answer: Promise<number>): Promise<number> => {
    if (hooks.onBatch === undefined) return answer;
    const cancel = new AbortController();
    const waited = pause(PATIENCE_MS, null, { signal: cancel.signal }).catch(() => null);
    const first = await Promise.race([answer, waited]);
    cancel.abort();
    if (first !== null) return first;
    await take(meter.flush());
    return answer;
  };
  const feed = async (capture: number) => {
    let bytes = 0;
    try {
      const answer = inputs[capture]!.read(() => meter.space(capture));
      bytes = typeof answer === "number" ? answer : await patiently(answer);
    } catch (error) {
      // The input was closed under the read.
      if (isInterrupted) return;
      if (!(error instanceof CaptureError)) throw error;
      readFailures[capture] = error.message;
    }
    meter.feed(capture, bytes);
  };
  try {
    for (;;) {
      if (isInterrupted) {
        await take(meter.flush());
        break;
      }
      const step = meter.step();
      if (step.kind === "done") break;
      if (step.kind === "batch") await take(step.packets);
      else await feed(step.capture);
      hooks.progress.update(() => ({ packets, ...bytesOf(inputs) }));
      if (performance.now() - breathMs > BREATH_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        breathMs = performance.now();
      }
    }
  } finally {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onInterrupt);
    hooks.progress.clear();
  }
  return { digest: hash.digest("hex"), isInterrupted, readFailures };
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
