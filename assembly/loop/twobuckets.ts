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
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  RULE_COLOR_MASK,
} from "../abi";
import { isSet } from "../config";
import { Bucket } from "../meter/bucket";
import { FITS_BOTH, TwoBuckets } from "../meter/twobuckets";
import { sideOf } from "../table/side";
import { Slot } from "../table/slot";
import { countOversize } from "./outcome";
import { endOfBlock, findPlaces, placeInTurn, Places } from "./places";

const BUCKET0: usize = PROFILE + PROFILE_BUCKET0;
const BUCKET1: usize = PROFILE + PROFILE_BUCKET1;

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
    // Everything is worked out once, before anything is stored: behind a store compilers read the profile again.
    const units0 = Bucket.units(BUCKET0, lengthBytes);
    const units1 = Bucket.units(BUCKET1, lengthBytes);
    const cost0 = Bucket.cost(BUCKET0, units0);
    const cost1 = Bucket.cost(BUCKET1, units1);
    const fitsBySize = TwoBuckets.fitsBySize(PROFILE, units0, units1);
    const elapsedNs = nowNs - slot.lastNs;
    const drained0 = Bucket.drained(BUCKET0, elapsedNs);
    const level0 = Bucket.lowered(slot.level, drained0);
    const level1 = TwoBuckets.second(PROFILE, slot, elapsedNs, drained0);
    const fits = fitsBySize & TwoBuckets.fitsBelow(PROFILE, level0, cost0, level1, cost1);
    const rule = TwoBuckets.rule(PROFILE, colorIn, fits);
    slot.lastNs = nowNs;
    slot.level = level0 + TwoBuckets.charged0(cost0, rule);
    slot.second = level1 + TwoBuckets.charged1(cost1, rule);
    store<u8>(i, rule & RULE_COLOR_MASK, BATCH + COLUMN_COLOR);
    if (fitsBySize != FITS_BOTH && TwoBuckets.isRedDrained(PROFILE, fitsBySize, colorIn)) countOversize(i);
  }
}

/** Color in of packet `i`; what is no color counts as red. */
export function colorOfArrival(i: u32): u32 {
  return min<u32>(load<u8>(i, BATCH + COLUMN_COLOR_IN), COLOR_RED);
}
