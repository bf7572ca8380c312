/** The main loop of a run over captures: bytes in, batches out, until the end or Ctrl-C. */
import { createHash } from "node:crypto";
import type { CaptureInput } from "../trace/captureinput.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { Progress } from "./progress.ts";

/** Signals and the terminal are served at least this often. */
const BREATH_MS = 50;

export interface RunHooks {
  /** Called with each metered batch, before its columns are reused. */
  readonly onBatch?: (packets: number) => void;
  readonly progress: Progress;
}

export interface RunResult {
  /** SHA-256 of one byte a packet, its color. */
  readonly digest: string;
  readonly isInterrupted: boolean;
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
    // Ends a read that waits for a silent pipe.
    for (const input of inputs) void input.close();
  };
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  let packets = 0n;
  let breathMs = performance.now();
  const take = (count: number) => {
    hash.update(meter.views.color.subarray(0, count));
    packets += BigInt(count);
    hooks.onBatch?.(count);
  };
  const feed = async (capture: number) => {
    try {
      const answer = inputs[capture]!.read(() => meter.space(capture));
      meter.feed(capture, typeof answer === "number" ? answer : await answer);
    } catch (error) {
      // The input was closed under the read.
      if (!isInterrupted) throw error;
    }
  };
  try {
    for (;;) {
      const step = isInterrupted ? meter.flush() : meter.step();
      if (step.kind === "done") break;
      if (step.kind === "batch") take(step.packets);
      else await feed(step.capture);
      if (isInterrupted && step.kind === "batch") break;
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
  return { digest: hash.digest("hex"), isInterrupted };
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
