/** The packet loop of meters with one bucket. */
import {
  BATCH,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_FLOW,
  COLUMN_HASH,
  COLUMN_LENGTH,
  CONFIG_COUNTS,
  PROFILE,
  PROFILE_BUCKET0,
} from "../abi";
import { isSet } from "../config";
import { Bucket } from "../meter/bucket";
import { Counts } from "../meter/counts";
import { OneBucket } from "../meter/onebucket";
import { Slot } from "../table/slot";
import { beginLate, endLate, Late } from "./late";
import { BLOCK_PACKETS, countOversize, Locate, refuseUntracked, touchLines } from "./locate";

const BUCKET: usize = PROFILE + PROFILE_BUCKET0;

export function meterOneBucket(first: u32, end: u32): void {
  for (let block = first; block < end; block += BLOCK_PACKETS) {
    const blockEnd = min(block + BLOCK_PACKETS, end);
    touchLines(BATCH + COLUMN_HASH, block, blockEnd);
    meterBlock(block, blockEnd);
  }
}

function meterBlock(first: u32, end: u32): void {
  const counts = isSet(CONFIG_COUNTS);
  const lateCount = beginLate() ? meterNear(first, end, counts) : Late.putAll(first, end);
  meterLate(lateCount, counts);
  endLate();
}

/** Meters the packets that go the usual way, without a call in the loop, and answers how many do not. */
function meterNear(first: u32, end: u32, counts: bool): u32 {
  let lateCount: u32 = 0;
  for (let i = first; i < end; i++) {
    const address = Locate.near(i);
    if (address == 0) {
      Late.put(i, lateCount++);
      continue;
    }
    Packet.meter(i, changetype<Slot>(address), counts);
  }
  return lateCount;
}

/** Meters the packets off that way, in their order. */
function meterLate(lateCount: u32, counts: bool): void {
  for (let k: u32 = 0; k < lateCount; k++) {
    const i = Late.row(k);
    const address = Locate.slot(i, load<u64>(i << 3, BATCH + COLUMN_CLOCK));
    if (address == 0) {
      refuseUntracked(i);
      continue;
    }
    Packet.meter(i, changetype<Slot>(address), counts);
  }
}

class Packet {
  @inline static meter(i: u32, slot: Slot, counts: bool): void {
    const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
    const units = Bucket.units(BUCKET, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
    if (!counts) store<u32>(i << 2, <u32>slot.second, BATCH + COLUMN_FLOW);
    if (Bucket.isTooLarge(BUCKET, units)) {
      // Drained to now, which changes nothing: evict.ts has to see that the flow was there.
      OneBucket.refresh(PROFILE, slot, nowNs);
      store<u8>(i, COLOR_RED, BATCH + COLUMN_COLOR);
      countOversize(i);
      if (counts) Counts.add(slot, true);
      return;
    }
    const level = Bucket.lowered(slot.level, Bucket.drained(BUCKET, nowNs - slot.lastNs));
    const cost = Bucket.cost(BUCKET, units);
    const fits = Bucket.isBelow(BUCKET, level, cost);
    if (counts) Counts.add(slot, !fits);
    slot.lastNs = nowNs;
    slot.level = select<u64>(level + cost, level, fits);
    store<u8>(i, select<u32>(COLOR_GREEN, COLOR_RED, fits), BATCH + COLUMN_COLOR);
  }
}
