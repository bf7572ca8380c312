/** The packet loop of any shaper, with every output: departures, delays until a drop would fit, reasons, levels. */
import {
  BATCH,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_DELAY,
  COLUMN_FLOW,
  COLUMN_LENGTH,
  COLUMN_LEVEL0,
  COLUMN_LEVEL1,
  COLUMN_REASON,
  CONFIG_DELAYS,
  CONFIG_LEVELS,
  CONFIG_RECORDS,
  PROFILE,
  REASON_NONE,
  REASON_UNTRACKED,
} from "../abi";
import { recordOf } from "../admission/evict";
import { isSet } from "../config";
import { DELAY_NEVER } from "../meter/bucket";
import { Departure } from "../shape/departure";
import { fetchRings } from "../shape/fetch";
import { delayOfDropped, levelOf, offerTo, plainUnitsMax, queueWordOf, shapePlain, waitingOf } from "../shape/kernels";
import { isPoolLarge } from "../shape/pool";
import { Ring } from "../shape/ring";
import { BLOCK_MAX } from "../shape/room";
import { Slot } from "../table/slot";
import { findPlaces, placeInTurn, Places } from "./places";

export function shapeAny(count: u32): void {
  for (let first: u32 = 0; first < count; first += BLOCK_MAX) {
    const end = min(first + BLOCK_MAX, count);
    shapeBlock(first, end);
  }
}

function shapeBlock(first: u32, end: u32): void {
  const unitsMax = plainUnitsMax(PROFILE, load<u64>((end - 1) << 3, BATCH + COLUMN_CLOCK));
  if (findPlaces(first, end)) return shapePlaced(first, end, unitsMax);
  for (let i = first; i < end; i++) {
    if (placeInTurn(i)) {
      shapePlaced(i, i + 1, unitsMax);
    } else {
      Departure.putNone(i);
      putUntracked(i);
    }
  }
}

/** Packets [first, end), whose places were found. */
function shapePlaced(first: u32, end: u32, unitsMax: u64): void {
  if (isSet(CONFIG_RECORDS)) {
    for (let i = first; i < end; i++) {
      store<u32>(i << 2, recordOf(changetype<Slot>(Places.of(i))), BATCH + COLUMN_FLOW);
    }
  }
  if (isPoolLarge()) fetchRings(first, end);
  const fillsMore = isSet(CONFIG_DELAYS) || isSet(CONFIG_LEVELS);
  for (let i = first; i < end; i++) {
    // Who has a ring is known not to be plain.
    if (!fillsMore && !Ring.is(queueWordOf(PROFILE, Places.of(i)))) i = shapePlain(PROFILE, i, end, unitsMax);
    if (i == end) return;
    const slot = changetype<Slot>(Places.of(i));
    const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
    const lengthBytes = load<u32>(i << 2, BATCH + COLUMN_LENGTH);
    const reason = offerTo(PROFILE, slot, i, nowNs, lengthBytes);
    store<u8>(i, select<u32>(COLOR_GREEN, COLOR_RED, reason == REASON_NONE), BATCH + COLUMN_COLOR);
    if (fillsMore) putOutcome(i, slot, nowNs, lengthBytes, reason);
  }
}

function putUntracked(i: u32): void {
  if (isSet(CONFIG_DELAYS)) putDelay(i, REASON_UNTRACKED, DELAY_NEVER);
  if (isSet(CONFIG_LEVELS)) putLevels(i, 0, 0);
}

function putOutcome(i: u32, slot: Slot, nowNs: u64, lengthBytes: u32, reason: u32): void {
  if (isSet(CONFIG_DELAYS)) {
    const departs = reason == REASON_NONE;
    putDelay(i, reason, departs ? 0 : delayOfDropped(PROFILE, slot, nowNs, lengthBytes, reason));
  }
  if (isSet(CONFIG_LEVELS)) putLevels(i, levelOf(PROFILE, slot), waitingOf(PROFILE, changetype<usize>(slot)));
}

function putDelay(i: u32, reason: u32, delayNs: u64): void {
  store<u8>(i, reason, BATCH + COLUMN_REASON);
  store<u64>(i << 3, delayNs, BATCH + COLUMN_DELAY);
}

function putLevels(i: u32, level: u64, waiting: u64): void {
  store<u64>(i << 3, level, BATCH + COLUMN_LEVEL0);
  store<u64>(i << 3, waiting, BATCH + COLUMN_LEVEL1);
}
