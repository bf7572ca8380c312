/**
 * One plain pcap file metered by two threads that share it in stretches. The other thread decodes; this one meters what
 * it hands over, in the order of the file, and when there is little to meter takes the next stretch itself, which it
 * reads, decodes and meters in its turn. Each batch says where in the file it begins: what does not begin where the last
 * one has ended is left, and this thread goes on alone.
 */
import { CaptureError } from "../errors.ts";
import type { FileSource } from "../trace/file.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { StretchReader } from "../trace/stretchreader.ts";
import { HandedColumns } from "./columns.ts";
import { COUNTS_BYTES, DecodedCounts } from "./counts.ts";
import type { DecoderTask } from "./decoder.ts";
import { DecoderThread } from "./decoderthread.ts";
import { DONE, type Metered, type Pipeline, WAITS } from "./pipeline.ts";
import { type BatchHead, BatchRing } from "./ring.ts";
import { type Stretch, Stretches } from "./stretches.ts";

/**
 * Batches that may still wait when this thread takes a stretch, whose turn comes once the other one has finished the
 * stretch it is at: it has that to do meanwhile.
 */
const SPARE_BATCHES = 4;

/** The other thread. It makes no report at its end, so that `ended` rejects, whyever it ends. */
export type Decoding = Pick<DecoderThread, "begin" | "ended" | "end">;

export class StretchPipeline implements Pipeline {
  readonly #meter: CaptureMeter;
  readonly #reader: StretchReader;
  readonly #columns: HandedColumns;
  readonly #ring: BatchRing;
  readonly #thread: Decoding;
  readonly #stretches: Stretches;
  readonly #counts: DecodedCounts;
  /** Taken by this thread, which may have to wait for its turn. */
  #own: Stretch | undefined;
  #isReading = false;
  /** Where in the file that ends which was metered. */
  #offset = 0;
  #isThreadGone = false;
  #isOver = false;
  #readFailure: string | null = null;

  private constructor(meter: CaptureMeter, file: FileSource, stretches: Stretches, thread: Decoding) {
    this.#meter = meter;
    this.#reader = new StretchReader(meter, file);
    this.#columns = new HandedColumns(meter.core, "times");
    this.#counts = new DecodedCounts(this.#columns.batchBytes);
    this.#ring = new BatchRing(this.#columns.batchBytes + COUNTS_BYTES);
    this.#thread = thread;
    this.#stretches = stretches;
    // The first, which begins with the file's header: the other thread is not there yet.
    this.#own = stretches.take();
  }

  /**
   * Starts the other thread, or takes one that waits for its task; `meter` has been made of `task.options` and has seen
   * nothing yet. Answers undefined where there are no threads or no shared memory.
   */
  static start(
    meter: CaptureMeter,
    task: Omit<DecoderTask, "memory" | "stretches">,
    { file, stretchBytes }: { readonly file: FileSource; readonly stretchBytes?: number },
    waiting?: Decoding,
  ): StretchPipeline | undefined {
    let thread = waiting;
    try {
      thread ??= new DecoderThread();
      const stretches = Stretches.of(file.sizeBytes!, stretchBytes);
      const pipeline = new StretchPipeline(meter, file, stretches, thread);
      const begun = thread.begin({ ...task, memory: pipeline.#ring.memory, stretches: stretches.task });
      for (const report of [begun, thread.ended()]) report.catch(() => (pipeline.#isThreadGone = true));
      return pipeline;
    } catch {
      void thread?.end();
      return undefined;
    }
  }

  get doneBytes(): number {
    return this.#offset;
  }

  next(timeoutMs: number): Metered {
    if (this.#isOver) return DONE;
    if (this.#ring.waiting <= SPARE_BATCHES) this.#own ??= this.#stretches.take();
    if (this.#isReading || (this.#own !== undefined && this.#own.start <= this.#offset)) return this.#read();
    const next = this.#ring.next(timeoutMs);
    if (next !== undefined) return this.#take(next.head, next.batch);
    // All that it has handed over is metered.
    return this.#isThreadGone ? this.#goOnAlone() : WAITS;
  }

  /** What was handed over and is not metered yet is left out: it may lie anywhere behind. */
  stop(): void {
    this.#isOver = true;
    this.#ring.stop();
  }

  // oxlint-disable-next-line require-await -- Pipelines of several captures wait here.
  async end(): Promise<readonly (string | null)[]> {
    this.#counts.addTo(this.#meter);
    return [this.#readFailure];
  }

  async close(): Promise<void> {
    await this.#thread.end();
  }

  /** Meters a batch of the other thread, if it is what comes next. */
  #take({ packets, startsAt, doneBytes }: BatchHead, batch: Uint8Array): Metered {
    if (startsAt !== this.#offset) return this.#goOnAlone();
    this.#columns.load(batch, packets);
    this.#counts.load(batch);
    this.#ring.release();
    this.#offset = doneBytes;
    this.#isOver = this.#counts.isEnded;
    if (packets === 0) return this.#isOver ? DONE : this.#goOnAlone();
    this.#meter.core.meterTimed(packets);
    return { kind: "batch", packets };
  }

  /** To the end of the file: the other thread has given up, or has lost its way. */
  #goOnAlone(): Metered {
    this.#ring.stop();
    this.#own = { start: this.#offset, limit: Infinity };
    return this.#read();
  }

  /** Goes on with its own stretch, up to a batch or its end. */
  #read(): Metered {
    if (!this.#isReading) {
      this.#isReading = true;
      this.#reader.moveTo(this.#offset);
      this.#reader.limit(this.#own!.limit);
    }
    const answer = this.#advance();
    this.#offset = this.#reader.offset;
    if (typeof answer === "number") return { kind: "batch", packets: answer };
    this.#isReading = false;
    this.#own = undefined;
    this.#isOver = answer === "done";
    if (this.#isOver) return DONE;
    const packets = this.#meter.flush();
    return packets > 0 ? { kind: "batch", packets } : WAITS;
  }

  /** A failed read ends the capture. */
  #advance(): number | "limit" | "done" {
    const { meterDecoded } = this.#meter.core;
    try {
      return this.#reader.advance(meterDecoded);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.#readFailure = error.message;
      this.#reader.end();
      return this.#reader.advance(meterDecoded);
    }
  }
}
