/** One capture being read: its input window, where the reader stands in it, and what it has counted. */
import {
  BATCH_PACKETS_MAX,
  CAPTURE_ENDED,
  CAPTURE_OPEN,
  COLUMNS_BYTES,
  CONFIG_FRAMES,
  INTERFACES_MAX,
  SOURCE_WORDS,
  WINDOW_BYTES,
} from "../abi";
import { allocateZeroed } from "../arena";
import { isSet } from "../config";
import { INTERFACE_BYTES } from "./interface";

/** What reading one frame came to. */
export const STEP_FRAME: i32 = 0;
export const STEP_NEEDS_INPUT: i32 = 1;
export const STEP_END: i32 = 2;
export const STEP_LIMIT: i32 = 3;

/** Index in a capture's own columns of a frame that is longer than the window and not yet wholly seen. */
export const HELD_FRAME: u32 = BATCH_PACKETS_MAX - 1;

@unmanaged
export class Source {
  // Counters, in the order of SOURCE_* (abi.ts).
  frames: u64;
  framingBytes: u64;
  frameBytes: u64;
  skippedBytes: u64;
  trailingBytes: u64;
  timelessFrames: u64;
  longSubseconds: u64;
  longCaptures: u64;
  unknownLinkFrames: u64;
  unknownLink: u64;
  timeLimited: u64;
  status: u64;
  format: u64;
  damageOffset: u64;
  clockPerSecond: u64;

  /** File offset of the window's first byte. */
  windowOffset: u64;
  /** File offset at and behind which no record is begun (pcap); at first there is none. */
  limit: u64;
  window: usize;
  cursor: u32;
  filled: u32;
  /** No more input will come. */
  isEnded: bool;
  /** The file header has been read. */
  isOpened: bool;
  isSwapped: bool;
  /** A frame waits in the capture's own columns until its record has been skipped. */
  isHeld: bool;
  /** Captured bytes of the record or block that is being passed over: it is counted once it is complete. */
  heldBytes: u32;
  /** The counter, SOURCE_*, for the rest of that block (pcapng). */
  heldCounter: u32;
  /** Bytes of the current record or block still to be passed over. */
  skip: u64;
  /** Length that the block's trailer must repeat once `skip` is 0; 0: no trailer due. */
  trailer: u32;

  // Where frame positions are asked for: the newest record or block longer than the window.
  /** Room for its first bytes, as many as the window holds. */
  head: usize;
  /** The part of them that was passed over with the first window. */
  headBytes: u32;
  longOffset: u64;
  /** 0: there has been none. */
  longBytes: u64;
  /** Number of the interface of the frame at hand (faces.ts). */
  face: u32;

  // pcap
  recordHeaderBytes: u32;
  link: u32;
  snapBytes: u32;
  nsPerFraction: u32;
  /** LENGTHS_* (dialect.ts). */
  lengthOrder: u32;
  /** Zero records seen and not yet known to be frames. */
  zeroRecords: u64;
  isInZeros: bool;

  // pcapng
  interfaces: usize;
  interfaceCount: u32;
  newestNs: u64;

  // merging
  columns: usize;
  columnCount: u32;
  columnNext: u32;

  @inline at(): usize {
    return this.window + this.cursor;
  }
  @inline end(): usize {
    return this.window + this.filled;
  }
  @inline left(): u32 {
    return this.filled - this.cursor;
  }
  /** File offset of what is read next. */
  @inline offset(): u64 {
    return this.windowOffset + this.cursor;
  }
  /** Where in the window no record is begun any more, as far as it is filled. */
  @inline limitAt(): usize {
    const offset = max(this.limit, this.windowOffset) - this.windowOffset;
    return this.window + <usize>min<u64>(offset, this.filled);
  }
  /** 32 and 16 bits at `address` in the byte order of the file. */
  @inline u32At(address: usize): u32 {
    const value = load<u32>(address);
    return this.isSwapped ? bswap<u32>(value) : value;
  }
  @inline u16At(address: usize): u32 {
    const value = load<u16>(address);
    return this.isSwapped ? bswap<u16>(value) : value;
  }
}

