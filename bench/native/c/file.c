/*
 * A capture to verdicts in C: what src/trace/meter.ts has the core do with a classic capture of Ethernet frames, IPv4
 * without options or IPv6, TCP or UDP, whose flows are 5-tuples. Same pieces of 256 KiB, same keys and hash, same lines
 * of two slots, same arithmetic. It knows no other capture, and its table has its final size from the start.
 *
 * Arguments: capture, rounds, line bits, then the nine words of struct bucket. A first pass, in which all flows are new,
 * is not timed; then each round reads the file, and meters it as if it went on from the last pass. Standard output has
 * one line of JSON: wall time by round, and the verdicts of all passes.
 */
#include "bucket.h"
#include "hash.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS = 13, ROUNDS_MAX = 1000, PROBE_LINES_MAX = 63 };

/** Packets between the prefetch of a line and its use. */
#define AHEAD 16

#define PIECE_BYTES (256u << 10)
#define FILE_HEADER_BYTES 24
#define RECORD_HEADER_BYTES 16
/** The part of a record that a piece ends in; longer records are none of the usual ones. */
#define REST_BYTES_MAX (64u << 10)
#define MAGIC_MICROSECONDS 0xa1b2c3d4u
#define LINK_ETHERNET 1

/** The words of a key: its bytes, and its length in the top byte, as SipHash takes them. */
#define WORDS_4 2
#define WORDS_6 5
#define BYTES_4 13
#define BYTES_6 37

#define LOW_HASH_MASK ((1ull << 50) - 1)
#define DISPLACEMENT_ONE (1ull << 50)

/** The secret of bench/replaycase.ts. */
static const uint64_t secret0 = 2ull << 32 | 1, secret1 = 4ull << 32 | 3;

struct slot {
  uint64_t word, last_ns, level, second;
};

struct line {
  struct slot slots[2];
};

_Static_assert(sizeof(struct line) == LINE_BYTES, "two slots a line");

/** Keys of one length, a column for each word: gcc hashes as many side by side as its vectors hold. */
struct keys {
  size_t count;
  uint64_t words[WORDS_6][BATCH_PACKETS];
  uint64_t hashes[BATCH_PACKETS];
  uint32_t packets[BATCH_PACKETS];
};

static struct line *lines;
static unsigned shift;
static struct bucket shared_bucket;
static uint64_t newest_ns;
static uint64_t green_count, red_count;

static size_t batch_count;
static struct keys keys_4, keys_6;
static uint64_t clocks[BATCH_PACKETS];
static uint64_t hashes[BATCH_PACKETS + AHEAD];
static uint32_t lengths[BATCH_PACKETS];
static uint8_t colors[BATCH_PACKETS];

static void die(const char *what) {
  fprintf(stderr, "file: %s\n", what);
  exit(1);
}

static void *zeroed_pages(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) die("no memory");
  return memory;
}

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

static __attribute__((noinline)) void meter_lines(size_t count) {
  const struct bucket bucket = shared_bucket;
  size_t greens = 0;
  for (size_t i = 0; i < AHEAD && i < count; i++) fetch(hashes[i]);
  for (size_t i = 0; i < count; i++) {
    fetch(hashes[i + AHEAD]);
    colors[i] = meter_slot(&bucket, find(hashes[i]), clocks[i], lengths[i]);
    greens += colors[i] == GREEN;
  }
  green_count += greens;
  red_count += count - greens;
}

/** SipHash-1-3 of so many words; a constant once it is inlined, so that the loop over packets is the innermost. */
static inline __attribute__((always_inline)) void hash_keys(struct keys *keys, int words) {
  const size_t count = keys->count;
  for (size_t i = 0; i < count; i++) {
    uint64_t v0 = secret0 ^ 0x736f6d6570736575ull, v1 = secret1 ^ 0x646f72616e646f6dull;
    uint64_t v2 = secret0 ^ 0x6c7967656e657261ull, v3 = secret1 ^ 0x7465646279746573ull;
    for (int at = 0; at < words; at++) {
      const uint64_t word = keys->words[at][i];
      v3 ^= word;
      SIP_ROUND;
      v0 ^= word;
    }
    v2 ^= 0xff;
    SIP_ROUND;
    SIP_ROUND;
    SIP_ROUND;
    keys->hashes[i] = v0 ^ v1 ^ v2 ^ v3;
  }
  for (size_t i = 0; i < count; i++) hashes[keys->packets[i]] = keys->hashes[i];
  keys->count = 0;
}

static __attribute__((noinline)) void hash_keys_4(void) { hash_keys(&keys_4, WORDS_4); }
static __attribute__((noinline)) void hash_keys_6(void) { hash_keys(&keys_6, WORDS_6); }

static void finish_batch(void) {
  hash_keys_4();
  hash_keys_6();
  meter_lines(batch_count);
  batch_count = 0;
}

