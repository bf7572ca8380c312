/**
 * The keyed hash of a 64-bit flow key on 32-bit words: two lanes, two rounds of multiply and cross-mix under the
 * 128-bit secret. It only spreads flows over the table: keys are compared whole, so a verdict never depends on it.
 */

/** 128 bits as four 32-bit words. */
export type Secret = readonly [number, number, number, number];

/** Spreads the slots of one key (golden ratio of 2^32): tags are the policy's, so their places need no secret. */
const TAG_STRIDE = 0x9e37_79b1;

/** 32-bit hash of one key; the high bits are the best mixed. */
export function hashKey(keyLo: number, keyHi: number, secret: Secret): number {
  return mix(keyLo, keyHi, secret[0], secret[1], secret[2], secret[3]);
}

/** The hash of a key and tag, from the key's hash; tag 0 leaves it as it is. */
export function withTag(hash: number, tag: number): number {
  return (hash + Math.imul(tag, TAG_STRIDE)) >>> 0;
}

/** Hashes the first `packetCount` keys of a batch column (low word first). */
export function hashKeys(key: Uint32Array, hashes: Uint32Array, packetCount: number, secret: Secret): void {
  const [secret0, secret1, secret2, secret3] = secret;
  for (let index = 0; index < packetCount; index += 1) {
    hashes[index] = mix(key[2 * index]!, key[2 * index + 1]!, secret0, secret1, secret2, secret3);
  }
}

// Multipliers: the 32-bit finalizers of MurmurHash3 and of C. Wellons' hash-prospector (lowbias32).
function mix(keyLo: number, keyHi: number, secret0: number, secret1: number, secret2: number, secret3: number): number {
  let low = keyLo ^ secret0;
  let high = keyHi ^ secret1;
  low = Math.imul(low ^ (low >>> 16), 0x85eb_ca6b);
  high = Math.imul(high ^ (high >>> 15), 0xc2b2_ae35);
  low = (low + ((high << 13) | (high >>> 19))) ^ secret2;
  high = (high + ((low << 7) | (low >>> 25))) ^ secret3;
  low = Math.imul(low ^ (low >>> 15), 0x7feb_352d);
  high = Math.imul(high ^ (high >>> 16), 0x846c_a68b);
  return ((low ^ (low >>> 16)) + high) >>> 0;
}
