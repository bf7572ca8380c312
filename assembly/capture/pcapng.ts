/**
 * pcapng files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html. Blocks of type 4, total length 4,
 * body, total length 4 again; sections bring their byte order, interfaces their link type, snap length and clock.
 */
import {
  CAPTURE_DAMAGED,
  CAPTURE_ENDED,
  CAPTURE_TRUNCATED,
  CAPTURE_UNKNOWN,
  CONFIG_FRAMES,
  FORMAT_PCAPNG,
  INTERFACES_MAX,
  SOURCE_FRAMING_BYTES,
  SOURCE_SKIPPED_BYTES,
} from "../abi";
import { isSet } from "../config";
import { copyFrame, markTimeless, writeFrame } from "./frame";
import { INTERFACE_BYTES, Interface } from "./interface";
import { readInterface } from "./interfaceblock";
import { markCut, writeRecordPlace } from "./position";
import {
  abandon,
  awaitRecord,
  beginLongRecord,
  HELD_FRAME,
  isWhole,
  longRecordAt,
  Source,
  STEP_END,
  STEP_FRAME,
  STEP_NEEDS_INPUT,
  stop,
} from "./source";
import { stampToNs } from "./time";

export const BLOCK_SECTION: u32 = 0x0a0d0d0a;
const BLOCK_INTERFACE: u32 = 1;
const BLOCK_PACKET_OBSOLETE: u32 = 2;
const BLOCK_PACKET_SIMPLE: u32 = 3;
const BLOCK_PACKET_ENHANCED: u32 = 6;

const BYTE_ORDER_MAGIC: u32 = 0x1a2b3c4d;
const TRAILER_BYTES: u32 = 4;
const BLOCK_MIN_BYTES: u32 = 12;
const SECTION_MIN_BYTES: u32 = 28;
const INTERFACE_MIN_BYTES: u32 = 20;
const SIMPLE_HEADER_BYTES: u32 = 12;
const PACKET_HEADER_BYTES: u32 = 28;
const VERSION_MAJOR: u32 = 1;

/** Reads the first section header. False: more input is needed first. */
export function openPcapng(source: Source): bool {
  if (source.left() < BLOCK_MIN_BYTES) {
    if (source.isEnded) stop(source, CAPTURE_TRUNCATED);
    return source.isEnded;
  }
  const magic = load<u32>(source.at(), 8);
  if (magic != BYTE_ORDER_MAGIC && bswap<u32>(magic) != BYTE_ORDER_MAGIC) stop(source, CAPTURE_UNKNOWN);
  else source.format = FORMAT_PCAPNG;
  return true;
}

/** The next frame, into row `row` of `columns`. Each round passes over one block, or stops. */
export function readPcapng(source: Source, columns: usize, row: u32): i32 {
  while (true) {
    if (source.trailer != 0) {
      const step = finishBlock(source);
      if (step != STEP_FRAME) return step;
      if (source.isHeld) return handOutHeld(source, columns, row);
    }
    if (source.left() < BLOCK_MIN_BYTES) {
      if (!source.isEnded) return STEP_NEEDS_INPUT;
      return stop(source, source.left() == 0 ? CAPTURE_ENDED : CAPTURE_TRUNCATED);
    }
    const block = source.at();
    if (load<u32>(block) == BLOCK_SECTION && !readByteOrder(source, block)) return stop(source, CAPTURE_DAMAGED);
    const blockBytes = source.u32At(block + 4);
    if (blockBytes < BLOCK_MIN_BYTES || (blockBytes & 3) != 0) return stop(source, CAPTURE_DAMAGED);
    if (!isWhole(source, blockBytes)) {
      const step = awaitRecord(source, blockBytes);
      if (step == STEP_END) return stop(source, CAPTURE_TRUNCATED);
      if (step == STEP_NEEDS_INPUT) return step;
      beginLongRecord(source, blockBytes, min(source.left(), blockBytes - TRAILER_BYTES));
    } else if (source.u32At(block + blockBytes - TRAILER_BYTES) != blockBytes) {
      return stop(source, CAPTURE_DAMAGED);
    }
    const step = readBlock(source, columns, row, block, blockBytes);
    if (step != STEP_NEEDS_INPUT) return step;
  }
}

