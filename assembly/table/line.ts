/**
 * What a line of 64 bytes holds: two slots of 32 bytes (slot.ts), or, where nothing but verdicts is asked of a meter of one
 * bucket, four compact ones. Words come first there, so that two vectors compare them; a flow's finish is half a line
 * behind its word (meter/finish.ts). Zeroed memory is a line of absent flows in both.
 *
 *   byte   0 ..................... 31   32 ......................... 63
 *          word 0, 1, 2, 3 (slot.ts)    finish 0, 1, 2, 3
 */
import { COMPACT_SLOTS, LINE_BYTES, SLOT_BYTES } from "../abi";
import { copyFields, DISPLACEMENT_ONE, zeroFields } from "./slot";

const WORD_BYTES: usize = 8;
const COMPACT_WORDS_BYTES: usize = 32;
/** From a compact slot, which is where its word lies, to its finish. */
export const COMPACT_FINISH: usize = 32;
if (COMPACT_SLOTS * WORD_BYTES != COMPACT_WORDS_BYTES) ERROR("the words of a compact line must fill its first half");

export let isCompact: bool = false;
/** Bytes from one slot of a line to the next, and from the first to the end of the last. */
export let slotStep: usize = SLOT_BYTES;
export let slotsBytes: usize = LINE_BYTES;

/** All lines are compact ones. Before the first table. */
export function layCompact(): void {
  isCompact = true;
  slotStep = WORD_BYTES;
  slotsBytes = COMPACT_WORDS_BYTES;
}

/** Flows a line at the usual load: half of its slots, as a shift. */
export function flowsPerLineBits(): u32 {
  return isCompact ? 1 : 0;
}

/** The first empty slot of a line; 0 when it is full. How full it is nobody foretells: there is no branch for that. */
export function emptyIn(line: usize): usize {
  const empty = isCompact
    ? Empty.ofTwo(line, WORD_BYTES) | (Empty.ofTwo(line + 2 * WORD_BYTES, WORD_BYTES) << 2)
    : Empty.ofTwo(line, SLOT_BYTES);
  return select<usize>(line + <usize>ctz<u32>(empty) * slotStep, 0, empty != 0);
}

class Empty {
  /** Bit 0 for an empty slot, bit 1 for one `step` bytes behind it. */
  @inline static ofTwo(slot: usize, step: usize): u32 {
    const first = <u32>(load<u64>(slot) < DISPLACEMENT_ONE);
    return first | ((<u32>(load<u64>(slot + step) < DISPLACEMENT_ONE)) << 1);
  }
}

export function isFull(line: usize): bool {
  return emptyIn(line) == 0;
}

export class Four {
  /** The slot of a compact line that has this word, or 0. Without a branch: one flow in two is not in the first. */
  @inline static withWord(line: usize, word: u64): usize {
    let found: u32;
    if (ASC_FEATURE_SIMD) {
      const words = i64x2.splat(word);
      const low = i64x2.eq(v128.load(line), words);
      const high = i64x2.eq(v128.load(line, 16), words);
      found = i64x2.bitmask(low) | (i64x2.bitmask(high) << 2);
    } else {
      found = <u32>(load<u64>(line) == word);
      found |= (<u32>(load<u64>(line, 8) == word)) << 1;
      found |= (<u32>(load<u64>(line, 16) == word)) << 2;
      found |= (<u32>(load<u64>(line, 24) == word)) << 3;
    }
    return select<usize>(line + ((<usize>ctz<u32>(found)) << 3), 0, found != 0);
  }
}

/** Copies what a slot holds behind its word. */
export function copyState(from: usize, to: usize): void {
  if (isCompact) store<u64>(to, load<u64>(from, COMPACT_FINISH), COMPACT_FINISH);
  else copyFields(from, to);
}

/** Makes a slot empty: all zero, as the next flow in it must find it. */
export function clearSlot(slot: usize): void {
  store<u64>(slot, 0);
  if (isCompact) store<u64>(slot, 0, COMPACT_FINISH);
  else zeroFields(slot);
}
