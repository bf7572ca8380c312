// A seeded stream of random packets in columns, fast enough for tens of millions.
import type { MeterEngine } from "../../src/types.ts";

const TWO_32 = 2 ** 32;

export interface Columns {
  readonly time: Uint32Array;
  readonly length: Uint32Array;
  readonly key: Uint32Array;
  readonly colorIn: Uint8Array;
  readonly class: Uint16Array;
  /** Of the nodes right above the leaf; those further up have key 0. */
  readonly nodeKey: Uint32Array;
}

export interface StreamShape {
  readonly seed: number;
  readonly flows: number;
  /** Mean time between packets; ties and steps back occur. */
  readonly gapMeanNs: number;
  readonly lengthMax: number;
  /** How many classes the flows are spread over; some packets name one that is not there. */
  readonly classes: number;
}

/** What an engine says of columns of packets. */
export interface Verdicts {
  readonly color: Uint8Array;
  readonly reason: Uint8Array;
  readonly delay: Uint32Array;
}

/** Flows below one node. */
const FLOWS_A_NODE = 32;
/** Colors of arrival by four bits of a draw. */
const COLORS_IN = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 255];

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
    const { flows, lengthMax, classes } = this.#shape;
    const time = new Uint32Array(2 * packetCount);
    const length = new Uint32Array(packetCount);
    const key = new Uint32Array(2 * packetCount);
    const colorIn = new Uint8Array(packetCount);
    const classIndex = new Uint16Array(packetCount);
    const nodeKey = new Uint32Array(2 * packetCount);
    for (let index = 0; index < packetCount; index += 1) {
      const arrivalNs = this.#arrivalNs();
      time[2 * index] = arrivalNs % TWO_32;
      time[2 * index + 1] = 0x1797_a1f2 + Math.floor(arrivalNs / TWO_32); // late 2023, in nanoseconds since 1970
      const rank = Math.floor((this.#random() / TWO_32) ** 2 * flows);
      key[2 * index] = Math.imul(rank, 0x9e37_79b1);
      key[2 * index + 1] = rank & 7;
      const draw = this.#random();
      length[index] = draw % 509 === 0 ? draw : draw % (lengthMax + 1);
      colorIn[index] = COLORS_IN[(draw >>> 16) & 15]!;
      classIndex[index] = draw % 1021 === 0 ? classes : rank % classes;
      nodeKey[2 * index] = Math.floor(rank / FLOWS_A_NODE);
    }
    return { time, length, key, colorIn, class: classIndex, nodeKey };
  }

  #arrivalNs(): number {
    const draw = this.#random();
    const kind = draw & 1023;
    if (kind === 0) this.#offsetNs += 1000 * this.#shape.gapMeanNs;
    else if (kind > 200) this.#offsetNs += Math.floor((draw / TWO_32) * 2 * this.#shape.gapMeanNs);
    return kind === 1 ? Math.max(0, this.#offsetNs - 100_000) : this.#offsetNs;
  }
}

/** What the engine says of the columns' packets, metered in batches of at most `batchPackets`. */
export function meterColumns(engine: MeterEngine, columns: Columns, batchPackets: number): Verdicts {
  const packetCount = columns.length.length;
  const color = new Uint8Array(packetCount);
  const reason = new Uint8Array(packetCount);
  const delay = new Uint32Array(2 * packetCount);
  for (let start = 0; start < packetCount; start += batchPackets) {
    const end = Math.min(start + batchPackets, packetCount);
    const { batch } = engine;
    batch.time.set(columns.time.subarray(2 * start, 2 * end));
    batch.length.set(columns.length.subarray(start, end));
    batch.key.set(columns.key.subarray(2 * start, 2 * end));
    batch.colorIn.set(columns.colorIn.subarray(start, end));
    if (batch.class.length > 0) batch.class.set(columns.class.subarray(start, end));
    batch.nodeKeys[0]?.set(columns.nodeKey.subarray(2 * start, 2 * end));
    engine.run(end - start);
    const answered = engine.batch;
    color.set(answered.color.subarray(0, end - start), start);
    reason.set(answered.reason.subarray(0, end - start), start);
    delay.set(answered.delay.subarray(0, 2 * (end - start)), 2 * start);
  }
  return { color, reason, delay };
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
