/**
 * One capture being written, record by record, into a buffer that the host takes: pcap with times in nanoseconds
 * (draft-ietf-opsawg-pcap-05) or pcapng (draft-ietf-opsawg-pcapng-02). The host writes what stands before the records:
 * file or section header. Frames keep captured and original length. Byte order is that of the first capture read, for
 * some link types have fields in the order of the host that captured.
 */
import { FORMAT_PCAPNG } from "../abi";
import {
  FACE_LINK,
  FACE_NONE,
  HOLD_FACES_FULL,
  HOLD_GOES_ON,
  HOLD_LINKS_DIFFER,
  QUEUE_LATE_FRAMES,
} from "../abi/departures";
import { allocateZeroed } from "../arena";
import { faceAt } from "../capture/faces";
import { addCount } from "./counts";
import { faceBlockBytes, writeFaceBlock } from "./faceblock";

/** Room for a frame of a whole window, many times over. */
const BUFFER_BYTES: u32 = 1 << 20;
/** Copies go in steps of 16 bytes, and reach behind a frame. */
const SLACK_BYTES: u32 = 64;
const NS_PER_SEC: u64 = 1_000_000_000;
const SECONDS_MAX: u64 = 0xffffffff;
const PCAP_RECORD_BYTES: u32 = 16;
const PACKET_BLOCK: u32 = 6;
const PACKET_HEAD_BYTES: u32 = 28;
const PACKET_AROUND_BYTES: u32 = 32;

@unmanaged
export class Writer {
  buffer: usize;
  used: u32;
  format: u32;
  isSwapped: bool;
  /** Interfaces described so far (pcapng). */
  faces: u32;
  /** The interface of the newest frame, FACE_NONE before the first: a pcap has its link type. */
  face: u32;
  /** The second of the frame before, and its first ns: most times lie in it. */
  second: u64;
  secondNs: u64;

  @inline order(value: u32): u32 {
    return this.isSwapped ? bswap<u32>(value) : value;
  }
}

/** A writer, or null when memory does not suffice. */
export function createWriter(format: u32): Writer | null {
  const address = allocateZeroed(offsetof<Writer>());
  const buffer = allocateZeroed(BUFFER_BYTES + SLACK_BYTES);
  if (address == 0 || buffer == 0) return null;
  const writer = changetype<Writer>(address);
  writer.buffer = buffer;
  writer.format = format;
  writer.face = FACE_NONE;
  return writer;
}

/** HOLD_GOES_ON when the capture can have frames of interface `face`, or why not. */
export function whyNotTaken(writer: Writer, face: u32): u32 {
  if (face >= <u32>FACE_NONE) return HOLD_FACES_FULL;
  if (face == writer.face || writer.format == FORMAT_PCAPNG) return HOLD_GOES_ON;
  if (writer.face != <u32>FACE_NONE && linkOf(face) != linkOf(writer.face)) return HOLD_LINKS_DIFFER;
  writer.face = face;
  return HOLD_GOES_ON;
}

/** False when the host has to take what is written before a frame of so many captured bytes. */
export function hasRoom(writer: Writer, face: u32, captured: u32): bool {
  if (writer.format != FORMAT_PCAPNG) return writer.used + PCAP_RECORD_BYTES + captured <= BUFFER_BYTES;
  while (writer.faces <= face) {
    if (writer.used + faceBlockBytes(writer.faces) > BUFFER_BYTES) return false;
    writer.used += writeFaceBlock(writer.faces++, writer.buffer + writer.used, writer.isSwapped);
  }
  return writer.used + PACKET_AROUND_BYTES + captured <= BUFFER_BYTES;
}

function linkOf(face: u32): u32 {
  return load<u32>(faceAt(face), FACE_LINK);
}

/** Writes what stands before a frame. Answers where its bytes go. */
export function beginRecord(writer: Writer, timeNs: u64, face: u32, captured: u32, original: u32): usize {
  const at = writer.buffer + writer.used;
  if (writer.format == FORMAT_PCAPNG) {
    store<u32>(at, writer.order(PACKET_BLOCK));
    store<u32>(at, writer.order(blockBytes(captured)), 4);
    store<u32>(at, writer.order(face), 8);
    store<u32>(at, writer.order(<u32>(timeNs >>> 32)), 12);
    store<u32>(at, writer.order(<u32>timeNs), 16);
    store<u32>(at, writer.order(captured), 20);
    store<u32>(at, writer.order(original), 24);
    return at + PACKET_HEAD_BYTES;
  }
  if (timeNs - writer.secondNs >= NS_PER_SEC) beginSecond(writer, timeNs);
  let second = writer.second;
  let fraction = timeNs - writer.secondNs;
  if (second > SECONDS_MAX) {
    addCount(QUEUE_LATE_FRAMES, 1);
    second = SECONDS_MAX;
    fraction = NS_PER_SEC - 1;
  }
  store<u32>(at, writer.order(<u32>second));
  store<u32>(at, writer.order(<u32>fraction), 4);
  store<u32>(at, writer.order(captured), 8);
  store<u32>(at, writer.order(original), 12);
  return at + PCAP_RECORD_BYTES;
}

/** Writes what stands behind a frame whose bytes lie where `beginRecord` said. */
export function endRecord(writer: Writer, captured: u32): void {
  if (writer.format != FORMAT_PCAPNG) {
    writer.used += PCAP_RECORD_BYTES + captured;
    return;
  }
  const behind = writer.buffer + writer.used + PACKET_HEAD_BYTES + captured;
  const padded = padding(captured);
  for (let i: u32 = 0; i < padded; i++) store<u8>(behind + i, 0);
  store<u32>(behind + padded, writer.order(blockBytes(captured)));
  writer.used += blockBytes(captured);
}

function beginSecond(writer: Writer, timeNs: u64): void {
  writer.second = timeNs / NS_PER_SEC;
  writer.secondNs = writer.second * NS_PER_SEC;
}

function padding(captured: u32): u32 {
  return (4 - (captured & 3)) & 3;
}

function blockBytes(captured: u32): u32 {
  return PACKET_AROUND_BYTES + captured + padding(captured);
}
