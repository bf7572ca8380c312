/*
 * The floor under any meter: one blind read-modify-write of the line that the packet's flow is at home in. No compare,
 * no time, no level, nothing to wait for; the verdicts mean nothing.
 */
#include "hash.h"
#include "meter.h"

static uint64_t (*lines)[LINE_BYTES / 8];
static uint64_t line_count;
static unsigned shift;

void meter_create(uint64_t flows, unsigned line_bits, const struct contract *contract) {
  (void)flows;
  (void)contract;
  shift = 64 - line_bits;
  line_count = 1ull << line_bits;
  lines = zeroed(line_count * LINE_BYTES);
}

uint64_t meter_table_bytes(void) { return line_count * LINE_BYTES; }

void meter_batch(const struct packets *packets, size_t from, size_t count, uint64_t later_ns, uint8_t *colors) {
  (void)later_ns;
  (void)colors;
  for (size_t i = 0; i < count; i++) lines[murmur_8(packets->key[from + i]) >> shift][0] += packets->length[from + i];
  totals.packets[GREEN] += count;
}
