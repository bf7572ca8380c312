/* Records of a classic capture to batches of hashes, clocks and lengths, for file.c. */
#ifndef WEIR_BENCH_DECODE_H
#define WEIR_BENCH_DECODE_H

#include "hash.h"
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_HEADER_BYTES 16
/** The part of a record that a piece ends in; longer records are none of the usual ones. */
#define REST_BYTES_MAX (64u << 10)

/** The words of a key: its bytes, and its length in the top byte, as SipHash takes them. */
#define WORDS_4 2
#define WORDS_6 5
#define BYTES_4 13
#define BYTES_6 37

/** The secret of bench/replaycase.ts. */
static const uint64_t secret0 = 2ull << 32 | 1, secret1 = 4ull << 32 | 3;

/** Hashes have room for those that are fetched ahead of the last packet. */
struct batch {
  size_t count;
  uint64_t clocks[BATCH_PACKETS];
  uint64_t hashes[BATCH_PACKETS + AHEAD];
  uint32_t lengths[BATCH_PACKETS];
};

/** Keys of one length, a column for each word: gcc hashes as many side by side as its vectors hold. */
struct keys {
  size_t count;
  uint64_t words[WORDS_6][BATCH_PACKETS];
  uint64_t hashes[BATCH_PACKETS];
  uint32_t packets[BATCH_PACKETS];
};

static uint64_t newest_ns;
static struct keys keys_4, keys_6;

static void die(const char *what) {
  fprintf(stderr, "file: %s\n", what);
  exit(1);
}

/** SipHash-1-3 of so many words; a constant once it is inlined, so that the loop over packets is the innermost. */
static inline __attribute__((always_inline)) void hash_keys(struct batch *batch, struct keys *keys, int words) {
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
  for (size_t i = 0; i < count; i++) batch->hashes[keys->packets[i]] = keys->hashes[i];
  keys->count = 0;
}

static __attribute__((noinline)) void hash_keys_4(struct batch *batch) { hash_keys(batch, &keys_4, WORDS_4); }
static __attribute__((noinline)) void hash_keys_6(struct batch *batch) { hash_keys(batch, &keys_6, WORDS_6); }

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
static inline void add_key_4(const uint8_t *frame, size_t packet) {
  const size_t at = keys_4.count++;
  keys_4.words[0][at] = long_at(frame + 26);
  keys_4.words[1][at] = word_at(frame + 34) | (uint64_t)frame[23] << 32 | (uint64_t)BYTES_4 << 56;
  keys_4.packets[at] = (uint32_t)packet;
}

static inline void add_key_6(const uint8_t *frame, size_t packet) {
  const size_t at = keys_6.count++;
  for (int word = 0; word < 4; word++) keys_6.words[word][at] = long_at(frame + 22 + 8 * word);
  keys_6.words[4][at] = word_at(frame + 54) | (uint64_t)frame[20] << 32 | (uint64_t)BYTES_6 << 56;
  keys_6.packets[at] = (uint32_t)packet;
}

static inline void add_key(const uint8_t *frame, uint32_t captured, size_t packet) {
  const uint32_t type = captured < 38 ? 0 : net_short_at(frame + 12);
  const int is_whole = (net_short_at(frame + 20) & 0x3fff) == 0;
  if (type == 0x0800 && ((frame[14] == 0x45) & is_whole & has_ports(frame[23]))) {
    add_key_4(frame, packet);
  } else if (type == 0x86dd && captured >= 58 && has_ports(frame[20])) {
    add_key_6(frame, packet);
  } else {
    die("a frame that is not Ethernet, IPv4 without options or IPv6, whole, TCP or UDP");
  }
}

/** Adds the whole records from `record` on until the batch is full. Answers where the rest begins. */
static const uint8_t *decode_records(struct batch *batch, const uint8_t *record, const uint8_t *end) {
  size_t count = batch->count;
  while (count < BATCH_PACKETS && end - record >= RECORD_HEADER_BYTES) {
    const uint32_t captured = word_at(record + 8);
    const uint8_t *frame = record + RECORD_HEADER_BYTES;
    if (captured > REST_BYTES_MAX - RECORD_HEADER_BYTES) die("a record that is too long");
    if (end - frame < (ptrdiff_t)captured) break;
    add_key(frame, captured, count);
    const uint64_t time_ns = word_at(record) * 1000000000ull + word_at(record + 4) * 1000ull;
    newest_ns = time_ns > newest_ns ? time_ns : newest_ns;
    batch->clocks[count] = newest_ns;
    batch->lengths[count] = word_at(record + 12);
    record = frame + captured;
    count++;
  }
  batch->count = count;
  return record;
}

static void hash_batch(struct batch *batch) {
  hash_keys_4(batch);
  hash_keys_6(batch);
}

#endif
