/** Batches in shared memory on their way from the thread that decodes to the thread that meters. */
import { Gate } from "./gate.ts";

/**
 * Memory for batches that wait. The thread that meters falls behind while most packets are of new flows, and catches up
 * afterwards: with 4 places the other one stood still meanwhile.
 */
const BATCHES_BYTES = 10 * 2 ** 20;
const PLACES_MIN = 4;

// 32-bit words at the beginning.
const WRITTEN = 0;
const READER_SLEEPS = 1;
/** A cache line away from what the writer changes. */
const TAKEN = 16;
const WRITER_SLEEPS = 17;
const STOPPED = 32;
const CONTROL_BYTES = 256;
const WORD_BYTES = 4;
const LINE_BYTES = 64;

// Before each batch: numbers of 64 bits, exact as floats.
const HEAD_PACKETS = 0;
const HEAD_FIRST_FRAME = 1;
const HEAD_DONE_BYTES = 2;
const HEAD_STARTS_AT = 3;
const HEAD_BYTES = 64;

/** What is said of a batch; one of no packets is the last. */
export interface BatchHead {
  readonly packets: number;
  readonly firstFrame: number;
  /** Of a capture in stretches: where in the file it begins. */
  readonly startsAt: number;
  /** Taken from the files until then; of a capture in stretches where in the file it ends. */
  readonly doneBytes: number;
}

/** A power of two, since counts are 32 bits and wrap. */
function placesFor(batchBytes: number): number {
  return Math.max(PLACES_MIN, 2 ** Math.floor(Math.log2(BATCHES_BYTES / batchBytes)));
}

function bytesOfList(places: number): number {
  return Math.ceil((places * WORD_BYTES) / LINE_BYTES) * LINE_BYTES;
}

/**
 * One thread writes, one reads. Both sides make theirs over the same memory. Batches are read in the order in which they
 * were written; the place that was given back last is written next, so that those in use stay in a near cache.
 */
export class BatchRing {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  /** Places of the batches that were written, and of those that were given back, by the last bits of their number. */
  readonly #written: Int32Array;
  readonly #returned: Int32Array;
  readonly #heads: readonly Float64Array[];
  readonly #batches: readonly Uint8Array[];
  readonly #arrivals: Gate;
  readonly #departures: Gate;
  /** The writer's: places that are free, the next one last; and how many places it has seen come back. */
  readonly #free: number[];
  #seenReturned = 0;
  /** Batches that this side has written or given back. */
  #count = 0;

  /** Over the memory of another thread's ring, or over new memory. */
  constructor(batchBytes: number, memory?: SharedArrayBuffer) {
    const places = placesFor(batchBytes);
    const listBytes = bytesOfList(places);
    const batchesAt = CONTROL_BYTES + 2 * listBytes;
    this.memory = memory ?? new SharedArrayBuffer(batchesAt + places * (HEAD_BYTES + batchBytes));
    this.#words = new Int32Array(this.memory, 0, CONTROL_BYTES / WORD_BYTES);
    this.#written = new Int32Array(this.memory, CONTROL_BYTES, places);
    this.#returned = new Int32Array(this.memory, CONTROL_BYTES + listBytes, places);
    const starts = Array.from({ length: places }, (_, place) => batchesAt + place * (HEAD_BYTES + batchBytes));
    this.#heads = starts.map((start) => new Float64Array(this.memory, start, HEAD_BYTES / 8));
    this.#batches = starts.map((start) => new Uint8Array(this.memory, start + HEAD_BYTES, batchBytes));
    this.#arrivals = new Gate(this.#words, WRITTEN, READER_SLEEPS);
    this.#departures = new Gate(this.#words, TAKEN, WRITER_SLEEPS);
    this.#free = starts.map((_, place) => places - 1 - place);
  }

  /** The writer's next batch, once there is room for it. */
  room(): Uint8Array {
    for (;;) {
      const returned = this.#departures.value;
      for (; this.#seenReturned !== returned; this.#seenReturned = (this.#seenReturned + 1) | 0) {
        this.#free.push(this.#returned[this.#slot(this.#seenReturned)]!);
      }
      const place = this.#free.at(-1);
      if (place !== undefined) return this.#batches[place]!;
      this.#departures.wait(returned, Infinity);
    }
  }

  /** Hands the batch in `room` over. */
  write({ packets, firstFrame, startsAt, doneBytes }: BatchHead): void {
    const place = this.#free.pop()!;
    const head = this.#heads[place]!;
    head[HEAD_PACKETS] = packets;
    head[HEAD_FIRST_FRAME] = firstFrame;
    head[HEAD_DONE_BYTES] = doneBytes;
    head[HEAD_STARTS_AT] = startsAt;
    this.#written[this.#slot(this.#count)] = place;
    this.#count = (this.#count + 1) | 0;
    this.#arrivals.open(this.#count);
  }

  /** The reader's next batch; undefined when none has come after `timeoutMs`. */
  next(timeoutMs: number): { head: BatchHead; batch: Uint8Array } | undefined {
    if (!this.#arrivals.wait(this.#count, timeoutMs)) return undefined;
    const place = this.#written[this.#slot(this.#count)]!;
    const head = this.#heads[place]!;
    return {
      head: {
        packets: head[HEAD_PACKETS]!,
        firstFrame: head[HEAD_FIRST_FRAME]!,
        startsAt: head[HEAD_STARTS_AT]!,
        doneBytes: head[HEAD_DONE_BYTES]!,
      },
      batch: this.#batches[place]!,
    };
  }

  /** Batches that the reader has not asked for yet. */
  get waiting(): number {
    return (this.#arrivals.value - this.#count) | 0;
  }

  /** Gives the place of the batch from `next` back. */
  release(): void {
    const slot = this.#slot(this.#count);
    this.#returned[slot] = this.#written[slot]!;
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

  #slot(count: number): number {
    return count & (this.#written.length - 1);
  }
}
