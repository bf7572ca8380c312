/* The keyed hashes of flow keys. */
#ifndef WEIR_BENCH_HASH_H
#define WEIR_BENCH_HASH_H

#include <stdint.h>

/** The benchmark's secret, as bench/contenders.ts has it. */
#define SECRET0 0x0302010007060504ull
#define SECRET1 0x0b0a09080f0e0d0cull

static inline uint64_t rotated(uint64_t word, int bits) { return word << bits | word >> (64 - bits); }

#define SIP_ROUND                                                                                                      \
  v0 += v1, v2 += v3, v1 = rotated(v1, 13) ^ v0, v3 = rotated(v3, 16) ^ v2;                                            \
  v2 += v1, v0 = rotated(v0, 32) + v3, v1 = rotated(v1, 17) ^ v2, v3 = rotated(v3, 21) ^ v0, v2 = rotated(v2, 32)

/** SipHash-1-3 of eight bytes, as assembly/siphash.ts computes it: equal to the core's, bit for bit. */
static inline uint64_t siphash_8(uint64_t key) {
  const uint64_t last = 8ull << 56;
  uint64_t v0 = SECRET0 ^ 0x736f6d6570736575ull, v1 = SECRET1 ^ 0x646f72616e646f6dull;
  uint64_t v2 = SECRET0 ^ 0x6c7967656e657261ull, v3 = SECRET1 ^ 0x7465646279746573ull;
  v3 ^= key;
  SIP_ROUND;
  v0 ^= key;
  v3 ^= last;
  SIP_ROUND;
  v0 ^= last;
  v2 ^= 0xff;
  SIP_ROUND;
  SIP_ROUND;
  SIP_ROUND;
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The finalizer of MurmurHash3 under a secret: what a plain program takes. */
static inline uint64_t murmur_8(uint64_t key) {
  uint64_t word = key ^ SECRET0;
  word = (word ^ word >> 33) * 0xff51afd7ed558ccdull;
  word = (word ^ word >> 33) * 0xc4ceb9fe1a85ec53ull;
  return word ^ word >> 33;
}

#endif
