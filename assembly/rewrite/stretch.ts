/**
 * What of a capture is given out again, in the order of its bytes. Stretches between records that are left out are
 * moved together inside the window, so that each call has one piece of it to write; a record longer than the window is
 * given out, or not, once it has been seen whole, and the host keeps what leaves the window before that.
 */
import {
  LONG_DROPPED,
  LONG_KEPT,
  LONG_NONE,
  REWRITE_HEAD_AT,
  REWRITE_HEAD_BYTES,
  REWRITE_HELD_AT,
  REWRITE_HELD_BYTES,
  REWRITE_LONG,
  REWRITE_OUT_AT,
  REWRITE_OUT_BYTES,
  REWRITE_ZEROS,
} from "../abi/rewrite";
import { Source } from "../capture/source";
import { answer } from "./results";

/** Offset in the file up to which it has been decided what is given out. */
let settled: u64 = 0;
let zeros: u64 = 0;
/** The piece of the window that is given out. */
let pieceStart: usize = 0;
let pieceEnd: usize = 0;

/** Before the first stretch of a call. */
export function beginStretches(source: Source): void {
  zeros = 0;
  pieceStart = source.window + <usize>(max(settled, source.windowOffset) - source.windowOffset);
  pieceEnd = pieceStart;
  answer(REWRITE_LONG, LONG_NONE);
}

/** Gives out all bytes up to `offset` that were not decided on yet. */
export function keepUpTo(source: Source, offset: u64): void {
  if (offset <= settled) return;
  if (isLongNext(source)) {
    answer(REWRITE_LONG, LONG_KEPT);
    source.longBytes = 0;
    // What came before this window is with the host.
    settled = source.windowOffset;
  }
  if (settled < source.windowOffset) {
    // Zeros were not known to be frames when they left the window: nothing else has.
    const next = min(offset, source.windowOffset);
    zeros += next - settled;
    settled = next;
    if (offset == settled) return;
  }
  const bytes = <usize>(offset - settled);
  moveDown(pieceEnd, source.window + <usize>(settled - source.windowOffset), bytes);
  pieceEnd += bytes;
  settled = offset;
}

/** Leaves out the record of `bytes` at `offset`, behind whatever lies before it. */
export function leaveOut(source: Source, offset: u64, bytes: u32): void {
  keepUpTo(source, offset);
  if (isLongNext(source)) {
    answer(REWRITE_LONG, LONG_DROPPED);
    settled = offset + source.longBytes;
    source.longBytes = 0;
  } else {
    settled = offset + bytes;
  }
}

/** Behind the last stretch of a call; `complete` is where it ended. */
export function endStretches(source: Source, complete: u64): void {
  answer(REWRITE_HEAD_AT, source.head);
  answer(REWRITE_HEAD_BYTES, source.headBytes);
  answer(REWRITE_ZEROS, zeros);
  answer(REWRITE_OUT_AT, pieceStart);
  answer(REWRITE_OUT_BYTES, pieceEnd - pieceStart);
  const isOpen = source.longBytes != 0 && complete == source.longOffset;
  const heldFrom = isOpen ? max(source.longOffset + source.headBytes, source.windowOffset) : 0;
  answer(REWRITE_HELD_AT, isOpen ? source.window + (heldFrom - source.windowOffset) : 0);
  answer(REWRITE_HELD_BYTES, isOpen ? source.windowOffset + source.cursor - heldFrom : 0);
}

/** True when the next undecided byte is the first of a record longer than the window. */
function isLongNext(source: Source): bool {
  return source.longBytes != 0 && settled == source.longOffset;
}

/** Copies to a lower address, words in ascending order: a load never reads what an earlier store wrote. */
function moveDown(to: usize, from: usize, bytes: usize): void {
  assert(to <= from);
  if (to == from) return;
  let done: usize = 0;
  for (; done + 8 <= bytes; done += 8) store<u64>(to + done, load<u64>(from + done));
  for (; done < bytes; done++) store<u8>(to + done, load<u8>(from + done));
}
