/*
 * The core's loop for one bucket in C: same hash, same lines of two slots, same arithmetic, same totals, and
 * __builtin_prefetch where the core stores a zero. Twin of assembly/batch.ts, loop/onebucket.ts and table/table.ts.
 * It reads the caller's columns where they lie and has its final size from the start; the core does neither.
 */
#include "hash.h"
#include "lines.h"

/** -DTRUSTED_KEYS: the cheap hash that the core takes for keys nobody chose to harm it (assembly/mixhash.ts). */
#ifdef TRUSTED_KEYS
#define HASH murmur_8
#else
#define HASH siphash_8
#endif

/**
 * Larger tables have the line behind the home line fetched, too: displaced flows are there. The core fetches it for those
 * alone (table/search.ts); for C it is as a rule the faster way, on machines whose memory is slow -DHOME_LINES_ONLY is.
 */
#define NEAR_LINES (1u << 15)
#ifdef HOME_LINES_ONLY
enum { FETCHES_NEXT = 0 };
#else
enum { FETCHES_NEXT = 1 };
#endif

/**
 * -DTWO_LINES: home line and the one behind it are compared without a branch, and flows in neither are looked for
 * together. Without, C looks for whatever is not at home at once: its prefetch goes on meanwhile.
 */
#ifdef TWO_LINES
enum { COMPARES_TWO = 1 };
#else
enum { COMPARES_TWO = 0 };
#endif

static uint64_t line_count;
static uint64_t newest_ns;
static uint64_t clocks[BATCH_PACKETS];
static uint64_t hashes[BATCH_PACKETS + AHEAD];
static uint32_t away[BATCH_PACKETS];

void meter_create(uint64_t flows, unsigned line_bits, const struct contract *contract) {
  (void)flows;
  shift = 64 - line_bits;
  line_count = (1ull << line_bits) + PROBE_LINES_MAX - 1;
  lines = zeroed(line_count * LINE_BYTES);
  shared_bucket = contract->bucket;
}

uint64_t meter_table_bytes(void) { return line_count * LINE_BYTES; }

static inline void fetch(uint64_t hash, size_t next) {
  __builtin_prefetch(home_of(hash), 1);
  __builtin_prefetch(home_of(hash) + next, 1);
}

/** NULL: neither at home nor in the line behind. */
static inline struct slot *find_near(uint64_t hash) {
  struct line *line = home_of(hash);
  const uint64_t word = (hash & LOW_HASH_MASK) + DISPLACEMENT_ONE, displaced = word + DISPLACEMENT_ONE;
  const unsigned first = line[0].slots[0].word == word, second = line[0].slots[1].word == word;
  const unsigned third = line[1].slots[0].word == displaced, fourth = line[1].slots[1].word == displaced;
  return __builtin_expect(first | second | third | fourth, 1) ? &line->slots[0] + second + 2 * third + 3 * fourth : NULL;
}

static void fill_clocks(const uint64_t *times, size_t count, uint64_t later_ns) {
  uint64_t newest = newest_ns;
  for (size_t i = 0; i < count; i++) {
    const uint64_t time = times[i] + later_ns;
    newest = time > newest ? time : newest;
    clocks[i] = newest;
  }
  newest_ns = newest;
}

static void meter_lines(const uint32_t *restrict lengths, size_t count, uint8_t *restrict colors) {
  const struct bucket bucket = shared_bucket;
  const size_t next = FETCHES_NEXT && line_count > NEAR_LINES + PROBE_LINES_MAX ? 1 : 0;
  size_t away_count = 0;
  for (size_t i = 0; i < AHEAD && i < count; i++) fetch(hashes[i], next);
  for (size_t i = 0; i < count; i++) {
    fetch(hashes[i + AHEAD], next);
    struct slot *slot = COMPARES_TWO ? find_near(hashes[i]) : find(hashes[i]);
    if (COMPARES_TWO && slot == NULL) {
      away[away_count++] = i;
      __builtin_prefetch(home_of(hashes[i]) + 2, 1);
      continue;
    }
    colors[i] = meter_slot(&bucket, slot, clocks[i], lengths[i]);
  }
  for (size_t k = 0; k < away_count; k++) {
    const size_t i = away[k];
    colors[i] = meter_slot(&bucket, slot_for(hashes[i]), clocks[i], lengths[i]);
  }
}

void meter_batch(const struct packets *packets, size_t from, size_t count, uint64_t later_ns, uint8_t *colors) {
  fill_clocks(packets->time + from, count, later_ns);
  for (size_t i = 0; i < count; i++) hashes[i] = HASH(packets->key[from + i]);
  meter_lines(packets->length + from, count, colors);
  tally(colors, packets->length + from, count);
}