/** The byte-order magic of a section header holds for the section's every field, its own length included. */
function readByteOrder(source: Source, block: usize): bool {
  const magic = load<u32>(block, 8);
  source.isSwapped = magic != BYTE_ORDER_MAGIC;
  return magic == BYTE_ORDER_MAGIC || bswap<u32>(magic) == BYTE_ORDER_MAGIC;
}

/** One block, of which at least a window full is there. STEP_NEEDS_INPUT: it was no frame, or not all of one. */
function readBlock(source: Source, columns: usize, row: u32, block: usize, blockBytes: u32): i32 {
  const type = source.u32At(block);
  const bodyEnd = min(block + blockBytes - TRAILER_BYTES, source.end());
  if (type == BLOCK_PACKET_ENHANCED || type == BLOCK_PACKET_OBSOLETE) {
    return readPacket(source, columns, row, type, block, blockBytes, bodyEnd);
  }
  if (type == BLOCK_PACKET_SIMPLE) return readSimplePacket(source, columns, row, block, blockBytes, bodyEnd);
  if (type == BLOCK_SECTION) {
    if (blockBytes < SECTION_MIN_BYTES || source.u16At(block + 12) != VERSION_MAJOR)
      return stop(source, CAPTURE_DAMAGED);
    source.interfaceCount = 0;
  } else if (type == BLOCK_INTERFACE) {
    if (blockBytes < INTERFACE_MIN_BYTES || source.interfaceCount == <u32>INTERFACES_MAX)
      return stop(source, CAPTURE_DAMAGED);
    readInterface(source, interfaceAt(source, source.interfaceCount++), block, bodyEnd);
  }
  const isFraming = type == BLOCK_SECTION || type == BLOCK_INTERFACE;
  passBlock(source, blockBytes, 0, isFraming ? SOURCE_FRAMING_BYTES : SOURCE_SKIPPED_BYTES);
  return STEP_NEEDS_INPUT;
}

/** Enhanced and obsolete packet blocks differ in the width of the interface index only. */
function readPacket(
  source: Source,
  columns: usize,
  row: u32,
  type: u32,
  block: usize,
  blockBytes: u32,
  bodyEnd: usize,
): i32 {
  if (blockBytes < PACKET_HEADER_BYTES + TRAILER_BYTES) return stop(source, CAPTURE_DAMAGED);
  const index = type == BLOCK_PACKET_ENHANCED ? source.u32At(block + 8) : source.u16At(block + 8);
  const capturedBytes = source.u32At(block + 20);
  const isImpossible =
    capturedBytes > blockBytes - PACKET_HEADER_BYTES - TRAILER_BYTES || index >= source.interfaceCount;
  if (isImpossible) return stop(source, CAPTURE_DAMAGED);
  const face = interfaceAt(source, index);
  const units = ((<u64>source.u32At(block + 12)) << 32) | source.u32At(block + 16);
  const timeNs = stampToNs(source, face, units);
  source.newestNs = max(source.newestNs, timeNs);
  const frame = block + PACKET_HEADER_BYTES;
  return putFrame(
    source,
    columns,
    row,
    face,
    timeNs,
    frame,
    capturedBytes,
    source.u32At(block + 24),
    blockBytes,
    bodyEnd,
  );
}

/** A simple packet block has neither time nor captured length: the first interface's snap length gives the latter. */
function readSimplePacket(
  source: Source,
  columns: usize,
  row: u32,
  block: usize,
  blockBytes: u32,
  bodyEnd: usize,
): i32 {
  if (blockBytes < SIMPLE_HEADER_BYTES + TRAILER_BYTES || source.interfaceCount == 0)
    return stop(source, CAPTURE_DAMAGED);
  const face = interfaceAt(source, 0);
  const originalBytes = source.u32At(block + 8);
  const snapBytes = face.snapBytes == 0 ? u32.MAX_VALUE : face.snapBytes;
  const capturedBytes = min(min(originalBytes, snapBytes), blockBytes - SIMPLE_HEADER_BYTES - TRAILER_BYTES);
  source.timelessFrames++;
  const frame = block + SIMPLE_HEADER_BYTES;
  const step = putFrame(
    source,
    columns,
    row,
    face,
    source.newestNs,
    frame,
    capturedBytes,
    originalBytes,
    blockBytes,
    bodyEnd,
  );
  if (source.isHeld) markTimeless(source.columns, HELD_FRAME);
  else markTimeless(columns, row);
  return step;
}

