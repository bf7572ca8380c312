/* Flow tables of lines of two slots, as the core's 64-byte lines are, with one bucket a flow. */
#ifndef WEIR_BENCH_LINES_H
#define WEIR_BENCH_LINES_H

#include "bucket.h"

#include <stdio.h>
#include <stdlib.h>

enum { PROBE_LINES_MAX = 63 };

/** Packets between the prefetch of a line and its use. */
#define AHEAD 16

#define LOW_HASH_MASK ((1ull << 50) - 1)
#define DISPLACEMENT_ONE (1ull << 50)

struct slot {
  uint64_t word, last_ns, level, second;
};

struct line {
  struct slot slots[2];
};

_Static_assert(sizeof(struct line) == LINE_BYTES, "two slots a line");

static struct line *lines;
static unsigned shift;
static struct bucket shared_bucket;

static inline struct line *home_of(uint64_t hash) { return &lines[hash >> shift]; }

/** Off the loop: a flow that is not in its home line, or new. */
static __attribute__((noinline)) struct slot *slot_for(uint64_t hash) {
  struct line *line = home_of(hash);
  uint64_t word = (hash & LOW_HASH_MASK) + DISPLACEMENT_ONE;
  for (int probe = 0; probe < PROBE_LINES_MAX; probe++, line++, word += DISPLACEMENT_ONE) {
    for (int at = 0; at < 2; at++) {
      struct slot *slot = &line->slots[at];
      if (slot->word == word) return slot;
      if (slot->word == 0) {
        slot->word = word;
        return slot;
      }
    }
  }
  fputs("63 full lines in a row\n", stderr);
  exit(1);
}

static inline struct slot *find(uint64_t hash) {
  struct line *line = home_of(hash);
  const uint64_t word = (hash & LOW_HASH_MASK) + DISPLACEMENT_ONE;
  const unsigned first = line->slots[0].word == word;
  const unsigned second = line->slots[1].word == word;
  return __builtin_expect(first | second, 1) ? &line->slots[second] : slot_for(hash);
}

static inline uint8_t meter_slot(const struct bucket *bucket, struct slot *slot, uint64_t now_ns, uint32_t length) {
  const uint64_t units = bucket_units(bucket, length);
  if (__builtin_expect(units > bucket->units_max, 0)) return RED;
  const uint64_t level = bucket_drained(bucket, slot->level, now_ns - slot->last_ns);
  const uint64_t cost = units * bucket->unit;
  const int fits = bucket_fits(bucket, level, cost);
  slot->last_ns = now_ns;
  slot->level = fits ? level + cost : level;
  return fits ? GREEN : RED;
}

#endif
