/**
 * Looking up many hashes at once. Each step goes through all of them before the next one begins, so that the lines that
 * they need come into the cache together, and none of it branches on what is found: one flow in eight is not in its home
 * line at the usual load, which no processor predicts.
 */
import { LINE_BYTES } from "../abi";
import { isCompact, isFull } from "./line";
import { TOUCH_BYTE } from "./slot";
import { Home, homeLine, isSplit, tableBase, tableShift } from "./table";

/**
 * Hashes that are looked up at once, at most. Of 64, 128, 256, 512 and 1024 packets a block 256 took the least time: 0.94
 * of what blocks of 64 took at ten million flows, 0.97 at one.
 */
export const SEARCH_MAX: u32 = 256;
const HASH_BYTES: usize = 8;
const THIRD_LINE: usize = 2 * LINE_BYTES;
/** So many that are not at home, of a block, are new flows for the most part. */
const PARTED_FROM: u32 = SEARCH_MAX / 4;

/** Rows of the hashes that are not found yet, and a place for one that is written and does not count. */
const awayRows = memory.data(257 * 4, 64);
/** Those of them whose home lines are full. */
const fullRows = memory.data(257 * 4, 64);
if (SEARCH_MAX != 256) ERROR("rows must hold all that are looked up at once");

/**
 * Starts the home lines of `count` hashes on their way. A blind one-byte store starts a line's way into the cache and
 * retires at once, where a load would hold the reorder buffer; and a loop of nothing but touches keeps as many of them in
 * flight as the store buffer holds (ARCHITECTURE.md).
 */
export function touchHomes(hashes: usize, count: u32): void {
  if (isSplit()) Search.touch(hashes, count, true);
  else Search.touch(hashes, count, false);
}

/**
 * Writes the slots of `count` hashes, whose home lines have been touched, to `slots`, 32 bits each, `slotStep` bytes from
 * one to the next; 0 for a flow that is neither at home nor in the line behind. Answers how many those are; `awayRow`
 * tells which.
 */
export function findNear(hashes: usize, count: u32, slots: usize, slotStep: usize): u32 {
  const away = isCompact ? homeOfFour(hashes, count, slots, slotStep) : homeOfTwo(hashes, count, slots, slotStep);
  return findBehind(hashes, away, slots, slotStep);
}

function homeOfTwo(hashes: usize, count: u32, slots: usize, slotStep: usize): u32 {
  if (isSplit()) return Search.home(hashes, count, slots, slotStep, true, false);
  return Search.home(hashes, count, slots, slotStep, false, false);
}

function homeOfFour(hashes: usize, count: u32, slots: usize, slotStep: usize): u32 {
  if (isSplit()) return Search.home(hashes, count, slots, slotStep, true, true);
  return Search.home(hashes, count, slots, slotStep, false, true);
}

/** Row of the `k`th hash that `findNear` did not find. */
export function awayRow(k: u32): u32 {
  return rowAt(awayRows, k);
}

/** The loops once for each case: while a table grows, a hash tells which of the two it is in; and lines are of two kinds. */
class Search {
  @inline static line(hash: u64, split: bool, base: usize, shift: u64): usize {
    return split ? homeLine(hash) : base + ((<usize>(hash >>> shift)) << 6);
  }

  @inline static touch(hashes: usize, count: u32, split: bool): void {
    const base = tableBase;
    const shift = tableShift;
    const end = hashes + count * HASH_BYTES;
    for (let at = hashes; at < end; at += HASH_BYTES) {
      store<u8>(Search.line(load<u64>(at), split, base, shift), 0, TOUCH_BYTE);
    }
  }

  @inline static touchBehind(line: usize, offset: usize): void {
    store<u8>(line + offset, 0, TOUCH_BYTE);
  }

  @inline static home(hashes: usize, count: u32, slots: usize, slotStep: usize, split: bool, compact: bool): u32 {
    const base = tableBase;
    const shift = tableShift;
    let away: u32 = 0;
    let slotAt = slots;
    for (let row: u32 = 0; row < count; row++) {
      const hash = load<u64>(hashes + (row << 3));
      const line = Search.line(hash, split, base, shift);
      const slot = compact ? Home.slotOfFour(line, hash) : Home.slotIn(line, hash);
      store<u32>(slotAt, <u32>slot);
      slotAt += slotStep;
      store<u32>(awayRows + (away << 2), row);
      away += <u32>(slot == 0);
    }
    return away;
  }
}

/**
 * Looks for the first `count` of `awayRows` in the lines behind their home lines. Touching both lines of every flow would
 * spare this and take 1.2 times as long where memory is slow: twice as many lines are fetched, and written back.
 */
function findBehind(hashes: usize, count: u32, slots: usize, slotStep: usize): u32 {
  const isParted = count >= PARTED_FROM;
  const rows = isParted ? fullRows : awayRows;
  const full = isParted ? noteFull(hashes, count) : count;
  for (let k: u32 = 0; k < full; k++) Search.touchBehind(homeOf(hashes, rowAt(rows, k)), LINE_BYTES);
  for (let k: u32 = 0; k < full; k++) {
    const row = rowAt(rows, k);
    const hash = load<u64>(hashes + (row << 3));
    const line = homeLine(hash);
    const slot = isCompact ? Home.behindFour(line, hash) : Home.behind(line, hash);
    store<u32>(slots + row * slotStep, <u32>slot);
    // The line at home has come: to touch it again costs less than a branch.
    Search.touchBehind(line, select<usize>(THIRD_LINE, 0, slot == 0));
  }
  return keepAway(count, slots, slotStep);
}

/**
 * Notes those of the first `count` of `awayRows` in `fullRows` whose home lines are full, and answers how many: where one
 * has an empty slot, the flow is in no other line.
 */
function noteFull(hashes: usize, count: u32): u32 {
  let full: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const row = awayRow(k);
    store<u32>(fullRows + (full << 2), row);
    full += <u32>isFull(homeOf(hashes, row));
  }
  return full;
}

/** Leaves those of the first `count` of `awayRows` there, in their order, that have no slot yet. */
function keepAway(count: u32, slots: usize, slotStep: usize): u32 {
  let away: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const row = awayRow(k);
    store<u32>(awayRows + (away << 2), row);
    away += <u32>(load<u32>(slots + row * slotStep) == 0);
  }
  return away;
}

function homeOf(hashes: usize, row: u32): usize {
  return homeLine(load<u64>(hashes + (row << 3)));
}

function rowAt(rows: usize, k: u32): u32 {
  return load<u32>(rows + (k << 2));
}
