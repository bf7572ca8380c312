/**
 * Captures made to order: a pcap of any size with real Ethernet, IPv4, IPv6, TCP and UDP headers, 96 bytes of each
 * frame, written at about memory speed. Equal shapes give equal bytes. Every flow arrives once before flows are
 * drawn at random, so that captures of different sizes hold the same number of flows.
 */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { Random, scramble } from "./random.ts";
import { LENGTH_MAX, LENGTH_MIN } from "./workload.ts";

export interface CaptureShape {
  readonly packets: number;
  readonly flows: number;
  readonly seed: number;
}

const SNAP_BYTES = 96;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const RECORD_BYTES_MAX = RECORD_HEADER_BYTES + SNAP_BYTES;
const ETHERNET_BYTES = 14;
const MAGIC_MICROSECONDS = 0xa1b2_c3d4;
const LINK_ETHERNET = 1;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const START_SEC = 1_700_000_000;
const US_PER_SEC = 1_000_000;
const FILE_CHUNK_PACKETS = 16_384;

/** Headers with all that does not depend on the flow filled in. */
interface FrameKind {
  readonly template: Uint8Array;
  readonly isIpv6: boolean;
  readonly isUdp: boolean;
  /** Where the transport header begins, and the shortest frame that holds it. */
  readonly transportOffset: number;
  readonly frameBytesMin: number;
}

const KINDS: readonly FrameKind[] = [
  frameKind(false, PROTOCOL_TCP),
  frameKind(false, PROTOCOL_UDP),
  frameKind(true, PROTOCOL_TCP),
  frameKind(true, PROTOCOL_UDP),
];

/** The whole capture in memory. */
export function synthesize(shape: CaptureShape): Buffer {
  const bytes = Buffer.alloc(FILE_HEADER_BYTES + shape.packets * RECORD_BYTES_MAX);
  const writer = new CaptureWriter(shape);
  const end = writer.writeRecords(bytes, writeFileHeader(bytes), shape.packets);
  return bytes.subarray(0, end);
}

/**
 * The capture as a file that is on the disk when this returns, since writing it back later takes processor time from what
 * is measured. Answers its size in bytes.
 */
export function synthesizeFile(path: string, shape: CaptureShape): number {
  const chunk = Buffer.alloc(FILE_HEADER_BYTES + FILE_CHUNK_PACKETS * RECORD_BYTES_MAX);
  const writer = new CaptureWriter(shape);
  const file = openSync(path, "w");
  try {
    let fileBytes = writeSync(file, chunk, 0, writeFileHeader(chunk));
    for (let written = 0; written < shape.packets; written += FILE_CHUNK_PACKETS) {
      const end = writer.writeRecords(chunk, 0, Math.min(FILE_CHUNK_PACKETS, shape.packets - written));
      for (let at = 0; at < end;) at += writeSync(file, chunk, at, end - at);
      fileBytes += end;
    }
    fsyncSync(file);
    return fileBytes;
  } finally {
    closeSync(file);
  }
}

class CaptureWriter {
  readonly #shape: CaptureShape;
  readonly #random: Random;
  readonly #salt: number;
  #written = 0;
  #nowUs = 0;

  constructor(shape: CaptureShape) {
    this.#shape = shape;
    this.#random = new Random(shape.seed);
    this.#salt = this.#random.word();
  }

  /** Writes the next records from `at` on. Answers where they end. */
  writeRecords(bytes: Buffer, at: number, packets: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let next = at;
    for (let packet = 0; packet < packets; packet += 1) next = this.#writeRecord(bytes, view, next);
    return next;
  }

