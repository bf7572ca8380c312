/** The packet loop of any shaper, with every output: departures, delays until a drop would fit, reasons, levels. */
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
  COLUMN_LEVEL0,
  COLUMN_LEVEL1,
  COLUMN_REASON,
  CONFIG_DELAYS,
  CONFIG_LEVELS,
  CONFIG_RECORDS,
  PROFILE,
  REASON_NONE,
  REASON_OVERSIZE,
  REASON_MEMORY_FULL,
  REASON_UNTRACKED,
} from "../abi";
import { STAT_UNQUEUED_BYTES, STAT_UNQUEUED_PACKETS } from "../abi/shaper";
import { recordOf } from "../admission/evict";
import { isSet } from "../config";
import { DELAY_NEVER } from "../meter/bucket";
import { Departure } from "../shape/departure";
import { fetchQueues } from "../shape/fetch";
import { delayOfDropped, hasQueue, offer, waitingOf } from "../shape/kernels";
import { addStat } from "../stats";
import { Slot } from "../table/slot";
import { BLOCK_PACKETS, countOversize, Locate, refuseUntracked, touchLines } from "./locate";

export function shapeAny(count: u32): void {
  for (let first: u32 = 0; first < count; first += BLOCK_PACKETS) {
    const end = min(first + BLOCK_PACKETS, count);
    touchLines(BATCH + COLUMN_HASH, first, end);
    if (hasQueue(PROFILE)) fetchQueues(PROFILE, first, end);
    shapeBlock(first, end);
  }
}

function shapeBlock(first: u32, end: u32): void {
  const fillsDelays = isSet(CONFIG_DELAYS);
  const fillsLevels = isSet(CONFIG_LEVELS);
  const keepsRecords = isSet(CONFIG_RECORDS);
  for (let i = first; i < end; i++) shapePacket(i, fillsDelays, fillsLevels, keepsRecords);
}

function shapePacket(i: u32, fillsDelays: bool, fillsLevels: bool, keepsRecords: bool): void {
  const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
  const address = Locate.slot(i, nowNs);
  if (address == 0) {
    refuseUntracked(i);
    Departure.putNone(i);
    if (fillsDelays) putOutcome(i, REASON_UNTRACKED, DELAY_NEVER);
    if (fillsLevels) putLevels(i, 0, 0);
    return;
  }
  const slot = changetype<Slot>(address);
  const lengthBytes = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
  if (keepsRecords) store<u32>(i << 2, recordOf(slot), BATCH + COLUMN_FLOW);
  const reason = offer(PROFILE, slot, i, nowNs, lengthBytes);
  const departs = reason == REASON_NONE;
  if (reason == REASON_OVERSIZE) countOversize(i);
  if (reason == REASON_MEMORY_FULL) countUnqueued(i);
  store<u8>(i, select<u32>(COLOR_GREEN, COLOR_RED, departs), BATCH + COLUMN_COLOR);
  if (fillsDelays) putOutcome(i, reason, departs ? 0 : delayOfDropped(PROFILE, slot, nowNs, lengthBytes, reason));
  if (fillsLevels) putLevels(i, slot.level, waitingOf(PROFILE, slot));
}

/** As many packets wait as there is room for. */
function countUnqueued(i: u32): void {
  addStat(STAT_UNQUEUED_PACKETS, 1);
  addStat(STAT_UNQUEUED_BYTES, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
}

function putOutcome(i: u32, reason: u32, delayNs: u64): void {
  store<u8>(i, reason, BATCH + COLUMN_REASON);
  store<u64>(i << 3, delayNs, BATCH + COLUMN_DELAY);
}

function putLevels(i: u32, level: u64, waiting: u64): void {
  store<u64>(i << 3, level, BATCH + COLUMN_LEVEL0);
  store<u64>(i << 3, waiting, BATCH + COLUMN_LEVEL1);
}