function putFrame(
  source: Source,
  columns: usize,
  row: u32,
  face: Interface,
  timeNs: u64,
  frame: usize,
  capturedBytes: u32,
  originalBytes: u32,
  blockBytes: u32,
  bodyEnd: usize,
): i32 {
  if (capturedBytes > originalBytes || (face.snapBytes != 0 && capturedBytes > face.snapBytes)) source.longCaptures++;
  // Longer than the window: the row waits until the block has passed.
  const isHeld = blockBytes > source.left();
  const end = min(frame + capturedBytes, bodyEnd);
  source.face = face.face;
  const moved = isHeld ? longRecordAt(source) - source.at() : 0;
  writeFrame(
    source,
    isHeld ? source.columns : columns,
    isHeld ? HELD_FRAME : row,
    face.link,
    timeNs,
    frame + moved,
    end + moved,
    originalBytes,
  );
  if (isSet(CONFIG_FRAMES)) {
    const at = source.windowOffset + source.cursor;
    writeRecordPlace(isHeld ? source.columns : columns, isHeld ? HELD_FRAME : row, at, blockBytes);
    if (end - frame < capturedBytes) markCut(source.columns, HELD_FRAME);
  }
  source.isHeld = isHeld;
  passBlock(source, blockBytes, capturedBytes, SOURCE_FRAMING_BYTES);
  if (isHeld) return STEP_NEEDS_INPUT;
  source.frames++;
  return STEP_FRAME;
}

/** Moves behind a block and counts it, or as far as the window reaches; `finishBlock` does the rest. */
function passBlock(source: Source, blockBytes: u32, capturedBytes: u32, counter: u32): void {
  source.heldBytes = capturedBytes;
  source.heldCounter = counter;
  if (blockBytes <= source.left()) {
    source.cursor += blockBytes;
    countBlock(source, blockBytes);
    return;
  }
  const passed = min(source.left(), blockBytes - TRAILER_BYTES);
  source.cursor += passed;
  source.skip = blockBytes - TRAILER_BYTES - passed;
  source.trailer = blockBytes;
}

function countBlock(source: Source, blockBytes: u32): void {
  const address = changetype<usize>(source) + (source.heldCounter << 3);
  store<u64>(address, load<u64>(address) + blockBytes - source.heldBytes);
  source.frameBytes += source.heldBytes;
}

/** Passes over what is left of a block longer than the window. STEP_FRAME: done, and its trailer is right. */
function finishBlock(source: Source): i32 {
  const passed = <u32>min<u64>(source.skip, source.left());
  source.cursor += passed;
  source.skip -= passed;
  if (source.skip != 0 || source.left() < TRAILER_BYTES) {
    if (!source.isEnded) return STEP_NEEDS_INPUT;
    return abandonBlock(source, CAPTURE_TRUNCATED);
  }
  if (source.u32At(source.at()) != source.trailer) return abandonBlock(source, CAPTURE_DAMAGED);
  source.cursor += TRAILER_BYTES;
  countBlock(source, source.trailer);
  source.trailer = 0;
  return STEP_FRAME;
}

function abandonBlock(source: Source, status: u32): i32 {
  return abandon(source, status, <u64>source.trailer - TRAILER_BYTES - source.skip);
}

function handOutHeld(source: Source, columns: usize, row: u32): i32 {
  source.isHeld = false;
  copyFrame(source.columns, HELD_FRAME, columns, row);
  source.frames++;
  return STEP_FRAME;
}

function interfaceAt(source: Source, index: u32): Interface {
  return changetype<Interface>(source.interfaces + index * INTERFACE_BYTES);
}
