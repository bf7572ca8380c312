/*
 * A capture to verdicts in C: what src/trace/meter.ts has the core do with a classic capture of Ethernet frames, IPv4
 * without options or IPv6, TCP or UDP, whose flows are 5-tuples. Same pieces of 256 KiB, same keys and hash, same lines
 * of two slots, same arithmetic. It knows no other capture, and its table has its final size from the start. With two
 * threads one reads, decodes and hashes, one meters; batches are handed over where they lie.
 *
 * Arguments: capture, rounds, line bits, then the nine words of struct bucket. A first pass, in which all flows are new,
 * is not timed; then each round reads the file, and meters it as if it went on from the last pass, with one thread and
 * with two. Standard output has one line of JSON: wall time by round, and verdicts by pass.
 */
#include "ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS = 13, ROUNDS_MAX = 1000, PASSES_MAX = 1 + 2 * ROUNDS_MAX };

#define PIECE_BYTES (256u << 10)
#define FILE_HEADER_BYTES 24
#define MAGIC_MICROSECONDS 0xa1b2c3d4u
#define LINK_ETHERNET 1

static void *zeroed_pages(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) die("no memory");
  return memory;
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

static int is_piped;
/** The batch that is being filled: with one thread always the same. */
static struct batch *filling = batches;

/** Meters it or hands it over; the next one is empty. */
static void finish_batch(void) {
  hash_batch(filling);
  if (is_piped) {
    filling = hand_over(filling);
  } else {
    meter_lines(filling);
  }
  filling->count = 0;
}

/** The records that are there as a whole. Answers where the rest begins. */
static const uint8_t *take_records(const uint8_t *record, const uint8_t *end) {
  for (;;) {
    record = decode_records(filling, record, end);
    if (filling->count < BATCH_PACKETS) return record;
    finish_batch();
  }
}

/** What is left of a record goes right before the piece, where REST_BYTES_MAX are free: pieces are read to one place. */
static void meter_file(const char *path, uint8_t *piece) {
  const int file = open_records(path);
  size_t rest = 0;
  for (size_t bytes = read_piece(file, piece); bytes > 0; bytes = read_piece(file, piece)) {
    const uint8_t *left = take_records(piece - rest, piece + bytes);
    rest = piece + bytes - left;
    memmove(piece - rest, left, rest);
  }
  if (rest > 0) die("the capture ends within a record");
  if (filling->count > 0) finish_batch();
  close(file);
}

/** The same, metered by another thread. An empty batch ends it. */
static void pipe_file(const char *path, uint8_t *piece) {
  pthread_t meter;
  is_piped = 1;
  if (pthread_create(&meter, NULL, meter_handed_over, NULL) != 0) die("no thread");
  meter_file(path, piece);
  finish_batch();
  pthread_join(meter, NULL);
  is_piped = 0;
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

/** Packets by color of each pass. */
static struct verdicts {
  size_t passes;
  double green[PASSES_MAX], red[PASSES_MAX];
} verdicts;

static double metered_ms(void (*pass)(const char *, uint8_t *), const char *path, uint8_t *piece) {
  green_count = red_count = 0;
  const double ms = timed(pass, path, piece);
  verdicts.green[verdicts.passes] = green_count;
  verdicts.red[verdicts.passes++] = red_count;
  return ms;
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

  static double reading_ms[ROUNDS_MAX], metering_ms[ROUNDS_MAX], piped_ms[ROUNDS_MAX];
  metered_ms(meter_file, path, piece);
  for (size_t round = 0; round < rounds; round++) {
    const int reads_first = round % 2 == 0;
    if (reads_first) reading_ms[round] = timed(read_file, path, piece);
    metering_ms[round] = metered_ms(meter_file, path, piece);
    piped_ms[round] = metered_ms(pipe_file, path, piece);
    if (!reads_first) reading_ms[round] = timed(read_file, path, piece);
  }
  putchar('{');
  print_list("readingMs", reading_ms, rounds);
  print_list("meteringMs", metering_ms, rounds);
  print_list("pipedMs", piped_ms, rounds);
  print_list("green", verdicts.green, verdicts.passes);
  print_list("red", verdicts.red, verdicts.passes);
  printf("\"passes\":%zu}\n", verdicts.passes);
  return 0;
}
