/** THE packet loop: hash -> slot -> clock -> bucket -> color, over the batch columns at constant addresses. */
import {
  BATCH,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_DELAY,
  COLUMN_FLOW,
  COLUMN_HASH,
  COLUMN_LENGTH,
  COLUMN_TIME,
  COLUMN_USER_KEY,
  CONFIG_DELAYS,
  CONFIG_RECORDS,
  RECORD_UNTRACKED,
  SLOT_BYTES,
  STAT_OVERSIZE_BYTES,
  STAT_OVERSIZE_PACKETS,
  STAT_UNTRACKED_BYTES,
  STAT_UNTRACKED_PACKETS,
} from "./abi";
import { isSet } from "./config";
import { slotFor } from "./admission";
import { advanceClock } from "./clock";
import { conform, DELAY_NEVER, delayUntil, isOversize, unitsOf } from "./meter/bucket";
import { accountUpTo, beginAccounts, recordAt } from "./records";
import { siphash } from "./siphash";
import { addStat } from "./stats";
import { continueGrowth, isGrowing } from "./table/growth";
import { tally } from "./tally";
import { DISPLACEMENT_ONE, LOW_HASH_MASK, Slot, TOUCH_BYTE } from "./table/slot";
import { homeLine } from "./table/table";

/**
 * Packets between the touch of a line and its use. A blind one-byte store starts the line's way into the cache and
 * retires at once; a load would hold the reorder buffer. The store buffer bounds the distance (ARCHITECTURE.md).
 */
const TOUCH_AHEAD: u32 = 16;

/** Meters the first `count` packets of the batch columns: time, length and integer key are the caller's. */
export function run(count: u32): void {
  prepareBatch(count);
  meterBatch(count);
}

/** Fills the clock and hash columns of a batch whose times and integer keys the caller wrote. */
function prepareBatch(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(i << 3, siphash(BATCH + COLUMN_USER_KEY + (i << 3), 8), BATCH + COLUMN_HASH);
    store<u64>(i << 3, advanceClock(load<u64>(i << 3, BATCH + COLUMN_TIME)), BATCH + COLUMN_CLOCK);
  }
}

/** Meters the first `count` packets of the batch, whose hash and clock columns are filled. */
export function meterBatch(count: u32): void {
  if (isGrowing()) continueGrowth();
  beginAccounts();
  if (!isSet(CONFIG_DELAYS)) meterPackets<void>(count);
  else meterPackets<u64>(count);
  if (isSet(CONFIG_RECORDS)) accountUpTo(count);
  tally(count);
}

/** `Delay` is void, or u64 to fill the delay column: chosen once a batch, not once a packet. */
function meterPackets<Delay>(count: u32): void {
  const keepsRecords = isSet(CONFIG_RECORDS);
  for (let i: u32 = 0; i < count; i++) {
    // Past the end of the batch this reads old hashes or other columns: any value names a line of the table.
    store<u8>(homeLine(load<u64>(i << 3, BATCH + COLUMN_HASH + (TOUCH_AHEAD << 3))) + TOUCH_BYTE, 0);
    const hash = load<u64>(i << 3, BATCH + COLUMN_HASH);
    const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
    const units = unitsOf(load<u32>(i << 2, BATCH + COLUMN_LENGTH));
    const line = homeLine(hash);
    const word = (hash & LOW_HASH_MASK) + DISPLACEMENT_ONE;
    // Both slots compared without a branch; then one branch that is almost always taken.
    const first = load<u64>(line) == word;
    const second = load<u64>(line, SLOT_BYTES) == word;
    let address: usize = line + ((<usize>second) << 5);
    if (!((<u32>first) | (<u32>second))) {
      address = slotFor(hash, i, nowNs);
      if (address == 0) {
        refuseUntracked(i);
        if (!isVoid<Delay>()) putDelay(i, DELAY_NEVER);
        continue;
      }
    }
    const slot = changetype<Slot>(address);
    const record = slot.record;
    store<u32>(i << 2, record, BATCH + COLUMN_FLOW);
    if (keepsRecords) store<u8>(recordAt(record) + TOUCH_BYTE, 0);
    if (isOversize(units)) {
      refuseOversize(i);
      if (!isVoid<Delay>()) putDelay(i, DELAY_NEVER);
      continue;
    }
    const conforms = conform(slot, nowNs, units);
    store<u8>(i, select<u32>(COLOR_GREEN, COLOR_RED, conforms), BATCH + COLUMN_COLOR);
    if (!isVoid<Delay>()) putDelay(i, conforms ? 0 : delayUntil(slot, units));
  }
}

function putDelay(i: u32, delayNs: u64): void {
  store<u64>(i << 3, delayNs, BATCH + COLUMN_DELAY);
}

function refuseOversize(i: u32): void {
  store<u8>(i, COLOR_RED, BATCH + COLUMN_COLOR);
  addStat(STAT_OVERSIZE_PACKETS, 1);
  addStat(STAT_OVERSIZE_BYTES, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
}

function refuseUntracked(i: u32): void {
  store<u8>(i, COLOR_RED, BATCH + COLUMN_COLOR);
  store<u32>(i << 2, RECORD_UNTRACKED, BATCH + COLUMN_FLOW);
  addStat(STAT_UNTRACKED_PACKETS, 1);
  addStat(STAT_UNTRACKED_BYTES, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
}