static inline uint64_t long_at(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static inline uint32_t word_at(const uint8_t *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static inline uint32_t net_short_at(const uint8_t *bytes) { return (uint32_t)bytes[0] << 8 | bytes[1]; }

static inline int has_ports(uint8_t protocol) { return (protocol == 6) | (protocol == 17); }

/** Addresses and ports as they lie in the frame, then the protocol. */
static inline void add_key_4(const uint8_t *frame) {
  const size_t at = keys_4.count++;
  keys_4.words[0][at] = long_at(frame + 26);
  keys_4.words[1][at] = word_at(frame + 34) | (uint64_t)frame[23] << 32 | (uint64_t)BYTES_4 << 56;
  keys_4.packets[at] = batch_count;
}

static inline void add_key_6(const uint8_t *frame) {
  const size_t at = keys_6.count++;
  for (int word = 0; word < 4; word++) keys_6.words[word][at] = long_at(frame + 22 + 8 * word);
  keys_6.words[4][at] = word_at(frame + 54) | (uint64_t)frame[20] << 32 | (uint64_t)BYTES_6 << 56;
  keys_6.packets[at] = batch_count;
}

static inline void add_key(const uint8_t *frame, uint32_t captured) {
  const uint32_t type = captured < 38 ? 0 : net_short_at(frame + 12);
  const int is_whole = (net_short_at(frame + 20) & 0x3fff) == 0;
  if (type == 0x0800 && ((frame[14] == 0x45) & is_whole & has_ports(frame[23]))) {
    add_key_4(frame);
  } else if (type == 0x86dd && captured >= 58 && has_ports(frame[20])) {
    add_key_6(frame);
  } else {
    die("a frame that is not Ethernet, IPv4 without options or IPv6, whole, TCP or UDP");
  }
}

/** Meters the records that are there as a whole, batch by batch. Answers where the rest begins. */
static const uint8_t *meter_records(const uint8_t *record, const uint8_t *end) {
  while (end - record >= RECORD_HEADER_BYTES) {
    const uint32_t captured = word_at(record + 8);
    const uint8_t *frame = record + RECORD_HEADER_BYTES;
    if (captured > REST_BYTES_MAX - RECORD_HEADER_BYTES) die("a record that is too long");
    if (end - frame < (ptrdiff_t)captured) break;
    add_key(frame, captured);
    const uint64_t time_ns = word_at(record) * 1000000000ull + word_at(record + 4) * 1000ull;
    newest_ns = time_ns > newest_ns ? time_ns : newest_ns;
    clocks[batch_count] = newest_ns;
    lengths[batch_count] = word_at(record + 12);
    record = frame + captured;
    if (++batch_count == BATCH_PACKETS) finish_batch();
  }
  return record;
}

static size_t read_piece(int file, uint8_t *piece) {
  const ssize_t bytes = read(file, piece, PIECE_BYTES);
  if (bytes < 0) die("the capture cannot be read");
  return (size_t)bytes;
}

/** Opens the capture behind its header. */
static int open_records(const char *path) {
  uint8_t header[FILE_HEADER_BYTES];
  const int file = open(path, O_RDONLY);
  if (file < 0 || read(file, header, sizeof header) != sizeof header) die("the capture cannot be read");
  if (word_at(header) != MAGIC_MICROSECONDS || word_at(header + 20) != LINK_ETHERNET) {
    die("not a classic capture of Ethernet in this machine's byte order");
  }
  return file;
}

static void read_file(const char *path, uint8_t *piece) {
  const int file = open_records(path);
  while (read_piece(file, piece) > 0);
  close(file);
}

/** What is left of a record goes right before the piece, where REST_BYTES_MAX are free: pieces are read to one place. */
static void meter_file(const char *path, uint8_t *piece) {
  const int file = open_records(path);
  size_t rest = 0;
  for (size_t bytes = read_piece(file, piece); bytes > 0; bytes = read_piece(file, piece)) {
    const uint8_t *left = meter_records(piece - rest, piece + bytes);
    rest = piece + bytes - left;
    memmove(piece - rest, left, rest);
  }
  if (rest > 0) die("the capture ends within a record");
  finish_batch();
  close(file);
}

static double wall_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static double timed(void (*pass)(const char *, uint8_t *), const char *path, uint8_t *piece) {
  const double start_ms = wall_ms();
  pass(path, piece);
  return wall_ms() - start_ms;
}

static void print_list(const char *name, const double *values, size_t count) {
  printf("\"%s\":[", name);
  for (size_t i = 0; i < count; i++) printf("%s%.6f", i == 0 ? "" : ",", values[i]);
  printf("],");
}

static uint64_t number(const char *text) { return strtoull(text, NULL, 10); }

static struct bucket bucket_of(char **values) {
  return (struct bucket){.drain = number(values[0]),
                         .unit = number(values[1]),
                         .test = number(values[2]),
                         .units_max = number(values[3]),
                         .drained_after = number(values[4]),
                         .own_size_mask = number(values[5]),
                         .length_mask = number(values[6]),
                         .overhead = (int64_t)number(values[7]),
                         .units_min = (int64_t)number(values[8])};
}

int main(int argc, char **argv) {
  if (argc != ARGUMENTS) {
    fprintf(stderr, "file: %d arguments instead of %d; run it through npm run bench -- file\n", argc - 1,
            ARGUMENTS - 1);
    return 2;
  }
  const char *path = argv[1];
  const size_t rounds = number(argv[2]);
  const unsigned line_bits = (unsigned)number(argv[3]);
  if (rounds > ROUNDS_MAX || line_bits < 1 || line_bits > 32) die("rounds or line bits out of range");
  shift = 64 - line_bits;
  lines = zeroed_pages(((1ull << line_bits) + PROBE_LINES_MAX) * LINE_BYTES);
  shared_bucket = bucket_of(argv + 4);
  uint8_t *piece = (uint8_t *)zeroed_pages(REST_BYTES_MAX + PIECE_BYTES) + REST_BYTES_MAX;

  static double reading_ms[ROUNDS_MAX], metering_ms[ROUNDS_MAX];
  meter_file(path, piece);
  for (size_t round = 0; round < rounds; round++) {
    const int reads_first = round % 2 == 0;
    if (reads_first) reading_ms[round] = timed(read_file, path, piece);
    metering_ms[round] = timed(meter_file, path, piece);
    if (!reads_first) reading_ms[round] = timed(read_file, path, piece);
  }
  putchar('{');
  print_list("readingMs", reading_ms, rounds);
  print_list("meteringMs", metering_ms, rounds);
  printf("\"green\":%" PRIu64 ",\"red\":%" PRIu64 "}\n", green_count, red_count);
  return 0;
}
