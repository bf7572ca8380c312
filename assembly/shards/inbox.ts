/**
 * A batch of which each of several cores meters the packets of its own flows. Which flows are whose a hash of their
 * keys tells, under the secret: who knows it not cannot send all flows to one core.
 */
import {
  BATCH,
  COLUMN_CLOCK,
  COLUMN_COLOR_IN,
  COLUMN_LENGTH,
  COLUMN_TIME,
  COLUMN_USER_KEY,
  CONFIG_SECRET1,
  STAT_NEWEST,
  STAT_REGRESSIONS,
} from "../abi";
import {
  INBOX_BYTES,
  INBOX_CLOCK,
  INBOX_COLOR_IN,
  INBOX_KEY,
  INBOX_LENGTH,
  INBOX_ROWS,
  INBOX_TIME,
} from "../abi/shards";
import { allocateZeroed } from "../arena";
import { setting } from "../config";
import { addStat, getStat, setStat } from "../stats";

/** 2^64 / golden ratio: spreads keys that differ in few bits (Knuth, multiplicative hashing). */
const SPREAD: u64 = 0x9e3779b97f4a7c15;

let inbox: usize = 0;

/** Makes the columns. Their address, or 0 when memory does not suffice. */
export function createInbox(): usize {
  inbox = allocateZeroed(INBOX_BYTES);
  return inbox;
}

/**
 * Lists those of the first `count` packets that are core `shard`'s of `shards`, and their clocks, which all packets
 * move on. Answers how many they are. Without a branch on whose a packet is: that cannot be predicted.
 */
export function selectRows(count: u32, shard: u32, shards: u32): u32 {
  const secret = setting(CONFIG_SECRET1);
  let newestNs = getStat(STAT_NEWEST);
  let regressions: u64 = 0;
  let own: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const from = inbox + (row << 3);
    const timeNs = load<u64>(from, INBOX_TIME);
    regressions += <u64>(timeNs < newestNs);
    newestNs = select<u64>(newestNs, timeNs, timeNs < newestNs);
    // In place, whoever it belongs to: the next packet overwrites it if it is another core's.
    store<u16>(inbox + (own << 1), <u16>row, INBOX_ROWS);
    store<u64>(inbox + (own << 3), newestNs, INBOX_CLOCK);
    own += <u32>(shardOf(load<u64>(from, INBOX_KEY) ^ secret, shards) == shard);
  }
  setStat(STAT_NEWEST, newestNs);
  addStat(STAT_REGRESSIONS, regressions);
  return own;
}

/** Copies packets `first` to `first + count` of those selected into the batch, with their clocks (`runClocked`). */
export function gatherRows(first: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u16>(inbox + ((first + i) << 1), INBOX_ROWS);
    const pair = inbox + (row << 3);
    store<u64>(i << 3, load<u64>(pair, INBOX_TIME), BATCH + COLUMN_TIME);
    store<u64>(i << 3, load<u64>(pair, INBOX_KEY), BATCH + COLUMN_USER_KEY);
    store<u64>(i << 3, load<u64>(inbox + ((first + i) << 3), INBOX_CLOCK), BATCH + COLUMN_CLOCK);
    store<u32>(i << 2, load<u32>(inbox + (row << 2), INBOX_LENGTH), BATCH + COLUMN_LENGTH);
    store<u8>(i, load<u8>(inbox + row, INBOX_COLOR_IN), BATCH + COLUMN_COLOR_IN);
  }
}

function shardOf(key: u64, shards: u32): u32 {
  const mixed = (key ^ (key >>> 32)) * SPREAD;
  return <u32>(((mixed >>> 32) * <u64>shards) >>> 32);
}
