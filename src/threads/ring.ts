/** Batches in shared memory on their way from the thread that decodes to the thread that meters. */
import { Gate } from "./gate.ts";

/** Enough that neither side waits for the other's wake-up; all of them stay in a cache of 2 MiB. */
const PLACES = 4;

// 32-bit words at the beginning.
const WRITTEN = 0;
const READER_SLEEPS = 1;
/** A cache line away from what the writer changes. */
const TAKEN = 16;
const WRITER_SLEEPS = 17;
const STOPPED = 32;
const CONTROL_BYTES = 256;

// Before each batch: numbers of 64 bits, exact as floats.
const HEAD_PACKETS = 0;
const HEAD_FIRST_FRAME = 1;
const HEAD_DONE_BYTES = 2;
const HEAD_BYTES = 64;

/** What is said of a batch; one of no packets is the last. */
export interface BatchHead {
  readonly packets: number;
  readonly firstFrame: number;
  /** Taken from the files until then. */
  readonly doneBytes: number;
}

/** One thread writes, one reads. Both sides make theirs over the same memory. */
export class BatchRing {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #heads: readonly Float64Array[];
  readonly #batches: readonly Uint8Array[];
  readonly #arrivals: Gate;
  readonly #departures: Gate;
  /** Batches that this side has written or taken. */
  #count = 0;

  /** Over the memory of another thread's ring, or over new memory. */
  constructor(batchBytes: number, memory = new SharedArrayBuffer(CONTROL_BYTES + PLACES * (HEAD_BYTES + batchBytes))) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    const starts = Array.from({ length: PLACES }, (_, place) => CONTROL_BYTES + place * (HEAD_BYTES + batchBytes));
    this.#heads = starts.map((start) => new Float64Array(memory, start, HEAD_BYTES / 8));
    this.#batches = starts.map((start) => new Uint8Array(memory, start + HEAD_BYTES, batchBytes));
    this.#arrivals = new Gate(this.#words, WRITTEN, READER_SLEEPS);
    this.#departures = new Gate(this.#words, TAKEN, WRITER_SLEEPS);
  }

  /** The writer's next batch, once there is room for it. */
  room(): Uint8Array {
    for (;;) {
      const taken = Atomics.load(this.#words, TAKEN);
      if (((this.#count - taken) | 0) < PLACES) return this.#batches[this.#place]!;
      this.#departures.wait(taken, Infinity);
    }
  }

  /** Hands the batch in `room` over. */
  write({ packets, firstFrame, doneBytes }: BatchHead): void {
    const head = this.#heads[this.#place]!;
    head[HEAD_PACKETS] = packets;
    head[HEAD_FIRST_FRAME] = firstFrame;
    head[HEAD_DONE_BYTES] = doneBytes;
    this.#count = (this.#count + 1) | 0;
    this.#arrivals.open(this.#count);
  }

  /** The reader's next batch; undefined when none has come after `timeoutMs`. */
  next(timeoutMs: number): { head: BatchHead; batch: Uint8Array } | undefined {
    if (!this.#arrivals.wait(this.#count, timeoutMs)) return undefined;
    const [packets, firstFrame, doneBytes] = this.#heads[this.#place]!;
    return {
      head: { packets: packets!, firstFrame: firstFrame!, doneBytes: doneBytes! },
      batch: this.#batches[this.#place]!,
    };
  }

  /** Gives the place of the batch from `next` back. */
  release(): void {
    this.#count = (this.#count + 1) | 0;
    this.#departures.open(this.#count);
  }

  /** The reader wants no more than what is under way. */
  stop(): void {
    Atomics.store(this.#words, STOPPED, 1);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, STOPPED) !== 0;
  }

  /** Counts are 32 bits and wrap, which 4 divides. */
  get #place(): number {
    return this.#count & (PLACES - 1);
  }
}
