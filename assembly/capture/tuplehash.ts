/**
 * Hashes of 5-tuples, many together: keys wait by blocks, in columns as `hashLanes` takes them, while they are in the
 * nearest cache.
 */
import { COLUMN_HASH, COLUMN_KEY, KEY_BYTES } from "../abi";
import { siphash } from "../siphash";
import { hashLanes, LANES_COLUMN_BYTES } from "../siphashlanes";

/** Canonical key bytes (abi.ts). */
export const FIVE4_BYTES: u32 = 13;
export const FIVE6_BYTES: u32 = 37;
/** The only node of a policy of one meter. */
const NO_SALT: u32 = 0;
/** Whole blocks of a key: its addresses. Its end are ports and protocol. */
const WORDS4: u32 = 1;
const WORDS6: u32 = 4;
const END4: u64 = (<u64>FIVE4_BYTES) << 56;
const END6: u64 = (<u64>FIVE6_BYTES) << 56;

const WAITING_MAX: u32 = 96;
const ROW_BYTES: usize = 4;
const BLOCK_BYTES: usize = 8;
const COLUMN_BYTES: usize = LANES_COLUMN_BYTES;
if (COLUMN_BYTES / BLOCK_BYTES != WAITING_MAX) ERROR("a column must have a block of each key that waits");

/** Rows of the keys that wait, 32 bits each. */
const rows4 = memory.data(WAITING_MAX * 4, 4);
const rows6 = memory.data(WAITING_MAX * 4, 4);
/** Columns of their blocks: of addresses, then of ends. */
const blocks4 = memory.data(WAITING_MAX * 8 * 2, 16);
const blocks6 = memory.data(WAITING_MAX * 8 * 5, 16);
const hashes = memory.data(WAITING_MAX * 8, 16);
let count4: u32 = 0;
let count6: u32 = 0;

/** Row `row` of `columns` waits with a key of IPv4: `addresses` and `ports`, the protocol in byte 4. */
export function waitForHash4(columns: usize, row: u32, addresses: u64, ports: u64): void {
  const block = blocks4 + count4 * BLOCK_BYTES;
  store<u64>(block, addresses);
  store<u64>(block, ports | END4, COLUMN_BYTES);
  store<u32>(rows4 + count4 * ROW_BYTES, row);
  if (++count4 == WAITING_MAX) hashWaiting4(columns);
}

/** The same of IPv6, whose addresses are at `addresses`. */
export function waitForHash6(columns: usize, row: u32, addresses: usize, ports: u64): void {
  const block = blocks6 + count6 * BLOCK_BYTES;
  store<u64>(block, load<u64>(addresses));
  store<u64>(block, load<u64>(addresses, 8), COLUMN_BYTES);
  store<u64>(block, load<u64>(addresses, 16), 2 * COLUMN_BYTES);
  store<u64>(block, load<u64>(addresses, 24), 3 * COLUMN_BYTES);
  store<u64>(block, ports | END6, 4 * COLUMN_BYTES);
  store<u32>(rows6 + count6 * ROW_BYTES, row);
  if (++count6 == WAITING_MAX) hashWaiting6(columns);
}

/** Hashes all keys that wait; called before `columns` are read. */
export function hashWaiting(columns: usize): void {
  hashWaiting4(columns);
  hashWaiting6(columns);
}

function hashWaiting4(columns: usize): void {
  if (ASC_FEATURE_SIMD) hashBlocks(columns, rows4, blocks4, WORDS4, count4);
  else hashKeys(columns, rows4, FIVE4_BYTES, count4);
  count4 = 0;
}

function hashWaiting6(columns: usize): void {
  if (ASC_FEATURE_SIMD) hashBlocks(columns, rows6, blocks6, WORDS6, count6);
  else hashKeys(columns, rows6, FIVE6_BYTES, count6);
  count6 = 0;
}

function hashBlocks(columns: usize, rows: usize, blocks: usize, words: u32, count: u32): void {
  hashLanes(blocks, words, blocks + words * COLUMN_BYTES, true, hashes, count);
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + i * ROW_BYTES);
    store<u64>(columns + (row << 3), load<u64>(hashes + i * BLOCK_BYTES), COLUMN_HASH);
  }
}

/** Without vectors: of the keys in their column. */
function hashKeys(columns: usize, rows: usize, bytes: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + i * ROW_BYTES);
    const hash = siphash(columns + row * KEY_BYTES + COLUMN_KEY, bytes, NO_SALT);
    store<u64>(columns + (row << 3), hash, COLUMN_HASH);
  }
}
