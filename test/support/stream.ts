// A seeded stream of random packets in columns, fast enough for tens of millions.
import type { MeterEngine } from "../../src/types.ts";

const TWO_32 = 2 ** 32;

export interface Columns {
  readonly time: Uint32Array;
  readonly length: Uint32Array;
  readonly key: Uint32Array;
}

export interface StreamShape {
  readonly seed: number;
  readonly flows: number;
  /** Mean time between packets; ties and steps back occur. */
  readonly gapMeanNs: number;
  readonly lengthMax: number;
}

/** Endless packets: skewed flow popularity, ties, one step back and one oversized packet in a few hundred, rare jumps. */
export class PacketStream {
  readonly #shape: StreamShape;
  readonly #random: () => number;
  #offsetNs = 0;

  constructor(shape: StreamShape) {
    this.#shape = shape;
    this.#random = xorshift128(shape.seed);
  }

  /** The next `packetCount` packets. */
  next(packetCount: number): Columns {
    const { flows, lengthMax } = this.#shape;
    const time = new Uint32Array(2 * packetCount);
    const length = new Uint32Array(packetCount);
    const key = new Uint32Array(2 * packetCount);
    for (let index = 0; index < packetCount; index += 1) {
      const arrivalNs = this.#arrivalNs();
      time[2 * index] = arrivalNs % TWO_32;
      time[2 * index + 1] = 0x1797_a1f2 + Math.floor(arrivalNs / TWO_32); // late 2023, in nanoseconds since 1970
      const rank = Math.floor((this.#random() / TWO_32) ** 2 * flows);
      key[2 * index] = Math.imul(rank, 0x9e37_79b1);
      key[2 * index + 1] = rank & 7;
      const draw = this.#random();
      length[index] = draw % 509 === 0 ? draw : draw % (lengthMax + 1);
    }
    return { time, length, key };
  }

  #arrivalNs(): number {
    const draw = this.#random();
    const kind = draw & 1023;
    if (kind === 0) this.#offsetNs += 1000 * this.#shape.gapMeanNs;
    else if (kind > 200) this.#offsetNs += Math.floor((draw / TWO_32) * 2 * this.#shape.gapMeanNs);
    return kind === 1 ? Math.max(0, this.#offsetNs - 100_000) : this.#offsetNs;
  }
}

/** Colors and delays of packets [from, to) of the columns, metered in batches of at most `batchPackets`. */
export function meterColumns(engine: MeterEngine, columns: Columns, batchPackets: number): [Uint8Array, Uint32Array] {
  const packetCount = columns.length.length;
  const colors = new Uint8Array(packetCount);
  const delays = new Uint32Array(2 * packetCount);
  for (let start = 0; start < packetCount; start += batchPackets) {
    const end = Math.min(start + batchPackets, packetCount);
    const { time, length, key } = engine.batch;
    time.set(columns.time.subarray(2 * start, 2 * end));
    length.set(columns.length.subarray(start, end));
    key.set(columns.key.subarray(2 * start, 2 * end));
    engine.run(end - start);
    const { color, delay } = engine.batch;
    colors.set(color.subarray(0, end - start), start);
    delays.set(delay.subarray(0, 2 * (end - start)), 2 * start);
  }
  return [colors, delays];
}

/** Marsaglia's xorshift128: 32-bit draws, the same on every run. */
function xorshift128(seed: number): () => number {
  let [x, y, z, w] = [seed, 0x159a_55e5, 0x1f12_3bb5, 0x0549_1333];
  return () => {
    const mixed = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ mixed ^ (mixed >>> 8);
    return w >>> 0;
  };
}
