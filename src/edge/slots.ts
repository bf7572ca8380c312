/** Walks over the table of an engine's memory, whichever engine it is: the layout is that of assembly/edge/table.ts. */
import { BLOCK_SLOTS, BLOCK_WORDS_BYTES } from "../../assembly/edge/abi.ts";
import type { EdgeEngine } from "./engine.ts";
import type { Layout } from "./layout.ts";

/** One taken slot: indexes of 32-bit words in the whole memory. */
export interface TakenSlot {
  /** Index of its word's low half; the high half follows. */
  word: number;
  /** Index of its state: last time, level, and second level, two each. */
  state: number;
  /** Index of its profile. */
  kind: number;
}

/** Calls `visit` for every taken slot with one and the same object; the table must not change its slots meanwhile. */
export function eachSlot(engine: EdgeEngine, layout: Layout, visit: (slot: TakenSlot, words: Uint32Array) => void): void {
  const { buffer } = engine.memory;
  const words = new Uint32Array(buffer);
  const kinds = layout.kinds === 0 ? undefined : new Uint8Array(buffer, layout.kinds);
  const slot: TakenSlot = { word: 0, state: 0, kind: 0 };
  const blockWords = (BLOCK_WORDS_BYTES + BLOCK_SLOTS * layout.stateBytes) / 4;
  for (let block = 0; block < layout.blocks; block += 1) {
    const at = layout.table / 4 + block * blockWords;
    for (let index = 0; index < BLOCK_SLOTS; index += 1) {
      slot.word = at + 2 * index;
      if (words[slot.word] === 0 && words[slot.word + 1] === 0) continue;
      slot.state = at + (BLOCK_WORDS_BYTES + index * layout.stateBytes) / 4;
      slot.kind = kinds === undefined ? 0 : kinds[block * BLOCK_SLOTS + index]!;
      visit(slot, words);
    }
  }
}

/** The 64-bit value of two words. */
export function wide(words: Uint32Array, index: number): bigint {
  return (BigInt(words[index + 1]!) << 32n) | BigInt(words[index]!);
}

export function putWide(words: Uint32Array, index: number, value: bigint): void {
  words[index] = Number(value & 0xffff_ffffn);
  words[index + 1] = Number((value >> 32n) & 0xffff_ffffn);
}
