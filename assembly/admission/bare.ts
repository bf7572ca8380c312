/**
 * New flows that are a word in the table and nothing else, many at once: no record, nothing beside the slot, no level to
 * begin with, and a table that need not begin to grow for them. One by one (place.ts) each takes 10 ns more.
 */
import { CONFIG_RECORDS, PROFILE, STAT_FLOWS } from "../abi";
import { isSet } from "../config";
import { getStat, setStat } from "../stats";
import { isGrowing } from "../table/growth";
import { emptyIn, isCompact } from "../table/line";
import { findSlot, hasSide, Home, homeLine, takeSlot } from "../table/table";
import { hasInitialFill, isGrowthDue } from "./place";

/** Since `beginBare`. */
let admitted: u32 = 0;

/** True when the flows of a block may be asked for by `Bare.slotFor`. */
export function beginBare(): bool {
  admitted = 0;
  const areBare = !isSet(CONFIG_RECORDS) && !hasSide() && !hasInitialFill(PROFILE);
  return areBare && (isGrowing() || !isGrowthDue());
}

/** Counts those that were admitted. */
export function endBare(): void {
  setStat(STAT_FLOWS, getStat(STAT_FLOWS) + admitted);
}

export class Bare {
  /** The slot of a flow that was found nowhere near; a new flow is admitted. 0: PROBE_LINES_MAX lines are full. */
  @inline static slotFor(hash: u64): usize {
    const line = homeLine(hash);
    // Where it may have come since.
    const slot: usize = isCompact ? Home.slotOfFour(line, hash) : Home.slotIn(line, hash);
    if (slot != 0) return slot;
    const empty = emptyIn(line);
    if (empty == 0) return slotElsewhere(hash);
    store<u64>(empty, Home.word(hash));
    admitted++;
    return empty;
  }
}

function slotElsewhere(hash: u64): usize {
  const slot = findSlot(hash);
  if (slot != 0) return slot;
  const empty = takeSlot(hash);
  if (empty != 0) admitted++;
  return empty;
}
