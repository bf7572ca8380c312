/** Where things lie in this instance: written once by the host, before the first call. */
import {
  COMPACT_SLOTS,
  COMPACT_STATE_BYTES,
  SEARCH_PLACES,
  STATE,
  STATE_NEWEST,
  WIDE_SLOTS,
  WIDE_STATE_BYTES,
} from "./abi";

/** First block of the table, and what lies behind the last. */
export let tableBase: usize = 0;
export let tableEnd: usize = 0;
export let blockCount: u32 = 0;
export let blockBytes: usize = 0;
export let slotsPerBlock: u32 = 0;
/** Bytes of a slot's state, behind the words of its block. */
export let stateBytes: usize = 0;
/** Compact or wide (abi.ts). */
export let isCompact: bool = false;
/** A byte a slot, its profile's index; 0 where there is one profile only. */
export let kindsBase: usize = 0;
export let onFull: u32 = 0;
/** Blocks of a stretch that one admission may search: bounds the work a call, whatever the keys. */
export let searchBlocks: u32 = 0;

/** Lays the table out in memory that is zeroed and never grows. */
export function layOut(base: usize, blocks: u32, compact: bool, kinds: usize, full: u32): void {
  isCompact = compact;
  slotsPerBlock = compact ? COMPACT_SLOTS : WIDE_SLOTS;
  stateBytes = compact ? COMPACT_STATE_BYTES : WIDE_STATE_BYTES;
  blockBytes = <usize>slotsPerBlock * (8 + stateBytes);
  tableBase = base;
  blockCount = blocks;
  tableEnd = base + <usize>blocks * blockBytes;
  kindsBase = kinds;
  onFull = full;
  searchBlocks = min(SEARCH_PLACES / slotsPerBlock, blocks);
  // No time is as new: the first call takes the clock's unusual way.
  setStateWord(STATE_NEWEST, u64.MAX_VALUE);
}

export function stateWord(index: u32): u64 {
  return load<u64>(STATE + (index << 3));
}

export function setStateWord(index: u32, value: u64): void {
  store<u64>(STATE + (index << 3), value);
}

export function addToState(index: u32, amount: u64): void {
  store<u64>(STATE + (index << 3), load<u64>(STATE + (index << 3)) + amount);
}
