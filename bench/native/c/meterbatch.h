/* How file.c meters a batch. */
#ifndef WEIR_BENCH_METERBATCH_H
#define WEIR_BENCH_METERBATCH_H

#include "decode.h"
#include "lines.h"

static uint64_t green_count, red_count;
static uint8_t colors[BATCH_PACKETS];

static inline void fetch(uint64_t hash) {
  __builtin_prefetch(home_of(hash), 1);
  __builtin_prefetch(home_of(hash) + 1, 1);
}

static __attribute__((noinline)) void meter_lines(const struct batch *batch) {
  const struct bucket bucket = shared_bucket;
  const size_t count = batch->count;
  size_t greens = 0;
  for (size_t i = 0; i < AHEAD && i < count; i++) fetch(batch->hashes[i]);
  for (size_t i = 0; i < count; i++) {
    fetch(batch->hashes[i + AHEAD]);
    colors[i] = meter_slot(&bucket, find(batch->hashes[i]), batch->clocks[i], batch->lengths[i]);
    greens += colors[i] == GREEN;
  }
  green_count += greens;
  red_count += count - greens;
}

#endif
