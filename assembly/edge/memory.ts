/** Where things lie in this instance: written once by the host, before the first call. */
import { BLOCK_SLOTS, BLOCK_WORDS_BYTES, STATE } from "./abi";

/** First block of the table. */
export let tableBase: usize = 0;
export let blockCount: u32 = 0;
export let blockBytes: usize = 0;
export let stateBytes: usize = 0;
export let tableEnd: usize = 0;
/** A byte a slot, its profile's index; 0 where there is one profile only. */
export let kindsBase: usize = 0;
export let onFull: u32 = 0;

/**
 * Lays the table out and takes the memory for all that there is up to `end`: never again after this, so that views
 * over the memory stay what they are. False when there is not so much memory.
 */
export function layOut(base: usize, blocks: u32, bytesPerState: u32, kinds: usize, end: usize, full: u32): bool {
  const pages = <i32>((end + 65535) >>> 16);
  const missing = pages - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return false;
  tableBase = base;
  blockCount = blocks;
  stateBytes = bytesPerState;
  blockBytes = BLOCK_WORDS_BYTES + BLOCK_SLOTS * bytesPerState;
  tableEnd = base + <usize>blocks * blockBytes;
  kindsBase = kinds;
  onFull = full;
  return true;
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
