/** The packet loop of meters with one bucket whose flows are compact (table/line.ts). */
import {
  BATCH,
  BUCKET_DRAIN,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_LENGTH,
  PROFILE,
  PROFILE_BUCKET0,
} from "../abi";
import { Bucket } from "../meter/bucket";
import { epoch, Finish, isInSpan, moveEpoch } from "../meter/finish";
import { COMPACT_FINISH } from "../table/line";
import { countOversize } from "./outcome";
import { endOfBlock, findPlaces, placeInTurn, Places } from "./places";

const BUCKET: usize = PROFILE + PROFILE_BUCKET0;

export function meterCompact(first: u32, end: u32): void {
  for (let row = first; row < end;) {
    if (!isInSpan(clockAt(row))) moveEpoch(clockAt(row));
    const spanEnd = endOfSpan(row, end);
    meterSpan(row, spanEnd);
    row = spanEnd;
  }
}

/** The first row in [row, end) whose time needs another epoch than that of `row`. */
function endOfSpan(row: u32, end: u32): u32 {
  if (isInSpan(clockAt(end - 1))) return end;
  let next = row + 1;
  while (isInSpan(clockAt(next))) next++;
  return next;
}

function meterSpan(first: u32, end: u32): void {
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
  const epochNs = epoch();
  for (let i = first; i < end; i++) {
    const units = Bucket.units(BUCKET, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
    if (Bucket.isTooLarge(BUCKET, units)) {
      store<u8>(i, COLOR_RED, BATCH + COLUMN_COLOR);
      countOversize(i);
      continue;
    }
    const nowSteps = Finish.stepsAt(clockAt(i), epochNs, load<u64>(BUCKET, BUCKET_DRAIN));
    const slot = Places.of(i);
    const finish = Finish.of(slot);
    const level = Bucket.lowered(finish, nowSteps);
    const cost = Bucket.cost(BUCKET, units);
    const fits = Bucket.isBelow(BUCKET, level, cost);
    store<u64>(slot, select<u64>(nowSteps + level + cost, finish, fits), COMPACT_FINISH);
    store<u8>(i, select<u32>(COLOR_GREEN, COLOR_RED, fits), BATCH + COLUMN_COLOR);
  }
}

function clockAt(i: u32): u64 {
  return load<u64>(i << 3, BATCH + COLUMN_CLOCK);
}
