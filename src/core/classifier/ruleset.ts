/** Sets of rules with several fields, as the core intersects them: only blocks that are not empty are kept. */
import { BLOCK_RULES, ITEM_SETS_MAX, SET_PART_BLOCKS, SET_PART_BYTES } from "../../../assembly/abi.ts";
import { ConfigError } from "../../errors.ts";
import type { Region } from "./region.ts";

const WORDS_PER_BLOCK = BLOCK_RULES / 32;
const BLOCKS_PER_PART = 64;
const FNV_PRIME = 0x0100_0193;

/** A set that changes: one bit a place, and one a block that is not empty. */
export class PlaceSet {
  /** Two words a block. */
  readonly words: Uint32Array;
  /** Two words for 64 blocks. */
  readonly summary: Uint32Array;

  constructor(places: number) {
    this.words = new Uint32Array(Math.ceil(places / BLOCK_RULES) * WORDS_PER_BLOCK);
    this.summary = new Uint32Array(partsOf(places) * 2);
  }

  /** Puts a place in, or takes it out. */
  toggle(place: number): void {
    const block = Math.floor(place / BLOCK_RULES);
    this.words[place >>> 5]! ^= 1 << (place & 31);
    const isEmpty = (this.words[2 * block]! | this.words[2 * block + 1]!) === 0;
    const bit = 1 << (block & 31);
    if (isEmpty) this.summary[block >>> 5]! &= ~bit;
    else this.summary[block >>> 5]! |= bit;
  }
}

/** What of a set is kept: its summary, and the words of its blocks that are not empty. */
interface KeptSet {
  readonly summary: Uint32Array;
  readonly filled: readonly number[];
}

/** Summary words, of 64 bits, for so many places. */
export function partsOf(places: number): number {
  return Math.ceil(places / BLOCK_RULES / BLOCKS_PER_PART);
}

/** The different sets of one field, numbered; number 0 is empty. */
export class RuleSets {
  readonly #region: Region;
  /** Ranks of all places; they ascend within each block. */
  readonly #ranks: readonly number[];
  /** Offset of each set. */
  readonly offsets: number[] = [];
  readonly #numbersByHash = new Map<number, number[]>();

  constructor(region: Region, ranks: readonly number[]) {
    this.#region = region;
    this.#ranks = ranks;
    this.numberOf(new PlaceSet(ranks.length), 0);
  }

  /**
   * The number of what `set` holds below rank `rankEnd` (rules behind that are never the first): known before, or new.
   * Throws ConfigError when there are too many.
   */
  numberOf(set: PlaceSet, rankEnd: number): number {
    const kept = this.#below(set, rankEnd);
    const hash = hashOf(kept);
    const alike = this.#numbersByHash.get(hash) ?? [];
    const known = alike.find((number) => this.#isAt(this.offsets[number]!, kept));
    if (known !== undefined) return known;
    const number = this.offsets.length;
    if (number === ITEM_SETS_MAX) {
      const detail = `the prefixes or ranges of one field overlap in more than ${ITEM_SETS_MAX} different ways; list fewer values in rules of several fields`;
      throw new ConfigError("RANGE", "rules", undefined, detail);
    }
    this.offsets.push(this.#keep(kept));
    this.#numbersByHash.set(hash, [...alike, number]);
    return number;
  }

  #below(set: PlaceSet, rankEnd: number): KeptSet {
    const summary = new Uint32Array(set.summary.length);
    const filled: number[] = [];
    for (const [index, blocks] of set.summary.entries()) {
      for (let rest = blocks; rest !== 0; rest &= rest - 1) {
        const block = 32 * index + lowestBit(rest);
        const places = this.#placesBelow(block, rankEnd);
        const low = set.words[2 * block]! & lowMask(places);
        const high = set.words[2 * block + 1]! & lowMask(places - 32);
        if ((low | high) === 0) continue;
        summary[index]! |= 1 << (block & 31);
        filled.push(low >>> 0, high >>> 0);
      }
    }
    return { summary, filled };
  }

  /** Places at the block's start whose ranks are below `rankEnd`. */
  #placesBelow(block: number, rankEnd: number): number {
    const start = block * BLOCK_RULES;
    let low = 0;
    let high = Math.min(BLOCK_RULES, this.#ranks.length - start);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranks[start + middle]! < rankEnd) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Parts first, then all filled blocks. */
  #keep({ summary, filled }: KeptSet): number {
    const parts = summary.length / 2;
    const offset = this.#region.allocate(parts * SET_PART_BYTES + filled.length * 4);
    let block = offset + parts * SET_PART_BYTES;
    for (const [index, word] of filled.entries()) this.#region.put32(block + 4 * index, word);
    for (let part = 0; part < parts; part += 1) {
      const at = offset + part * SET_PART_BYTES;
      this.#region.put32(at, summary[2 * part]!);
      this.#region.put32(at + 4, summary[2 * part + 1]!);
      this.#region.put32(at + SET_PART_BLOCKS, block);
      block += 8 * (bitCount(summary[2 * part]!) + bitCount(summary[2 * part + 1]!));
    }
    return offset;
  }

  #isAt(offset: number, { summary, filled }: KeptSet): boolean {
    const parts = summary.length / 2;
    for (let part = 0; part < parts; part += 1) {
      if (!this.#region.equals(offset + part * SET_PART_BYTES, summary.subarray(2 * part, 2 * part + 2))) return false;
    }
    return this.#region.equals(offset + parts * SET_PART_BYTES, filled);
  }
}

/** The lowest `bits` bits; none when negative. */
function lowMask(bits: number): number {
  if (bits >= 32) return -1;
  return bits <= 0 ? 0 : (1 << bits) - 1;
}

function hashOf({ summary, filled }: KeptSet): number {
  let hash = 0;
  for (const words of [summary, filled]) {
    for (const word of words) hash = Math.imul(hash ^ word ^ (word >>> 15), FNV_PRIME);
  }
  return hash;
}

/** Number of the lowest bit that is set. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
