/**
 * What the engines meter: a link of one packet a microsecond (6.3 Gbit/s), shared by so many flows, each with a
 * contract of about twice its mean share and a burst of 2000 bytes. Times are whole microseconds, as classic captures
 * have them, so exact ties between level and depth do occur.
 *
 * A workload is a prologue, in which every flow arrives once, and then a stream of distinct packets. The stream is
 * played again and again with its times moved on, never back: meters age as in real use. A stream of a few thousand
 * packets would teach the branch predictor every verdict; this one has millions. Where flows are about as many as its
 * packets, those that came three times or more would be overloaded for good by being played again, and half of them
 * never come: that is no matter to a verdict, but to a queue. So a stream can also go on with new packets.
 */
import { compilePolicy } from "../src/policies.ts";
import type { CompiledPolicy } from "../src/types.ts";
import { type Distribution, flowDrawer, Random, scramble } from "./random.ts";

export interface WorkloadShape {
  readonly flows: number;
  readonly distribution: Distribution;
  /** Packets of the stream behind the prologue. */
  readonly packets: number;
  readonly seed: number;
}

/** Columns of packets, laid out as BatchColumns has them: what every contender starts from. */
export interface Columns {
  readonly time: Uint32Array;
  readonly length: Uint32Array;
  readonly key: Uint32Array;
}

export const LENGTH_MIN = 64;
export const LENGTH_MAX = 1500;
/** Together the contracts allow this much, about twice what arrives. */
const CONTRACTS_BITS_PER_SEC = 12.5e9;
export const BURST_BYTES = 2000;
const START_US = 1_700_000_000_000_000;
const PROLOGUE_CHUNK_PACKETS = 65_536;
/** Prime, and dividing no flow count in use: i -> i * step mod flows visits every flow once, out of order. */
const PROLOGUE_STEP = 433_494_437;
/** Keys stay below 2^52, so that a JavaScript number holds them exactly and naive rivals may use numbers. */
const KEY_HIGH_BITS = 20;

/** Each flow's contract, as a float for rivals and compiled for engines. */
export function contractOf(flows: number): { readonly bytesPerSec: number; readonly policy: CompiledPolicy } {
  // Whole bits: fractions of a bit without end have no exact level step.
  const bitsPerSec = Math.round(CONTRACTS_BITS_PER_SEC / flows);
  const policy = compilePolicy({ meter: "token-bucket", rate: `${bitsPerSec} bit/s`, burst: `${BURST_BYTES} B` });
  return { bytesPerSec: bitsPerSec / 8, policy };
}

export class Workload {
  readonly shape: WorkloadShape;
  readonly stream: Columns;
  /** Added to every time of the stream before it is played again. */
  readonly #spanNs: bigint;
  readonly #salt: number;
  readonly #random: Random;
  readonly #draw: () => number;
  /** Where the stream goes on with new packets. */
  #endUs: number;

  constructor(shape: WorkloadShape) {
    this.shape = shape;
    this.#random = new Random(shape.seed);
    this.#salt = this.#random.word();
    this.#draw = flowDrawer(shape.distribution, shape.flows, this.#random);
    this.stream = createColumns(shape.packets);
    const startUs = START_US + shape.flows;
    this.#endUs = this.#fill(startUs);
    this.#spanNs = BigInt(this.#endUs - startUs) * 1000n;
  }

  /** Every flow once, in a scattered order, in chunks whose columns are valid until the next is asked for. */
  *prologue(): Iterable<Columns & { readonly packets: number }> {
    const { flows, seed } = this.shape;
    const random = new Random(seed ^ 0x5bd1_e995);
    const columns = createColumns(Math.min(flows, PROLOGUE_CHUNK_PACKETS));
    const times = new BigUint64Array(columns.time.buffer);
    for (let first = 0; first < flows; first += PROLOGUE_CHUNK_PACKETS) {
      const packets = Math.min(PROLOGUE_CHUNK_PACKETS, flows - first);
      let next = first;
      // One packet a microsecond on the dot: the prologue must end before the stream begins.
      for (let index = 0; index < packets; index += 1, next += 1) {
        times[index] = BigInt(START_US + next) * 1000n;
        this.#put(columns, index, (next * PROLOGUE_STEP) % flows, random);
      }
      yield { ...columns, packets };
    }
  }

  /** Nanoseconds from the stream's first packet to the first of the stream behind it. */
  get spanNs(): bigint {
    return this.#spanNs;
  }

  /** Moves the stream on in time, so that it can be played once more behind itself. */
  rewind(): void {
    const times = new BigUint64Array(this.stream.time.buffer);
    for (let index = 0; index < times.length; index += 1) times[index]! += this.#spanNs;
  }

  /** Draws the packets that come next in the stream's place. Not for a stream that was moved on. */
  renew(): void {
    this.#endUs = this.#fill(this.#endUs);
  }

  #fill(startUs: number): number {
    const times = new BigUint64Array(this.stream.time.buffer);
    let nowUs = startUs;
    for (let index = 0; index < times.length; index += 1) {
      nowUs += this.#random.exponential();
      times[index] = BigInt(Math.floor(nowUs)) * 1000n;
      this.#put(this.stream, index, this.#draw(), this.#random);
    }
    return Math.ceil(nowUs);
  }

  #put(columns: Columns, index: number, flow: number, random: Random): void {
    columns.length[index] = LENGTH_MIN + random.below(LENGTH_MAX - LENGTH_MIN + 1);
    columns.key[2 * index] = scramble(flow ^ this.#salt);
    columns.key[2 * index + 1] = scramble(flow + this.#salt) >>> (32 - KEY_HIGH_BITS);
  }
}

/** Empty columns for so many packets. */
export function createColumns(packets: number): Columns {
  return { time: new Uint32Array(2 * packets), length: new Uint32Array(packets), key: new Uint32Array(2 * packets) };
}
