/* Batches on their way from the thread of file.c that decodes to the one that meters. Waits spin: each has a processor. */
#ifndef WEIR_BENCH_RING_H
#define WEIR_BENCH_RING_H

#include "meterbatch.h"

#include <pthread.h>
#include <stdatomic.h>

/** 5 MB; with 4, 16 and 256 batches it takes as long, or longer. */
#define RING_BATCHES 64

static struct batch batches[RING_BATCHES];
/** Counted since the start; a cache line apart, since each thread writes one. */
static _Alignas(LINE_BYTES) _Atomic size_t filled_count;
static _Alignas(LINE_BYTES) _Atomic size_t metered_count;

static inline void wait_a_little(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/** Answers the next batch to be filled, once it is free; they follow each other. */
static struct batch *hand_over(const struct batch *batch) {
  const size_t count = atomic_load_explicit(&filled_count, memory_order_relaxed) + 1;
  atomic_store_explicit(&filled_count, count, memory_order_release);
  while (count - atomic_load_explicit(&metered_count, memory_order_acquire) == RING_BATCHES) wait_a_little();
  return &batches[((size_t)(batch - batches) + 1) % RING_BATCHES];
}

/** What the other thread runs, up to an empty batch. */
static void *meter_handed_over(void *unused) {
  for (size_t count = atomic_load(&metered_count);; count++) {
    while (atomic_load_explicit(&filled_count, memory_order_acquire) == count) wait_a_little();
    const struct batch *batch = &batches[count % RING_BATCHES];
    const int is_last = batch->count == 0;
    meter_lines(batch);
    atomic_store_explicit(&metered_count, count + 1, memory_order_release);
    if (is_last) return unused;
  }
}

#endif
