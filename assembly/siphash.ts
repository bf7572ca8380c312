/**
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; one compression and three
 * finalization rounds a block) of a short key, under the 128-bit secret of this instance.
 */
import { CONFIG_SECRET0, CONFIG_SECRET1 } from "./abi";
import { setting } from "./config";

const FINAL_ROUNDS: u32 = 3;

/**
 * Hash of the `length` bytes at `key` and of a salt of 16 bits, which tells apart equal keys of different nodes: it
 * takes two bytes of the last block that no key reaches (`length & 7` is at most 5). Reads whole words: up to 7 bytes
 * past the key, which every caller owns.
 * The round stands twice: one loop that tells its rounds apart costs 2 ns more a packet.
 */
export function siphash(key: usize, length: u32, salt: u32): u64 {
  const k0 = setting(CONFIG_SECRET0);
  const k1 = setting(CONFIG_SECRET1);
  let v0 = k0 ^ 0x736f6d6570736575;
  let v1 = k1 ^ 0x646f72616e646f6d;
  let v2 = k0 ^ 0x6c7967656e657261;
  let v3 = k1 ^ 0x7465646279746573;
  const lastWord = key + (length & ~7);
  let block: u64 = 0;
  for (let word = key; word <= lastWord; word += 8) {
    block = load<u64>(word);
    if (word == lastWord) block = lastBlock(block, length, salt);
    v3 ^= block;
    v0 += v1;
    v2 += v3;
    v1 = rotl(v1, 13) ^ v0;
    v3 = rotl(v3, 16) ^ v2;
    v2 += v1;
    v0 = rotl(v0, 32) + v3;
    v1 = rotl(v1, 17) ^ v2;
    v3 = rotl(v3, 21) ^ v0;
    v2 = rotl(v2, 32);
    v0 ^= block;
  }
  v2 ^= 0xff;
  for (let round: u32 = 0; round < FINAL_ROUNDS; round++) {
    v0 += v1;
    v2 += v3;
    v1 = rotl(v1, 13) ^ v0;
    v3 = rotl(v3, 16) ^ v2;
    v2 += v1;
    v0 = rotl(v0, 32) + v3;
    v1 = rotl(v1, 17) ^ v2;
    v3 = rotl(v3, 21) ^ v0;
    v2 = rotl(v2, 32);
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The bytes after the last whole word, the salt in bytes 5 and 6, and the length in the top byte. */
function lastBlock(word: u64, length: u32, salt: u32): u64 {
  const bits = <u64>((length & 7) << 3);
  const mask = ((<u64>1) << bits) - 1;
  return (word & mask) | ((<u64>salt) << 40) | ((<u64>length) << 56);
}
