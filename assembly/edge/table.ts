/**
 * The table of an edge meter: all its memory is taken at creation. A word's home block follows from the word; what finds
 * no room there lies in the next block that has, going round.
 *
 *   compact, 64 bytes:   word 0 .. word 3 | finish 0 .. finish 3
 *   wide,   256 bytes:   word 0 .. word 7 | state 0 .. state 7: last time, level, second level
 *
 * Invariant: every block from a flow's home up to the one before its own is full, so a search ends at the first that is
 * not; and the taken slots of a block are its first. So a table is made again, slot by slot, by taking its words in order
 * from behind a block that is not full (walk.ts). Loads stay below 0.85 (src/edge/layout.ts), so there always is one. Words of wide blocks fill a line by themselves,
 * so that at such loads nearly all flows are found in the first line read.
 */
import { STATE_FLOWS, STATE_INSERTED } from "./abi";
import {
  addToState,
  blockBytes,
  blockCount,
  isCompact,
  kindsBase,
  setStateWord,
  slotsPerBlock,
  stateBytes,
  stateWord,
  tableBase,
  tableEnd,
} from "./memory";

/** Blocks are in the order of the words at home in them. */
export function homeBlock(word: u64): usize {
  return tableBase + <usize>(((word >>> 32) * <u64>blockCount) >>> 32) * blockBytes;
}

export function blockAfter(block: usize): usize {
  const next = block + blockBytes;
  return next == tableEnd ? tableBase : next;
}

/** One bit a slot of the block whose word is this. */
export function matching(block: usize, word: u64): u32 {
  return isCompact ? Places.of(block, word) : matchingWide(block, word);
}

export class Places {
  /** One bit a place of a compact block whose word is this. Lanes take fewer registers than four comparisons. */
  @inline static of(block: usize, word: u64): u32 {
    const wanted = i64x2.splat(word);
    const first = <u32>i64x2.bitmask(i64x2.eq(v128.load(block), wanted));
    return first | ((<u32>i64x2.bitmask(i64x2.eq(v128.load(block, 16), wanted))) << 2);
  }
}

function matchingWide(block: usize, word: u64): u32 {
  return Places.of(block, word) | (Places.of(block + 32, word) << 4);
}

export function isFull(block: usize): bool {
  return load<u64>(wordAt(block, slotsPerBlock - 1)) != 0;
}

/** Address of a slot's word. */
export function wordAt(block: usize, index: u32): usize {
  return block + ((<usize>index) << 3);
}

/** Address of a slot's state. */
export function stateAt(block: usize, index: u32): usize {
  return block + ((<usize>slotsPerBlock) << 3) + <usize>index * stateBytes;
}

/** Address of the state of a word, or 0. */
export function findState(word: u64): usize {
  const home = homeBlock(word);
  const found = matching(home, word);
  return found != 0 ? stateAt(home, ctz(found)) : findBeyond(home, word);
}

export function findBeyond(home: usize, word: u64): usize {
  let block = home;
  while (isFull(block)) {
    block = blockAfter(block);
    const found = matching(block, word);
    if (found != 0) return stateAt(block, ctz(found));
  }
  return 0;
}

/** Takes a slot for a word that is not in the table; its state is zero. */
export function takeState(word: u64, kind: u32): usize {
  let block = homeBlock(word);
  while (isFull(block)) block = blockAfter(block);
  const index = ctz(matching(block, 0));
  store<u64>(wordAt(block, index), word);
  if (kindsBase != 0) store<u8>(kindsBase + placeOf(block, index), kind);
  addToState(STATE_FLOWS, 1);
  addToState(STATE_INSERTED, 1);
  return stateAt(block, index);
}

/** Number of a slot, counted through the whole table. */
function placeOf(block: usize, index: u32): usize {
  return ((block - tableBase) / blockBytes) * slotsPerBlock + index;
}

/** Index of the profile of a slot's flow. */
export function kindOf(block: usize, index: u32): u32 {
  return kindsBase == 0 ? 0 : load<u8>(kindsBase + placeOf(block, index));
}

/** Takes a word out of the table, if it is there. */
export function removeWord(word: u64): void {
  const state = findState(word);
  if (state == 0) return;
  const block = state - ((state - tableBase) % blockBytes);
  removeAt(block, ctz(matching(block, word)));
}

/**
 * Takes a flow out; those that had to pass its block move back, so that each stays reachable, and the last of the block
 * that loses one fills its place.
 */
export function removeAt(block: usize, index: u32): void {
  setStateWord(STATE_FLOWS, stateWord(STATE_FLOWS) - 1);
  let hole = block;
  let at = index;
  let passed = isFull(hole);
  let next = hole;
  while (passed) {
    next = blockAfter(next);
    passed = isFull(next);
    const mover = moverInto(hole, next);
    if (mover == slotsPerBlock) continue;
    moveSlot(next, mover, hole, at);
    hole = next;
    at = mover;
  }
  const last = lastTaken(hole);
  if (last != at) moveSlot(hole, last, hole, at);
  clearSlot(hole, last);
}

/** Index of the last taken slot of a block that has one. */
function lastTaken(block: usize): u32 {
  const empty = matching(block, 0);
  return (empty == 0 ? slotsPerBlock : ctz(empty)) - 1;
}

/** Index of a slot of `block` whose flow may live in the hole's block: one at home there or before it, going round. */
function moverInto(hole: usize, block: usize): u32 {
  const distance = distanceBetween(hole, block);
  for (let index: u32 = 0; index < slotsPerBlock; index++) {
    const word = load<u64>(wordAt(block, index));
    if (word != 0 && distanceBetween(homeBlock(word), block) >= distance) return index;
  }
  return slotsPerBlock;
}

/** Bytes from one block to another, going round. */
function distanceBetween(from: usize, to: usize): usize {
  return to >= from ? to - from : to + (tableEnd - tableBase) - from;
}

function moveSlot(from: usize, fromIndex: u32, to: usize, toIndex: u32): void {
  store<u64>(wordAt(to, toIndex), load<u64>(wordAt(from, fromIndex)));
  const source = stateAt(from, fromIndex);
  const target = stateAt(to, toIndex);
  store<u64>(target, load<u64>(source));
  if (!isCompact) {
    store<u64>(target, load<u64>(source, 8), 8);
    store<u64>(target, load<u64>(source, 16), 16);
  }
  if (kindsBase != 0) store<u8>(kindsBase + placeOf(to, toIndex), kindOf(from, fromIndex));
}

function clearSlot(block: usize, index: u32): void {
  store<u64>(wordAt(block, index), 0);
  const state = stateAt(block, index);
  store<u64>(state, 0);
  if (isCompact) return;
  store<u64>(state, 0, 8);
  store<u64>(state, 0, 16);
}
