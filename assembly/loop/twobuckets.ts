/** The packet loop of meters with two buckets: markers, dual buckets, all-or-none pairs. */
import {
  BATCH,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_COLOR_IN,
  COLUMN_FLOW,
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
import { countOversize } from "./outcome";
import { endOfBlock, findPlaces, placeInTurn, Places } from "./places";

const FITS_BOTH: u32 = 3;

export function meterTwoBuckets(first: u32, end: u32): void {
  for (let block = first; block < end; block = endOfBlock(block, end)) {
    const blockEnd = endOfBlock(block, end);
    if (findPlaces(block, blockEnd)) {
      meterPlaced(block, blockEnd);
      continue;
    }
    for (let i = block; i < blockEnd; i++) {
      if (placeInTurn(i)) meterPlaced(i, i + 1);
    }
  }
}

/** Packets [first, end), whose places were found. */
function meterPlaced(first: u32, end: u32): void {
  const keepsRecords = isSet(CONFIG_RECORDS);
  for (let i = first; i < end; i++) {
    const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
    const lengthBytes = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
    const colorIn = colorOfArrival(i);
    const address = Places.of(i);
    if (keepsRecords) store<u32>(i << 2, load<u32>(sideOf(address)), BATCH + COLUMN_FLOW);
    const slot = changetype<Slot>(address);
    TwoBuckets.refresh(PROFILE, slot, nowNs);
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
