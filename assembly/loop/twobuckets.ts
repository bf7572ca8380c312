/** The packet loop of meters with two buckets: markers, dual buckets, all-or-none pairs. */
import {
  BATCH,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_COLOR_IN,
  COLUMN_FLOW,
  COLUMN_HASH,
  COLUMN_LENGTH,
  CONFIG_RECORDS,
  COLOR_RED,
  PROFILE,
  RULE_COLOR_MASK,
} from "../abi";
import { isSet } from "../config";
import { TwoBuckets } from "../meter/twobuckets";
import { sideOf } from "../table/side";
import { Slot } from "../table/slot";
import { beginLate, endLate, Late } from "./late";
import { BLOCK_PACKETS, countOversize, Locate, refuseUntracked, touchLines } from "./locate";

const FITS_BOTH: u32 = 3;

export function meterTwoBuckets(first: u32, end: u32): void {
  for (let block = first; block < end; block += BLOCK_PACKETS) {
    const blockEnd = min(block + BLOCK_PACKETS, end);
    touchLines(BATCH + COLUMN_HASH, block, blockEnd);
    meterBlock(block, blockEnd);
  }
}

function meterBlock(first: u32, end: u32): void {
  const keepsRecords = isSet(CONFIG_RECORDS);
  const lateCount = beginLate() ? meterNear(first, end, keepsRecords) : Late.putAll(first, end);
  meterLate(lateCount, keepsRecords);
  endLate();
}

/** Meters the packets that go the usual way, without a call in the loop, and answers how many do not. */
function meterNear(first: u32, end: u32, keepsRecords: bool): u32 {
  let lateCount: u32 = 0;
  for (let i = first; i < end; i++) {
    const address = Locate.near(i);
    if (address == 0) {
      Late.put(i, lateCount++);
      continue;
    }
    Packet.meter(i, address, keepsRecords);
  }
  return lateCount;
}

/** Meters the packets off that way, in their order. */
function meterLate(lateCount: u32, keepsRecords: bool): void {
  for (let k: u32 = 0; k < lateCount; k++) {
    const i = Late.row(k);
    const address = Locate.slot(i, load<u64>(i << 3, BATCH + COLUMN_CLOCK));
    if (address == 0) refuseUntracked(i);
    else Packet.meter(i, address, keepsRecords);
  }
}

class Packet {
  @inline static meter(i: u32, address: usize, keepsRecords: bool): void {
    const lengthBytes = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
    const colorIn = colorOfArrival(i);
    if (keepsRecords) store<u32>(i << 2, load<u32>(sideOf(address)), BATCH + COLUMN_FLOW);
    const slot = changetype<Slot>(address);
    TwoBuckets.refresh(PROFILE, slot, load<u64>(i << 3, BATCH + COLUMN_CLOCK));
    const rule = TwoBuckets.judge(PROFILE, slot, lengthBytes, colorIn);
    TwoBuckets.charge(PROFILE, slot, lengthBytes, rule);
    store<u8>(i, rule & RULE_COLOR_MASK, BATCH + COLUMN_COLOR);
    if (TwoBuckets.fitsDrained(PROFILE, lengthBytes) != FITS_BOTH) {
      if (TwoBuckets.isOversize(PROFILE, lengthBytes, colorIn)) countOversize(i);
    }
  }
}

/** Color in of packet `i`; what is no color counts as red. */
export function colorOfArrival(i: u32): u32 {
  return min<u32>(load<u8>(i, BATCH + COLUMN_COLOR_IN), COLOR_RED);
}
