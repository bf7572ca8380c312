/*
 * A native meter that waits for its turns. One line a turn on standard input, one line of JSON as answer:
 *   keep FROM TO        meters packets of the file and keeps their colors in the colors file
 *   turn FROM TO LATER  meters them with LATER ns added to their times and keeps nothing
 * Both answer the processor time in ms and the totals so far.
 *
 * Arguments: packets file, packets in it, colors file, flows, line bits, then the contract (see contract_of).
 */
#include "meter.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS = 18 };

struct totals totals;

static void die(const char *what) {
  perror(what);
  exit(1);
}

void *zeroed(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) die("flow table");
  return memory;
}

void tally(const uint8_t *colors, const uint32_t *lengths, size_t count) {
  uint64_t packets_yellow = 0, packets_red = 0, bytes = 0, bytes_yellow = 0, bytes_red = 0;
  for (size_t i = 0; i < count; i++) {
    const uint64_t yellow = -(uint64_t)(colors[i] == YELLOW);
    const uint64_t red = -(uint64_t)(colors[i] == RED);
    packets_yellow -= yellow;
    packets_red -= red;
    bytes += lengths[i];
    bytes_yellow += lengths[i] & yellow;
    bytes_red += lengths[i] & red;
  }
  totals.packets[GREEN] += count - packets_yellow - packets_red;
  totals.packets[YELLOW] += packets_yellow;
  totals.packets[RED] += packets_red;
  totals.bytes[GREEN] += bytes - bytes_yellow - bytes_red;
  totals.bytes[YELLOW] += bytes_yellow;
  totals.bytes[RED] += bytes_red;
}

static double cpu_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void *mapped(const char *path, size_t bytes, int writes) {
  const int file = open(path, writes ? O_RDWR | O_CREAT | O_TRUNC : O_RDONLY, 0600);
  if (file < 0 || (writes && ftruncate(file, bytes) != 0)) die(path);
  void *memory = mmap(NULL, bytes, writes ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
  if (memory == MAP_FAILED) die(path);
  close(file);
  return memory;
}

static uint64_t number(const char *text) { return strtoull(text, NULL, 10); }

static struct contract contract_of(char **values) {
  return (struct contract){
      .bucket = {.drain = number(values[0]),
                 .unit = number(values[1]),
                 .test = number(values[2]),
                 .units_max = number(values[3]),
                 .drained_after = number(values[4]),
                 .own_size_mask = number(values[5]),
                 .length_mask = number(values[6]),
                 .overhead = (int64_t)number(values[7]),
                 .units_min = (int64_t)number(values[8])},
      .cir_bytes_per_sec = number(values[9]),
      .cbs_bytes = number(values[10]),
      .ebs_bytes = number(values[11])};
}

/** Colors that nobody asks for go to the same batch again, as a caller's reused buffer would. */
static double meter_range(const struct packets *packets, size_t from, size_t to, uint64_t later_ns, uint8_t *kept) {
  static uint8_t reused[BATCH_PACKETS];
  const double start_ms = cpu_ms();
  for (size_t first = from; first < to; first += BATCH_PACKETS) {
    const size_t count = to - first < BATCH_PACKETS ? to - first : BATCH_PACKETS;
    meter_batch(packets, first, count, later_ns, kept != NULL ? kept + first : reused);
  }
  return cpu_ms() - start_ms;
}

int main(int argc, char **argv) {
  if (argc != ARGUMENTS) {
    fprintf(stderr, "%s: %d arguments instead of %d; run it through npm run bench -- native\n", argv[0], argc - 1,
            ARGUMENTS - 1);
    return 2;
  }
  const size_t count = number(argv[2]);
  const uint8_t *columns = mapped(argv[1], count * 20, 0);
  const struct packets packets = {.time = (const uint64_t *)columns,
                                  .key = (const uint64_t *)(columns + count * 8),
                                  .length = (const uint32_t *)(columns + count * 16)};
  uint8_t *colors = mapped(argv[3], count, 1);
  const struct contract contract = contract_of(argv + 6);
  meter_create(number(argv[4]), (unsigned)number(argv[5]), &contract);

  char line[128];
  while (fgets(line, sizeof line, stdin) != NULL) {
    size_t from, to;
    uint64_t later_ns = 0;
    const int keeps = sscanf(line, "keep %zu %zu", &from, &to) == 2;
    if (!keeps && sscanf(line, "turn %zu %zu %" SCNu64, &from, &to, &later_ns) != 3) return 2;
    const double ms = meter_range(&packets, from, to, later_ns, keeps ? colors : NULL);
    printf("{\"ms\":%.6f,\"packets\":[%" PRIu64 ",%" PRIu64 ",%" PRIu64 "],\"tableBytes\":%" PRIu64 "}\n", ms,
           totals.packets[GREEN], totals.packets[YELLOW], totals.packets[RED], meter_table_bytes());
    fflush(stdout);
  }
  return 0;
}
