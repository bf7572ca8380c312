/**
 * The table of an edge meter: all its memory is taken at creation. A block is a cache line of eight words and the eight
 * states behind it:
 *
 *   0 ........... 63   64 ................. 64 + 8 * stateBytes
 *   word 0 .. word 7   state 0 .. state 7: last time, level, and second level where a profile has one
 *
 * A word's home block is the top of it; what finds no room there lies in the next block that has, going round. Invariant:
 * every block from a flow's home up to the one before its own is full, so a search ends at the first that is not. Loads
 * stay below 0.85 (src/edge/layout.ts), so there always is one. Words fill a line by themselves so that at these loads
 * nearly all flows are found in the first line read.
 */
import { BLOCK_SLOTS, BLOCK_WORDS_BYTES, STATE_FLOWS, STATE_INSERTED } from "./abi";
import { addToState, blockBytes, blockCount, kindsBase, stateBytes, stateWord, setStateWord, tableBase, tableEnd } from "./memory";
import { Slot } from "../table/slot";

/** What a state's address is ahead of that of a Slot: the word lies elsewhere. */
const SLOT_LEAD: usize = 8;

/** A state seen as a Slot, whose word must not be touched. Meters with no second level never look at `second`. */
export function slotAt(state: usize): Slot {
  return changetype<Slot>(state - SLOT_LEAD);
}

export function homeBlock(word: u64): usize {
  return tableBase + <usize>(((word >>> 32) * <u64>blockCount) >>> 32) * blockBytes;
}

export function blockAfter(block: usize): usize {
  const next = block + blockBytes;
  return next == tableEnd ? tableBase : next;
}

/** One bit a slot of the block whose word is this. */
export function matching(block: usize, word: u64): u32 {
  if (ASC_FEATURE_SIMD) {
    const wanted = i64x2.splat(word);
    const first = <u32>i64x2.bitmask(i64x2.eq(v128.load(block), wanted));
    const second = <u32>i64x2.bitmask(i64x2.eq(v128.load(block, 16), wanted));
    const third = <u32>i64x2.bitmask(i64x2.eq(v128.load(block, 32), wanted));
    const fourth = <u32>i64x2.bitmask(i64x2.eq(v128.load(block, 48), wanted));
    return first | (second << 2) | (third << 4) | (fourth << 6);
  }
  let found: u32 = 0;
  for (let i: u32 = 0; i < <u32>BLOCK_SLOTS; i++) found |= <u32>(load<u64>(block + (i << 3)) == word) << i;
  return found;
}

export function isFull(block: usize): bool {
  return matching(block, 0) == 0;
}

export function stateOf(block: usize, index: u32): usize {
  return block + BLOCK_WORDS_BYTES + <usize>index * stateBytes;
}

/** Address of the state of a word, or 0. */
export function findState(word: u64): usize {
  const home = homeBlock(word);
  const found = matching(home, word);
  return found != 0 ? stateOf(home, ctz(found)) : findBeyond(home, word);
}

function findBeyond(home: usize, word: u64): usize {
  let block = home;
  while (isFull(block)) {
    block = blockAfter(block);
    const found = matching(block, word);
    if (found != 0) return stateOf(block, ctz(found));
  }
  return 0;
}

/** Takes a slot for a word that is not in the table; its state is zero. */
export function takeState(word: u64, kind: u32): usize {
  let block = homeBlock(word);
  while (isFull(block)) block = blockAfter(block);
  const index = ctz(matching(block, 0));
  store<u64>(block + (index << 3), word);
  if (kindsBase != 0) store<u8>(kindsBase + placeOf(block, index), kind);
  addToState(STATE_FLOWS, 1);
  addToState(STATE_INSERTED, 1);
  return stateOf(block, index);
}

/** Number of a slot, counted through the whole table. */
export function placeOf(block: usize, index: u32): usize {
  return ((block - tableBase) / blockBytes) * BLOCK_SLOTS + index;
}

/** Index of the profile of a slot's flow. */
export function kindOf(block: usize, index: u32): u32 {
  return kindsBase == 0 ? 0 : load<u8>(kindsBase + placeOf(block, index));
}

/** Empties a slot; flows that had to pass its block move back, so that each stays reachable. */
export function removeAt(block: usize, index: u32): void {
  setStateWord(STATE_FLOWS, stateWord(STATE_FLOWS) - 1);
  let hole = block;
  let at = index;
  let passed = isFull(hole);
  clearSlot(hole, at);
  let next = hole;
  while (passed) {
    next = blockAfter(next);
    passed = isFull(next);
    const mover = moverInto(hole, next);
    if (mover == BLOCK_SLOTS) continue;
    moveSlot(next, mover, hole, at);
    clearSlot(next, mover);
    hole = next;
    at = mover;
  }
}

/** Index of a slot of `block` whose flow may live in the hole's block: one at home there or before it, going round. */
function moverInto(hole: usize, block: usize): u32 {
  const distance = distanceBetween(hole, block);
  for (let index: u32 = 0; index < <u32>BLOCK_SLOTS; index++) {
    const word = load<u64>(block + (index << 3));
    if (word != 0 && distanceBetween(homeBlock(word), block) >= distance) return index;
  }
  return BLOCK_SLOTS;
}

/** Bytes from one block to another, going round. */
function distanceBetween(from: usize, to: usize): usize {
  return to >= from ? to - from : to + (tableEnd - tableBase) - from;
}

function moveSlot(from: usize, fromIndex: u32, to: usize, toIndex: u32): void {
  store<u64>(to + (toIndex << 3), load<u64>(from + (fromIndex << 3)));
  const source = stateOf(from, fromIndex);
  const target = stateOf(to, toIndex);
  for (let offset: usize = 0; offset < stateBytes; offset += 8) store<u64>(target + offset, load<u64>(source + offset));
  if (kindsBase != 0) store<u8>(kindsBase + placeOf(to, toIndex), kindOf(from, fromIndex));
}

function clearSlot(block: usize, index: u32): void {
  store<u64>(block + (index << 3), 0);
  const state = stateOf(block, index);
  for (let offset: usize = 0; offset < stateBytes; offset += 8) store<u64>(state + offset, 0);
}

/** The block that a state lies in. */
export function blockHolding(state: usize): usize {
  return tableBase + ((state - tableBase) / blockBytes) * blockBytes;
}

/** Its index in that block. */
export function indexHolding(state: usize): u32 {
  return <u32>((state - blockHolding(state) - BLOCK_WORDS_BYTES) / stateBytes);
}
