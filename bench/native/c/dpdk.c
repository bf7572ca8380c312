/*
 * What a packet program on DPDK does: rte_hash's bulk lookup from key to position (64 keys a call, prefetched by the
 * library), a dense array of rte_meter's single-rate markers by position, prefetched before they are used. One lcore,
 * pages of 4 KiB like everybody else here, CRC32 as hash (rte_hash's own choice: it has no secret).
 * rte_meter rounds: it fills buckets by whole periods. Its counts are therefore only near those of an exact marker.
 */
#include "meter.h"

#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_lcore.h>
#include <rte_meter.h>
#include <rte_prefetch.h>
#include <stdio.h>
#include <stdlib.h>

/** Ticks of the times given to rte_meter: nanoseconds, so that no time has to be converted. */
#define TICKS_PER_SEC 1000000000ull
/** A key of eight bytes, its bucket entry and slack, in rte_hash's own heap; what is not used is never touched. */
#define HEAP_BYTES_PER_FLOW 64
#define HEAP_MIB_MIN 64

static struct rte_hash *positions;
static struct rte_meter_srtcm *meters;
static struct rte_meter_srtcm_profile profile;
static uint64_t table_bytes;

static void die(const char *what) {
  fprintf(stderr, "dpdk: %s failed\n", what);
  exit(1);
}

static void start_eal(uint64_t flows) {
  char mib[32];
  snprintf(mib, sizeof mib, "%llu", (unsigned long long)(HEAP_MIB_MIN + flows * HEAP_BYTES_PER_FLOW / (1 << 20)));
  char *arguments[] = {"dpdk",       "--no-huge",      "--no-pci",          "--no-shconf",
                       "--lcores=0", "--no-telemetry", "--log-level=error", "-m", mib};
  if (rte_eal_init(sizeof arguments / sizeof arguments[0], arguments) < 0) die("rte_eal_init");
}

/** RTE_METER_TB_PERIOD_MIN and the rule of rte_meter_get_tb_params, for our ticks instead of the time-stamp counter's. */
static void make_profile(const struct contract *contract) {
  const uint64_t shortest = 100;
  const double period = (double)TICKS_PER_SEC / (double)contract->cir_bytes_per_sec;
  const double bytes = period >= (double)shortest ? 1 : (double)shortest / period + 1;
  profile.cbs = contract->cbs_bytes;
  profile.ebs = contract->ebs_bytes;
  profile.cir_bytes_per_period = (uint64_t)bytes;
  profile.cir_period = (uint64_t)((double)TICKS_PER_SEC * (double)profile.cir_bytes_per_period /
                                  (double)contract->cir_bytes_per_sec);
}

void meter_create(uint64_t flows, unsigned line_bits, const struct contract *contract) {
  (void)line_bits;
  start_eal(flows);
  const struct rte_hash_parameters parameters = {.name = "flows",
                                                 .entries = (uint32_t)flows + (uint32_t)flows / 8 + 8,
                                                 .key_len = sizeof(uint64_t),
                                                 .hash_func = rte_hash_crc,
                                                 .hash_func_init_val = 0,
                                                 .socket_id = 0};
  positions = rte_hash_create(&parameters);
  if (positions == NULL) die("rte_hash_create");
  table_bytes = (uint64_t)parameters.entries * sizeof *meters;
  meters = zeroed(table_bytes);
  make_profile(contract);
}

/** The markers alone: rte_hash does not tell its size. */
uint64_t meter_table_bytes(void) { return table_bytes; }

static int32_t admit(uint64_t key, uint64_t now_ns) {
  const int32_t position = rte_hash_add_key(positions, &key);
  if (position < 0) die("rte_hash_add_key");
  // A key that comes twice among 64 packets is admitted once.
  if (meters[position].time == 0)
    meters[position] = (struct rte_meter_srtcm){.time = now_ns, .tc = profile.cbs, .te = profile.ebs};
  return position;
}

void meter_batch(const struct packets *packets, size_t from, size_t count, uint64_t later_ns, uint8_t *colors) {
  for (size_t first = 0; first < count; first += RTE_HASH_LOOKUP_BULK_MAX) {
    const size_t some = count - first < RTE_HASH_LOOKUP_BULK_MAX ? count - first : RTE_HASH_LOOKUP_BULK_MAX;
    const size_t at = from + first;
    const void *keys[RTE_HASH_LOOKUP_BULK_MAX];
    int32_t found[RTE_HASH_LOOKUP_BULK_MAX];
    for (size_t i = 0; i < some; i++) keys[i] = &packets->key[at + i];
    rte_hash_lookup_bulk(positions, keys, (uint32_t)some, found);
    for (size_t i = 0; i < some; i++) {
      if (found[i] >= 0) rte_prefetch0(&meters[found[i]]);
    }
    for (size_t i = 0; i < some; i++) {
      const uint64_t now_ns = packets->time[at + i] + later_ns;
      const int32_t position = found[i] >= 0 ? found[i] : admit(packets->key[at + i], now_ns);
      colors[first + i] =
          (uint8_t)rte_meter_srtcm_color_blind_check(&meters[position], &profile, now_ns, packets->length[at + i]);
    }
  }
  tally(colors, packets->length + from, count);
}
