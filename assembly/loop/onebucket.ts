/** The packet loop of meters with one bucket. */
import {
  BATCH,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_FLOW,
  COLUMN_LENGTH,
  CONFIG_COUNTS,
  PROFILE,
  PROFILE_BUCKET0,
} from "../abi";
import { isSet } from "../config";
import { Bucket } from "../meter/bucket";
import { Counts } from "../meter/counts";
import { Slot } from "../table/slot";
import { countOversize } from "./outcome";
import { endOfBlock, findPlaces, placeInTurn, Places } from "./places";

const BUCKET: usize = PROFILE + PROFILE_BUCKET0;

export function meterOneBucket(first: u32, end: u32): void {
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
  const counts = isSet(CONFIG_COUNTS);
  for (let i = first; i < end; i++) {
    const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
    const units = Bucket.units(BUCKET, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
    const slot = changetype<Slot>(Places.of(i));
    if (!counts) store<u32>(i << 2, <u32>slot.second, BATCH + COLUMN_FLOW);
    if (Bucket.isTooLarge(BUCKET, units)) {
      store<u8>(i, COLOR_RED, BATCH + COLUMN_COLOR);
      countOversize(i);
      if (counts) Counts.add(slot, true);
      continue;
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