  #writeRecord(bytes: Buffer, view: DataView, at: number): number {
    const random = this.#random;
    const flow = this.#written < this.#shape.flows ? this.#written : random.below(this.#shape.flows);
    this.#written += 1;
    this.#nowUs += random.exponential();
    const kind = KINDS[(flow % 4 === 3 ? 2 : 0) + (flow % 16 >= 12 ? 1 : 0)]!;
    const drawn = LENGTH_MIN + random.below(LENGTH_MAX - LENGTH_MIN + 1);
    const frameBytes = Math.max(drawn, kind.frameBytesMin);
    const capturedBytes = Math.min(frameBytes, SNAP_BYTES);
    const nowUs = Math.floor(this.#nowUs);
    view.setUint32(at, START_SEC + Math.floor(nowUs / US_PER_SEC), true);
    view.setUint32(at + 4, nowUs % US_PER_SEC, true);
    view.setUint32(at + 8, capturedBytes, true);
    view.setUint32(at + 12, frameBytes, true);
    const frame = at + RECORD_HEADER_BYTES;
    // The template is written whole: what is too long for a short frame is overwritten by the next record.
    bytes.set(kind.template, frame);
    fillHeaders(view, frame, kind, frameBytes, scramble(flow ^ this.#salt));
    return frame + capturedBytes;
  }
}

/** Lengths, addresses and ports. `identity` differs for each flow: 24 bits go to the address, 8 to the port. */
function fillHeaders(view: DataView, frame: number, kind: FrameKind, frameBytes: number, identity: number): void {
  const ip = frame + ETHERNET_BYTES;
  const { isIpv6, isUdp, transportOffset } = kind;
  view.setUint32(isIpv6 ? ip + 20 : ip + 12, isIpv6 ? identity : 0x0a00_0000 + (identity & 0xff_ffff));
  view.setUint16(frame + transportOffset, 49_152 + (identity >>> 24));
  view.setUint16(isIpv6 ? ip + 4 : ip + 2, frameBytes - (isIpv6 ? transportOffset : ETHERNET_BYTES));
  if (isUdp) view.setUint16(frame + transportOffset + 4, frameBytes - transportOffset);
  if (isIpv6) return;
  view.setUint16(ip + 10, 0);
  let sum = 0;
  for (let word = 0; word < 20; word += 2) sum += view.getUint16(ip + word);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(ip + 10, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
}

function frameKind(isIpv6: boolean, protocol: number): FrameKind {
  const template = new Uint8Array(SNAP_BYTES).map((_, index) => scramble(index) & 0xff);
  const view = new DataView(template.buffer);
  view.setUint16(12, isIpv6 ? 0x86dd : 0x0800);
  const ip = ETHERNET_BYTES;
  const transportOffset = ip + (isIpv6 ? 40 : 20);
  if (isIpv6) {
    view.setUint32(ip, 0x6000_0000);
    view.setUint16(ip + 6, protocol * 256 + 64);
    // 2001:db8::/32, the documentation prefix, on both sides.
    for (const address of [ip + 8, ip + 24]) {
      template.fill(0, address, address + 16);
      view.setUint32(address, 0x2001_0db8);
    }
    view.setUint16(ip + 38, 1);
  } else {
    view.setUint32(ip, 0x4500_0000);
    view.setUint32(ip + 4, 0x0000_4000);
    view.setUint16(ip + 8, 64 * 256 + protocol);
    view.setUint32(ip + 16, 0xc000_0201);
  }
  view.setUint16(transportOffset + 2, 443);
  // Data offset of five words and the ACK flag.
  if (protocol === PROTOCOL_TCP) view.setUint16(transportOffset + 12, 0x5010);
  const transportBytes = protocol === PROTOCOL_TCP ? 20 : 8;
  return {
    template,
    isIpv6,
    isUdp: protocol === PROTOCOL_UDP,
    transportOffset,
    frameBytesMin: transportOffset + transportBytes,
  };
}

function writeFileHeader(bytes: Buffer): number {
  bytes.writeUInt32LE(MAGIC_MICROSECONDS, 0);
  bytes.writeUInt16LE(2, 4);
  bytes.writeUInt16LE(4, 6);
  bytes.writeUInt32LE(0, 8);
  bytes.writeUInt32LE(0, 12);
  bytes.writeUInt32LE(SNAP_BYTES, 16);
  bytes.writeUInt32LE(LINK_ETHERNET, 20);
  return FILE_HEADER_BYTES;
}
