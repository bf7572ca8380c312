/** Which of several meters a key belongs to. */
import { encode } from "./keys.ts";
import { putTuple } from "./tuple.ts";
import type { Key, KeyKind } from "./types.ts";
import { checkWhole } from "./whole.ts";

const TWO_32 = 2 ** 32;
const SHARDS_MAX = 1_000_000;
const TUPLE_BYTES_MAX = 37;

/**
 * Jump consistent hash (Lamping and Veach 2014): with one shard more, only the keys move that move to the new one. The
 * key's hash is MurmurHash3 (32 bits, seed 0) of its bytes, of integers the eight bytes of them, low first: the same in
 * every process, which no secret could be. Throws RangeError for a number of shards that is none.
 */
export function shardOf(key: Key, kind: KeyKind, shards: number): number {
  checkWhole("shards", shards, 1, SHARDS_MAX);
  let seed = murmur(bytesOf(key, kind));
  let shard = -1;
  let next = 0;
  while (next < shards) {
    shard = next;
    // xorshift32 instead of the paper's 64-bit generator; 0 would stay 0.
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    next = Math.floor((shard + 1) * (TWO_32 / ((seed >>> 0) + 1)));
  }
  return shard;
}

function bytesOf(key: Key, kind: KeyKind): Uint8Array {
  if (key instanceof Uint8Array) return key;
  if (typeof key === "string") {
    const bytes = new Uint8Array(3 * key.length);
    return bytes.subarray(0, encode(key, bytes));
  }
  if (typeof key === "object") {
    const bytes = new Uint8Array(TUPLE_BYTES_MAX);
    return bytes.subarray(0, putTuple(key, bytes));
  }
  if (kind === "string" || kind === "bytes" || kind === "5-tuple")
    throw new TypeError(`key ${String(key)}: must be of kind ${kind}`);
  const bytes = new Uint8Array(8);
  new BigUint64Array(bytes.buffer)[0] = BigInt(key);
  return bytes;
}

function murmur(bytes: Uint8Array): number {
  let hash = 0;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash ^= scramble(word);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe654_6b64;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at -= 1) tail = (tail << 8) | bytes[at]!;
  hash ^= scramble(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  hash ^= hash >>> 16;
  // The generator above stops at 0.
  return hash === 0 ? 1 : hash;
}

function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e_2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b87_3593);
}
