/**
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; one compression and three
 * finalization rounds a block) of a short key, under the 128-bit secret of this instance.
 */
import { CONFIG_SECRET0, CONFIG_SECRET1 } from "./abi";
import { setting } from "./config";

const FINAL_ROUNDS: u32 = 3;

/**
 * Hash of the `length` bytes at `key`. Reads whole words: up to 7 bytes past the key, which every caller owns.
 * Compression and finalization share one loop: the rounds that take no block take a zero one, which changes nothing.
 */
export function siphash(key: usize, length: u32): u64 {
  const k0 = setting(CONFIG_SECRET0);
  const k1 = setting(CONFIG_SECRET1);
  let v0 = k0 ^ 0x736f6d6570736575;
  let v1 = k1 ^ 0x646f72616e646f6d;
  let v2 = k0 ^ 0x6c7967656e657261;
  let v3 = k1 ^ 0x7465646279746573;
  const wholeWords = length >> 3;
  const rounds = wholeWords + 1 + FINAL_ROUNDS;
  for (let round: u32 = 0; round < rounds; round++) {
    let block: u64 = 0;
    if (round < wholeWords) block = load<u64>(key + (round << 3));
    else if (round == wholeWords) block = lastBlock(key, length);
    else if (round == wholeWords + 1) v2 ^= 0xff;
    v3 ^= block;
    v0 += v1;
    v1 = rotl(v1, 13) ^ v0;
    v0 = rotl(v0, 32);
    v2 += v3;
    v3 = rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = rotl(v1, 17) ^ v2;
    v2 = rotl(v2, 32);
    v0 ^= block;
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The bytes after the last whole word, and the length in the top byte. */
function lastBlock(key: usize, length: u32): u64 {
  const bits = <u64>((length & 7) << 3);
  const tail = load<u64>(key + (length & ~7)) & (((<u64>1) << bits) - 1);
  return tail | ((<u64>length) << 56);
}
