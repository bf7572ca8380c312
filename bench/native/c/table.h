/* The flow table of file.c: lines of two slots as the core's 64-byte lines are, and one bucket a flow. */
#ifndef WEIR_BENCH_TABLE_H
#define WEIR_BENCH_TABLE_H

#include "bucket.h"
#include "decode.h"

enum { PROBE_LINES_MAX = 63 };

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
static uint64_t green_count, red_count;
static uint8_t colors[BATCH_PACKETS];

static inline struct line *home_of(uint64_t hash) { return &lines[hash >> shift]; }

static inline void fetch(uint64_t hash) {
  __builtin_prefetch(home_of(hash), 1);
  __builtin_prefetch(home_of(hash) + 1, 1);
}

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
  die("63 full lines in a row");
  return NULL;
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
