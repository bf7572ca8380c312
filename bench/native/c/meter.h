/* What the programs of this folder share: packets as columns, a contract, and one meter a program. */
#ifndef WEIR_BENCH_METER_H
#define WEIR_BENCH_METER_H

#include <stddef.h>
#include <stdint.h>

enum { GREEN = 0, YELLOW = 1, RED = 2 };

/** Packets that a meter takes at once, as the core does: their columns stay in the L2 cache. */
#define BATCH_PACKETS 4096
#define LINE_BYTES 64

/** Columns of packets: ns, 64-bit flow key, bytes. */
struct packets {
  const uint64_t *time;
  const uint64_t *key;
  const uint32_t *length;
};

/** One bucket as assembly/abi.ts has it (BUCKET_*): level steps are exact integers. */
struct bucket {
  uint64_t drain, unit, test, units_max, drained_after;
  uint64_t own_size_mask, length_mask;
  int64_t overhead, units_min;
};

/** The contract of every flow: compiled for exact meters, and as RFC 2697 states it for the others. */
struct contract {
  struct bucket bucket;
  uint64_t cir_bytes_per_sec, cbs_bytes, ebs_bytes;
};

/** Packets and bytes by color since the start: every meter keeps them. */
struct totals {
  uint64_t packets[3], bytes[3];
};

extern struct totals totals;

/** Makes room for so many flows, 2^line_bits lines of 64 bytes where there are lines. */
void meter_create(uint64_t flows, unsigned line_bits, const struct contract *contract);

/** Meters packets [from, from + count), `later_ns` added to each time; count is at most BATCH_PACKETS. */
void meter_batch(const struct packets *packets, size_t from, size_t count, uint64_t later_ns, uint8_t *colors);

/** Bytes of the flow table. */
uint64_t meter_table_bytes(void);

/** Zeroed memory on pages of its own. Ends the program when there is none. */
void *zeroed(size_t bytes);

/** Adds a batch to the totals. */
void tally(const uint8_t *colors, const uint32_t *lengths, size_t count);

#endif
