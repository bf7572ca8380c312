/**
 * A flow's slot: eight 32-bit words, two slots a 64-byte line. The narrow kernels keep the level as one float64, the
 * wide kernel as two words, in the same place. Level 0 is drained at whatever last time.
 */
export const SLOT_WORDS = 8;
export const LINE_WORDS = 16;

export const KEY_LO = 0;
export const KEY_HI = 1;
export const LAST_LO = 2;
export const LAST_HI = 3;
export const LEVEL_LO = 4;
export const LEVEL_HI = 5;
/** Index of the flow's record, or 1 when no records are kept; 0 marks an empty slot, so that any key may be stored. */
export const RECORD = 6;
/**
 * The part of the key that the policy adds: which node and which of its slots. Always 0 where there is one slot a flow;
 * there the packet loops write that 0 ahead of use, only to start the line's way into the cache.
 */
export const TAG = 7;

/** The level's index in the table's Float64Array. */
export function levelIndex(slot: number): number {
  return (slot >>> 1) + 2;
}

/** Of a meter with two buckets: the second level's index in an array of its own. */
export function secondIndex(slot: number): number {
  return slot >>> 2;
}

/** Second levels a slot: the level, and a spare that is written only to start the line's way into the cache. */
export const SECOND_STRIDE = 2;
export const SECOND_SPARE = 1;

/** What the slot of a new flow begins with: the words of its level, and its second level. */
export interface FreshSlot {
  readonly levelLo: number;
  readonly levelHi: number;
  readonly second: number;
}
