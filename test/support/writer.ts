/** Writes pcap files for tests, from the format's description alone: shares nothing with the core. */

/** One frame of a capture to be written. */
export interface WrittenFrame {
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
  /** As on the wire; the bytes' number when absent. */
  readonly originalBytes?: number;
}

export type ByteOrder = "little" | "big";

/** Bytes one after the other, numbers in the byte order given. */
export class ByteWriter {
  readonly #isLittle: boolean;
  readonly #parts: Uint8Array[] = [];

  constructor(order: ByteOrder) {
    this.#isLittle = order === "little";
  }

  u8(...values: number[]): this {
    return this.raw(Uint8Array.from(values));
  }

  u16(...values: number[]): this {
    for (const value of values) this.#number(2, (view) => view.setUint16(0, value, this.#isLittle));
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.#number(4, (view) => view.setUint32(0, value, this.#isLittle));
    return this;
  }

  i64(value: bigint): this {
    return this.#number(8, (view) => view.setBigInt64(0, value, this.#isLittle));
  }

  raw(...parts: Uint8Array[]): this {
    this.#parts.push(...parts);
    return this;
  }

  zeros(count: number): this {
    return this.raw(new Uint8Array(count));
  }

  done(): Uint8Array {
    return concat(...this.#parts);
  }

  #number(bytes: number, set: (view: DataView) => void): this {
    const part = new Uint8Array(bytes);
    set(new DataView(part.buffer));
    return this.raw(part);
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Network byte order. */
export function network(): ByteWriter {
  return new ByteWriter("big");
}

export type PcapClock = "micro" | "nano" | "modified";

/** `modified` is the magic number of the patched libpcaps, which count microseconds. */
const MAGICS: Record<PcapClock, number> = { micro: 0xa1b2c3d4, nano: 0xa1b23c4d, modified: 0xa1b2cd34 };
const UNITS_PER_SEC: Record<PcapClock, bigint> = { micro: 1_000_000n, nano: 1_000_000_000n, modified: 1_000_000n };

export interface PcapOptions {
  readonly order?: ByteOrder;
  readonly clock?: PcapClock;
  /** The whole 32-bit word, upper half included. */
  readonly link?: number;
  readonly snapBytes?: number;
  /** Of a record: 16 documented, 24 ss990417 and modified, 20 Nokia, 28 SuSE. */
  readonly recordHeaderBytes?: number;
  readonly version?: readonly [number, number];
  /** The original length first, as versions before 2.3 have it. */
  readonly swapsLengths?: boolean;
}

export const SECOND_NS = 1_000_000_000n;

export function pcapHeader(options: PcapOptions = {}): Uint8Array {
  const { order = "little", clock = "micro", link = 1, snapBytes = 262_144, version = [2, 4] } = options;
  return new ByteWriter(order)
    .u32(MAGICS[clock])
    .u16(...version)
    .u32(0, 0, snapBytes, link)
    .done();
}

/** One record; `fraction` stands in for the time's own when given. */
export function pcapRecord(frame: WrittenFrame, options: PcapOptions = {}, fraction?: number): Uint8Array {
  const { order = "little", clock = "micro", recordHeaderBytes = clock === "modified" ? 24 : 16 } = options;
  const units = ((frame.timeNs % SECOND_NS) * UNITS_PER_SEC[clock]) / SECOND_NS;
  const lengths = [frame.bytes.length, frame.originalBytes ?? frame.bytes.length];
  if (options.swapsLengths === true) lengths.reverse();
  const writer = new ByteWriter(order).u32(Number(frame.timeNs / SECOND_NS), fraction ?? Number(units), ...lengths);
  // The dialects' own fields: an interface index of 2, a protocol, a packet type, padding; Nokia's is one unknown word.
  if (recordHeaderBytes === 20) writer.u32(7);
  if (recordHeaderBytes >= 24) writer.u32(2).u16(0x0800).u8(4, 0);
  if (recordHeaderBytes === 28) writer.zeros(4);
  return writer.raw(frame.bytes).done();
}

export function writePcap(frames: readonly WrittenFrame[], options: PcapOptions = {}): Uint8Array {
  return concat(pcapHeader(options), ...frames.map((frame) => pcapRecord(frame, options)));
}
