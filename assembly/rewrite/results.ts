/** What rewriting answers and counts: words at REWRITE_* (abi.ts). */
import { COUNT_WORDS, REWRITE_COUNTS } from "../abi/rewrite";
import { allocateZeroed } from "../arena";

const COLORS: u32 = 3;
const words = allocateZeroed((<u32>REWRITE_COUNTS + COLORS * <u32>COUNT_WORDS) << 3);

/** Address of the words. */
export function rewriteAt(): usize {
  return words;
}

/** Sets the word REWRITE_*. */
export function answer(index: u32, value: u64): void {
  store<u64>(words + (index << 3), value);
}

/** Adds to the word REWRITE_*. */
export function addAnswer(index: u32, amount: u64): void {
  const at = words + (index << 3);
  store<u64>(at, load<u64>(at) + amount);
}

/** Adds to the counter COUNT_* of a color. */
export function count(color: u32, counter: u32, amount: u64): void {
  addAnswer(<u32>REWRITE_COUNTS + color * <u32>COUNT_WORDS + counter, amount);
}
