/**
 * A key to the word that stands for it in the table: a permutation of 64 bits by two secret odd multipliers, so no two
 * keys ever have one word, and keys can be had back. The first product alone is universal hashing (Dietzfelbinger,
 * Hagerup, Katajainen and Penttonen 1997: whoever does not know the multiplier finds two keys with one home no more often
 * than by chance, twice over); the fold and the second product take its regularity away. Two multiplications instead of
 * SipHash's rounds save half of what a call costs in cache. JavaScript twins: src/edge/js/table.ts and fast.ts.
 */
import { MULTIPLIERS, TWEAKS } from "./abi";

/** The word of a key in one of its slots. 0 marks an empty place: of all 2^64 keys, two share the word 1. */
export function wordOf(key: u64, slot: u32): u64 {
  return Word.of(key ^ load<u64>(TWEAKS + (slot << 3)));
}

/** The key of a word in one of its slots. */
export function keyOf(word: u64, slot: u32): u64 {
  let key = word;
  for (let step: u32 = 0; step < 2; step++) {
    if (step != 0) key ^= key >>> 32;
    key *= inverseOf(load<u64>(MULTIPLIERS + 8 - (step << 3)));
  }
  return key ^ load<u64>(TWEAKS + (slot << 3));
}

/** The inverse of an odd number modulo 2^64, by Newton's iteration: each step doubles the bits that are right, from 3. */
function inverseOf(odd: u64): u64 {
  let inverse = odd;
  for (let bits: u32 = 3; bits < 64; bits <<= 1) inverse *= 2 - odd * inverse;
  return inverse;
}

export class Word {
  /** The word of a key that has its slot's tweak. */
  @inline static of(tweaked: u64): u64 {
    return Word.ofRaw(Word.raw(tweaked));
  }

  /** The same, but for the key whose word this makes 0. */
  @inline static raw(tweaked: u64): u64 {
    return Word.mix(tweaked, load<u64>(MULTIPLIERS), load<u64>(MULTIPLIERS, 8));
  }

  @inline static ofRaw(raw: u64): u64 {
    return raw + <u64>(raw == 0);
  }

  @inline static mix(tweaked: u64, factor0: u64, factor1: u64): u64 {
    const mixed = tweaked * factor0;
    return (mixed ^ (mixed >>> 32)) * factor1;
  }
}
