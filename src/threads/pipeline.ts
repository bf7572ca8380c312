/** Captures metered by two threads: a worker reads, decodes and hashes, this one meters. */
import type { Worker } from "node:worker_threads";
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
import type { DecoderReport, DecoderTask } from "./decoder.ts";
import { BatchRing } from "./ring.ts";
import { SOURCE_SUFFIX, startWorker, WorkerError } from "./worker.ts";

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

type EndReport = Extract<DecoderReport, { kind: "ended" }>;

/** What a batch came to: "waits" when none has come in the time given. */
export type Metered = { readonly kind: "batch"; readonly packets: number } | { readonly kind: "waits" | "done" };

const WAITS: Metered = { kind: "waits" };
const DONE: Metered = { kind: "done" };

/** One run over plain capture files, which the worker opens itself. */
export class CapturePipeline {
  readonly #meter: CaptureMeter;
  readonly #columns: HandedColumns;
  readonly #ring: BatchRing;
  readonly #worker: Worker;
  readonly #begun: Promise<void>;
  readonly #ended: Promise<EndReport>;
  #failure: unknown;
  #doneBytes = 0;

  private constructor(meter: CaptureMeter, { module, paths, options }: Omit<DecoderTask, "memory">) {
    this.#meter = meter;
    this.#columns = new HandedColumns(meter.core);
    this.#ring = new BatchRing(this.#columns.batchBytes);
    const task: DecoderTask = { module, paths, options, memory: this.#ring.memory };
    this.#worker = startWorker(new URL(`./decoder${SOURCE_SUFFIX}`, import.meta.url), task);
    this.#begun = this.#reported("begins").then(() => undefined);
    this.#ended = this.#reported("ended");
    // `next` looks at it: a promise would be noticed at the end only.
    this.#ended.catch((error: unknown) => (this.#failure = error));
  }

  /**
   * Starts the other thread; `meter` has been made of `task.options` and has seen nothing yet. Answers undefined where
   * there are no threads or no shared memory, or the captures cannot be opened again: one thread has to do it all then.
   */
  static async start(meter: CaptureMeter, task: Omit<DecoderTask, "memory">): Promise<CapturePipeline | undefined> {
    let pipeline: CapturePipeline | undefined;
    try {
      pipeline = new CapturePipeline(meter, task);
      await pipeline.#begun;
      return pipeline;
    } catch {
      await pipeline?.close();
      return undefined;
    }
  }

  /** Bytes that the other thread had taken from the captures when it handed over the newest batch metered. */
  get doneBytes(): number {
    return this.#doneBytes;
  }

  /** Meters the next batch, if one comes within `timeoutMs`. Throws when the other thread has failed. */
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

  /** After the last batch: takes over what decoding has counted. Answers why reading a capture failed, or null, for each. */
  async end(): Promise<readonly (string | null)[]> {
    const { stats, counters, readFailures } = await this.#ended;
    const own = this.#meter.views.stats;
    for (const stat of DECODER_STATS) own[stat] = stats[stat]!;
    for (const [capture, words] of counters.entries()) this.#meter.counters(capture).set(words);
    return readFailures;
  }

  /** Also after an error. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  /** The worker's report of a kind. Rejects when it ends without one. */
  async #reported<Kind extends DecoderReport["kind"]>(kind: Kind): Promise<Extract<DecoderReport, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      this.#worker.on("message", (report: DecoderReport) => {
        if (report.kind === kind) resolve(report as Extract<DecoderReport, { kind: Kind }>);
      });
      this.#worker.once("error", (error) => reject(new WorkerError(error.message)));
      this.#worker.once("exit", () => reject(new WorkerError("it ended early")));
    });
  }
}
