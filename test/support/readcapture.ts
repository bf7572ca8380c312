/** Reads the captures that Weir writes, from the formats' descriptions alone: shares nothing with the core. */
import { SECOND_NS } from "./writer.ts";

export interface ReadFrame {
  readonly timeNs: bigint;
  readonly bytes: Buffer;
  readonly originalBytes: number;
  /** Number of its interface, 0 in a pcap. */
  readonly face: number;
}

export interface ReadFace {
  readonly link: number;
  readonly snapBytes: number;
  /** Code and value, without those of the clock. */
  readonly options: readonly (readonly [number, Buffer])[];
}

export interface ReadCapture {
  readonly format: "pcap" | "pcapng";
  readonly isLittle: boolean;
  readonly faces: readonly ReadFace[];
  readonly frames: readonly ReadFrame[];
}

const PCAP_NANOSECONDS = 0xa1b23c4d;
const SECTION = 0x0a0d0d0a;
const ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_CLOCK = 9;

/** Throws when the capture is not whole, or not as Weir writes it. */
export function readCapture(bytes: Uint8Array): ReadCapture {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.readUInt32LE(0) === SECTION) return readPcapng(data);
  const isLittle = data.readUInt32LE(0) === PCAP_NANOSECONDS;
  if (!isLittle && data.readUInt32BE(0) !== PCAP_NANOSECONDS) throw new Error("no pcap with nanoseconds");
  return readPcap(data, isLittle);
}

function numbersOf(data: Buffer, isLittle: boolean) {
  return {
    u16: (at: number) => (isLittle ? data.readUInt16LE(at) : data.readUInt16BE(at)),
    u32: (at: number) => (isLittle ? data.readUInt32LE(at) : data.readUInt32BE(at)),
  };
}

function slice(data: Buffer, at: number, count: number): Buffer {
  if (at + count > data.length) throw new Error(`${count} bytes at ${at} end behind the capture`);
  return data.subarray(at, at + count);
}

function readPcap(data: Buffer, isLittle: boolean): ReadCapture {
  const { u16, u32 } = numbersOf(data, isLittle);
  if (u16(4) !== 2 || u16(6) !== 4 || u32(8) !== 0 || u32(12) !== 0) throw new Error("file header");
  const frames: ReadFrame[] = [];
  let at = 24;
  while (at < data.length) {
    const captured = u32(at + 8);
    if (u32(at + 4) >= 1e9) throw new Error(`fraction of record at ${at}`);
    const timeNs = BigInt(u32(at)) * SECOND_NS + BigInt(u32(at + 4));
    frames.push({ timeNs, bytes: slice(data, at + 16, captured), originalBytes: u32(at + 12), face: 0 });
    at += 16 + captured;
  }
  return { format: "pcap", isLittle, faces: [{ link: u32(20), snapBytes: u32(16), options: [] }], frames };
}

function readPcapng(data: Buffer): ReadCapture {
  const isLittle = data.readUInt32LE(8) === ORDER_MAGIC;
  const { u32, u16 } = numbersOf(data, isLittle);
  if (u32(8) !== ORDER_MAGIC) throw new Error("byte-order magic");
  const faces: ReadFace[] = [];
  const frames: ReadFrame[] = [];
  for (let at = 0; at < data.length;) {
    const total = u32(at + 4);
    slice(data, at, total);
    if (total % 4 !== 0 || u32(at + total - 4) !== total) throw new Error(`block lengths at ${at}`);
    if (u32(at) === 1) {
      const options = readOptions(data, isLittle, at + 16, at + total - 4);
      const clock = options.find(([code]) => code === OPTION_CLOCK)?.[1];
      if (clock?.length !== 1 || clock[0] !== 9) throw new Error("clock of an interface");
      const others = options.filter(([code]) => code !== OPTION_CLOCK);
      faces.push({ link: u16(at + 8), snapBytes: u32(at + 12), options: others });
    } else if (u32(at) === 6) {
      const captured = u32(at + 20);
      const padding = slice(data, at + 28 + captured, total - 32 - captured);
      if (padding.length > 3 || padding.some((byte) => byte !== 0)) throw new Error(`padding at ${at}`);
      if (u32(at + 8) >= faces.length) throw new Error(`interface at ${at}`);
      const timeNs = (BigInt(u32(at + 12)) << 32n) | BigInt(u32(at + 16));
      const bytes = slice(data, at + 28, captured);
      frames.push({ timeNs, bytes, originalBytes: u32(at + 24), face: u32(at + 8) });
    } else if (u32(at) !== SECTION || at !== 0) {
      throw new Error(`block of type ${u32(at)} at ${at}`);
    }
    at += total;
  }
  return { format: "pcapng", isLittle, faces, frames };
}

function readOptions(data: Buffer, isLittle: boolean, start: number, end: number): [number, Buffer][] {
  const { u16 } = numbersOf(data, isLittle);
  const options: [number, Buffer][] = [];
  for (let at = start; at < end;) {
    const code = u16(at);
    const count = u16(at + 2);
    if (code === 0) return options;
    options.push([code, slice(data, at + 4, count)]);
    at += 4 + Math.ceil(count / 4) * 4;
  }
  if (end > start) throw new Error("options without an end");
  return options;
}