if (offsetof<Source>("windowOffset") != SOURCE_WORDS * 8) ERROR("Source counters and SOURCE_* differ");

/** A new capture, or null when memory does not suffice. */
export function createSource(): Source | null {
  const address = allocateZeroed(offsetof<Source>());
  const window = allocateZeroed(WINDOW_BYTES);
  const columns = allocateZeroed(COLUMNS_BYTES);
  const interfaces = allocateZeroed(INTERFACES_MAX * INTERFACE_BYTES);
  const wantsHead = isSet(CONFIG_FRAMES);
  const head = wantsHead ? allocateZeroed(WINDOW_BYTES) : 0;
  if (address == 0 || window == 0 || columns == 0 || interfaces == 0 || (wantsHead && head == 0)) return null;
  const source = changetype<Source>(address);
  source.window = window;
  source.columns = columns;
  source.interfaces = interfaces;
  source.head = head;
  source.limit = u64.MAX_VALUE;
  return source;
}

/** Notes that the record at the cursor is longer than the window, which is full of it and passes over `passed` of it. */
export function beginLongRecord(source: Source, bytes: u64, passed: u32): void {
  source.longOffset = source.offset();
  if (!isSet(CONFIG_FRAMES)) return;
  memory.copy(source.head, source.at(), source.left());
  source.headBytes = passed;
  source.longBytes = bytes;
}

/** Where that record is to be read: a copy when frame positions have to outlive the window's bytes. */
export function longRecordAt(source: Source): usize {
  return isSet(CONFIG_FRAMES) ? source.head : source.at();
}

/**
 * Offset in the file up to which all bytes belong to records that have been handed out, or to what is no frame. Behind
 * it lie a long record not wholly seen, zeros not known to be frames, and what follows damage.
 */
export function completeUpTo(source: Source): u64 {
  if (source.status != CAPTURE_OPEN && source.status != CAPTURE_ENDED) return source.damageOffset;
  if (source.isHeld || source.trailer != 0) return source.longOffset;
  return source.offset() - source.zeroRecords * source.recordHeaderBytes;
}

/** Moves what is unread to the window's start. Answers how many bytes may be written behind it. */
export function makeSpace(source: Source): u32 {
  const left = source.left();
  // A record that arrives byte by byte would else be copied as often as it has bytes.
  if (source.cursor == 0) return WINDOW_BYTES - left;
  memory.copy(source.window, source.at(), left);
  source.windowOffset += source.cursor;
  source.cursor = 0;
  source.filled = left;
  return WINDOW_BYTES - left;
}

/** Goes on at file offset `offset`, a record's beginning: what the window holds is forgotten. */
export function moveTo(source: Source, offset: u64): void {
  source.windowOffset = offset;
  source.cursor = 0;
  source.filled = 0;
}

/** Ends the capture where the reader stands; all that is unread counts as trailing. */
export function stop(source: Source, status: u32): i32 {
  assert(source.status == CAPTURE_OPEN);
  source.status = status;
  source.damageOffset = source.offset();
  source.trailingBytes += source.left();
  source.cursor = source.filled;
  return STEP_END;
}

/** Ends the capture inside a record or block of which `passedBytes` were passed over: it counts as trailing, too. */
export function abandon(source: Source, status: u32, passedBytes: u64): i32 {
  source.isHeld = false;
  stop(source, status);
  source.damageOffset -= passedBytes;
  source.trailingBytes += passedBytes;
  return STEP_END;
}

/** True when the record of `bytes` at the cursor is wholly in the window. */
export function isWhole(source: Source, bytes: u64): bool {
  return bytes <= source.left();
}

/** For a record that is not wholly in the window: STEP_NEEDS_INPUT, or STEP_FRAME when the window is full of it. */
export function awaitRecord(source: Source, bytes: u64): i32 {
  if (source.isEnded) return STEP_END;
  return bytes > <u64>WINDOW_BYTES && source.left() == WINDOW_BYTES ? STEP_FRAME : STEP_NEEDS_INPUT;
}
