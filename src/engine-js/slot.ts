/**
 * A flow's slot: eight 32-bit words, two slots a 64-byte line. The narrow kernel keeps the level as one float64,
 * the wide kernel as two words, in the same place. Level 0 with last time 0 is a fresh flow.
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
/** Spare: written ahead of use only to start the line's way into the cache. Never read. */
export const TOUCH = 7;

/** The level's index in the table's Float64Array. */
export function levelIndex(slot: number): number {
  return (slot >>> 1) + 2;
}
