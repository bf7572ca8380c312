/** Sets of rules with several fields, as the core intersects them: only blocks that are not empty are kept. */
import { BLOCKS_MAX, ITEM_SETS_MAX } from "../../../assembly/abi/classifier.ts";
import { ConfigError } from "../../errors.ts";
import type { Region } from "./region.ts";

/** Bits of the words that the core intersects. */
export const WORD_BITS = 64;
const FNV_PRIME = 0x0100_0193;

/** Words of each block, for so many places: a set's summary is one word, with a bit a block. */
export function wordsPerBlock(places: number): number {
  return Math.ceil(places / WORD_BITS / BLOCKS_MAX);
}

/** A set that changes: one bit a place, and one a block that is not empty. In halves of words. */
export class PlaceSet {
  readonly blockHalves: number;
  readonly halves: Uint32Array;
  readonly summary = new Uint32Array(2);

  constructor(places: number) {
    this.blockHalves = 2 * wordsPerBlock(places);
    this.halves = new Uint32Array(BLOCKS_MAX * this.blockHalves);
  }

  /** Puts a place in, or takes it out. */
  toggle(place: number): void {
    const half = place >>> 5;
    this.halves[half]! ^= 1 << (place & 31);
    const block = Math.floor(half / this.blockHalves);
    const bit = 1 << (block & 31);
    if (this.#isEmpty(block)) this.summary[block >>> 5]! &= ~bit;
    else this.summary[block >>> 5]! |= bit;
  }

  #isEmpty(block: number): boolean {
    const end = (block + 1) * this.blockHalves;
    for (let half = block * this.blockHalves; half < end; half += 1) if (this.halves[half] !== 0) return false;
    return true;
  }
}

/** The different sets of one field, numbered; number 0 is empty. */
export class RuleSets {
  readonly #region: Region;
  /** Ranks of all places; they ascend within each word. */
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
    const known = alike.find((number) => this.#region.equals(this.offsets[number]!, kept));
    if (known !== undefined) return known;
    const number = this.offsets.length;
    if (number === ITEM_SETS_MAX) {
      const detail = `the prefixes or ranges of one field overlap in more than ${ITEM_SETS_MAX} different ways; list fewer values in rules of several fields`;
      throw new ConfigError("RANGE", "rules", undefined, detail);
    }
    this.offsets.push(this.#region.add32(kept));
    this.#numbersByHash.set(hash, [...alike, number]);
    return number;
  }

  /** As it is kept: the summary, then all blocks that are not empty. */
  #below({ summary, halves, blockHalves }: PlaceSet, rankEnd: number): number[] {
    const kept = [0, 0];
    for (const [index, blocks] of summary.entries()) {
      for (let rest = blocks; rest !== 0; rest &= rest - 1) {
        const bit = lowestBit(rest);
        const start = (32 * index + bit) * blockHalves;
        const length = kept.length;
        let union = 0;
        for (let half = start; half < start + blockHalves; half += 1) {
          const places = halves[half]!;
          const below = places === 0 ? 0 : places & lowMask(this.#placesBelow(half >>> 1, rankEnd) - 32 * (half & 1));
          union |= below;
          kept.push(below >>> 0);
        }
        if (union === 0) kept.length = length;
        else kept[index] = (kept[index]! | (1 << bit)) >>> 0;
      }
    }
    return kept;
  }

  /** Places at the word's start whose ranks are below `rankEnd`. */
  #placesBelow(word: number, rankEnd: number): number {
    const start = word * WORD_BITS;
    let low = 0;
    let high = Math.min(WORD_BITS, this.#ranks.length - start);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranks[start + middle]! < rankEnd) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The lowest `bits` bits; none when negative. */
function lowMask(bits: number): number {
  if (bits >= 32) return -1;
  return bits <= 0 ? 0 : (1 << bits) - 1;
}

function hashOf(words: readonly number[]): number {
  let hash = 0;
  for (const word of words) hash = Math.imul(hash ^ word ^ (word >>> 15), FNV_PRIME);
  return hash;
}

/** Number of the lowest bit that is set. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
