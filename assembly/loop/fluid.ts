/** The packet loop of the fluid leaky bucket as a queue. */
import {
  BATCH,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_FLOW,
  COLUMN_LENGTH,
  PROFILE,
  REASON_NONE,
  REASON_OVERSIZE,
} from "../abi";
import { Departure } from "../shape/departure";
import { Fluid } from "../shape/fluid";
import { Slot } from "../table/slot";
import { countOversize } from "./outcome";
import { endOfBlock, findPlaces, placeInTurn, Places } from "./places";

export function shapeFluid(count: u32): void {
  for (let first: u32 = 0; first < count; first = endOfBlock(first, count)) {
    const end = endOfBlock(first, count);
    if (findPlaces(first, end)) {
      shapePlaced(first, end);
      continue;
    }
    for (let i = first; i < end; i++) {
      if (placeInTurn(i)) shapePlaced(i, i + 1);
      else Departure.putNone(i);
    }
  }
}

/** Packets [first, end), whose places were found. */
function shapePlaced(first: u32, end: u32): void {
  for (let i = first; i < end; i++) {
    const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
    const slot = changetype<Slot>(Places.of(i));
    store<u32>(i << 2, <u32>slot.second, BATCH + COLUMN_FLOW);
    const reason = Fluid.offer(PROFILE, slot, i, nowNs, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
    if (reason == REASON_OVERSIZE) countOversize(i);
    store<u8>(i, select<u32>(COLOR_GREEN, COLOR_RED, reason == REASON_NONE), BATCH + COLUMN_COLOR);
  }
}
