/** Captures metered by two threads: a worker reads, decodes and hashes, this one meters. */
import {
  STAT_EARLIEST,
  STAT_FRAMES,
  STAT_NEWEST,
  STAT_OTHER_BYTES,
  STAT_OTHER_PACKETS,
  STAT_REGRESSIONS,
  STAT_SHORT_KEYS,
  STAT_SKIPPED_FRAMES,
} from "../../assembly/abi.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { HandedColumns } from "./columns.ts";
import type { DecoderTask } from "./decoder.ts";
import { DecoderThread } from "./decoderthread.ts";
import { BatchRing } from "./ring.ts";

/** Counted where frames are decoded. */
const DECODER_STATS = [
  STAT_OTHER_PACKETS,
  STAT_OTHER_BYTES,
  STAT_REGRESSIONS,
  STAT_NEWEST,
  STAT_EARLIEST,
  STAT_FRAMES,
  STAT_SKIPPED_FRAMES,
  STAT_SHORT_KEYS,
] as const;

/** What a batch came to: "waits" when none has come in the time given. */
export type Metered = { readonly kind: "batch"; readonly packets: number } | { readonly kind: "waits" | "done" };

export const WAITS: Metered = { kind: "waits" };
export const DONE: Metered = { kind: "done" };

/** Captures on their way through two threads, as the one that meters sees them. */
export interface Pipeline {
  /** Bytes that had been taken from the captures when the newest batch metered was handed over. */
  readonly doneBytes: number;
  /** Meters the next batch, if one comes within `timeoutMs`. Throws when the other thread has failed and is needed. */
  next(timeoutMs: number): Metered;
  /** The run is to end soon: no more is decoded. */
  stop(): void;
  /** After the last batch: takes over what decoding has counted. Answers why reading a capture failed, or null, for each. */
  end(): Promise<readonly (string | null)[]>;
  /** Also after an error. */
  close(): Promise<void>;
}

/** One run over plain capture files, which the worker opens itself. */
export class CapturePipeline implements Pipeline {
  readonly #meter: CaptureMeter;
  readonly #columns: HandedColumns;
  readonly #ring: BatchRing;
  readonly #thread: DecoderThread;
  #failure: unknown;
  #doneBytes = 0;

  private constructor(meter: CaptureMeter, thread: DecoderThread) {
    this.#meter = meter;
    this.#columns = new HandedColumns(meter.core, "clocks");
    this.#ring = new BatchRing(this.#columns.batchBytes);
    this.#thread = thread;
    // `next` looks at it: a promise would be noticed at the end only.
    thread.ended().catch((error: unknown) => (this.#failure = error));
  }

  /**
   * Starts the other thread, or takes one that waits for its task; `meter` has been made of `task.options` and has seen
   * nothing yet. Answers undefined where there are no threads or no shared memory, or the captures cannot be opened again:
   * one thread has to do it all then.
   */
  static async start(
    meter: CaptureMeter,
    task: Omit<DecoderTask, "memory" | "stretches">,
    waiting?: DecoderThread,
  ): Promise<CapturePipeline | undefined> {
    let thread = waiting;
    try {
      thread ??= new DecoderThread();
      const pipeline = new CapturePipeline(meter, thread);
      await thread.begin({ ...task, memory: pipeline.#ring.memory });
      return pipeline;
    } catch {
      await thread?.end();
      return undefined;
    }
  }

  get doneBytes(): number {
    return this.#doneBytes;
  }

  next(timeoutMs: number): Metered {
    const next = this.#ring.next(timeoutMs);
    if (next === undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      return WAITS;
    }
    const { packets, firstFrame, doneBytes } = next.head;
    this.#doneBytes = doneBytes;
    this.#columns.load(next.batch, packets);
    this.#ring.release();
    if (packets === 0) return DONE;
    this.#meter.core.meterHashed(packets, BigInt(firstFrame));
    return { kind: "batch", packets };
  }

  /** The other thread hands over what it has decoded, and ends. */
  stop(): void {
    this.#ring.stop();
  }

  async end(): Promise<readonly (string | null)[]> {
    const { stats, counters, readFailures } = await this.#thread.ended();
    const own = this.#meter.views.stats;
    for (const stat of DECODER_STATS) own[stat] = stats[stat]!;
    for (const [capture, words] of counters.entries()) this.#meter.counters(capture).set(words);
    return readFailures;
  }

  async close(): Promise<void> {
    await this.#thread.end();
  }
}
