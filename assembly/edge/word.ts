/**
 * A key to the word that stands for it in the table: a permutation of 64 bits under secret round keys, so no two keys
 * ever have one word, and keys can be had back. Three rounds of Feistel's scheme (Luby and Rackoff 1988: without the
 * secret no choice of keys does better than random ones); the round function is two multiplications by secret odd
 * numbers. JavaScript twin: src/edge/engine-js/word.ts.
 */
import { ROUNDS, TWEAKS } from "./abi";

/** The word of a key (two halves) in one of its slots. 0 marks an empty place: of all 2^64 keys, two share the word 1. */
export function wordOf(keyLo: u32, keyHi: u32, slot: u32): u64 {
  let lo = keyLo ^ load<u32>(TWEAKS + (slot << 3));
  let hi = keyHi ^ load<u32>(TWEAKS + (slot << 3), 4);
  hi ^= scrambled(lo, 0);
  lo ^= scrambled(hi, 12);
  hi ^= scrambled(lo, 24);
  const word = ((<u64>hi) << 32) | <u64>lo;
  return word + <u64>(word == 0);
}

function scrambled(half: u32, round: u32): u32 {
  let mixed = (half ^ load<u32>(ROUNDS + round)) * load<u32>(ROUNDS + round, 4);
  mixed = (mixed ^ (mixed >>> 15)) * load<u32>(ROUNDS + round, 8);
  return mixed ^ (mixed >>> 16);
}
