/** Columns that only policies of classes have, one set for each slot of a path: hash, record, and the caller's keys. */
import { BATCH_PACKETS_MAX, PATH_NODES_MAX, PATH_SLOTS_MAX } from "../abi";
import { allocateZeroed } from "../arena";

/** One cache line more each: columns read at the same index must not alias in the L1 cache, and touches read ahead. */
const HASH_BYTES: u32 = BATCH_PACKETS_MAX * 8 + 192;
const RECORD_BYTES: u32 = BATCH_PACKETS_MAX * 4 + 64;
const KEY_BYTES: u32 = BATCH_PACKETS_MAX * 8 + 64;

let base: usize = 0;

/** Makes the columns. False when memory does not suffice. */
export function createPathColumns(): bool {
  base = allocateZeroed((HASH_BYTES + RECORD_BYTES) * PATH_SLOTS_MAX + KEY_BYTES * (PATH_NODES_MAX - 1));
  return base != 0;
}

/** u64 a packet: hash of the packet's key at path slot `k`. */
export function hashColumn(k: u32): usize {
  return base + k * HASH_BYTES;
}

/** u32 a packet: record at path slot `k`, 0 for none. */
export function recordColumn(k: u32): usize {
  return base + PATH_SLOTS_MAX * HASH_BYTES + k * RECORD_BYTES;
}

/** u64 a packet: the caller's key of the path's node `node`, from 1 (the leaf's is COLUMN_USER_KEY). */
export function nodeKeyColumn(node: u32): usize {
  return base + PATH_SLOTS_MAX * (HASH_BYTES + RECORD_BYTES) + (node - 1) * KEY_BYTES;
}
