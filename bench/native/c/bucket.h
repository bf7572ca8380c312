/* One bucket in level form, as assembly/meter/bucket.ts has it. */
#ifndef WEIR_BENCH_BUCKET_H
#define WEIR_BENCH_BUCKET_H

#include "meter.h"

static inline uint64_t bucket_units(const struct bucket *bucket, uint32_t length) {
  const int64_t units = (int64_t)(length & bucket->length_mask) + bucket->overhead;
  return (uint64_t)(units > bucket->units_min ? units : bucket->units_min);
}

/** The level after `elapsed_ns` of draining. */
static inline uint64_t bucket_drained(const struct bucket *bucket, uint64_t level, uint64_t elapsed_ns) {
  const uint64_t ns = elapsed_ns < bucket->drained_after ? elapsed_ns : bucket->drained_after;
  const uint64_t drained = ns * bucket->drain;
  return level > drained ? level - drained : 0;
}

/** Level and cost must have been bounded by units_max. */
static inline int bucket_fits(const struct bucket *bucket, uint64_t level, uint64_t cost) {
  return level + (cost & bucket->own_size_mask) <= bucket->test;
}

#endif
