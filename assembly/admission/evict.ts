/** Making room: drained flows are dropped, which no later packet can notice. */
import {
  CONFIG_CLASSES,
  CONFIG_RECORDS,
  KERNEL_WEIGHTED,
  PROFILE,
  PROFILE_KERNEL,
  RECORD_UNTRACKED,
  SLOT_BYTES,
  STAT_FLOWS,
} from "../abi";
import { isSet, setting } from "../config";
import { refresh } from "../meter/kernels";
import { isActive } from "../weighted/flow";
import { advanceGroup } from "../weighted/group";
import { entryAddress, isKept, profileOf } from "../path/classes";
import { isOnPath } from "../path/pins";
import { accountUpTo, countEviction, retireRecord, weightedAt } from "../records";
import { advanceQueue, endQueue, hasQueue } from "../shape/kernels";
import { getStat, setStat } from "../stats";
import { Finish } from "../meter/finish";
import { isCompact, slotsBytes, slotStep } from "../table/line";
import { removeSlot } from "../table/removal";
import { sideOf } from "../table/side";
import { copyFields, Slot } from "../table/slot";
import { hasSide, homeLine, lineBehind } from "../table/table";
import { hasInitialFill, isOfTwo } from "./place";

/**
 * Lines that one admission may search for a drained flow: bounds the work a packet, whatever the keys, and covers the
 * smallest table (64 lines and 62 spare ones) whole.
 */
const SEARCH_LINES: u32 = 128;

/** The flow at hand, drained to now. */
const drained = memory.data(SLOT_BYTES, 8);

/**
 * Drops the first drained flow at or behind the new flow's home line, and the others of its line. It has to be there: a
 * hand that went round the table would let whole regions fill up just ahead of it. True when one was dropped.
 */
export function evictDrained(hash: u64, i: u32, nowNs: u64): bool {
  // Records change hands below: the packets so far belong to their old owners.
  if (isSet(CONFIG_RECORDS)) accountUpTo(i);
  let line = homeLine(hash);
  for (let searched: u32 = 0; searched < SEARCH_LINES; searched++) {
    let dropped = false;
    for (let slot = line; slot < line + slotsBytes; slot += slotStep) {
      if (evictIfDrained(slot, nowNs)) dropped = true;
    }
    if (dropped) return true;
    line = lineBehind(line);
  }
  return false;
}

function evictIfDrained(address: usize, nowNs: u64): bool {
  const slot = changetype<Slot>(address);
  if (slot.isEmpty() || isOnPath(address) || !isAsNew(slot, nowNs)) return false;
  dropFlow(address);
  countEviction();
  return true;
}

/** Takes a flow out of the table. */
export function dropFlow(address: usize): void {
  const record = recordOf(changetype<Slot>(address));
  if (record != RECORD_UNTRACKED) retireRecord(record);
  if (setting(CONFIG_CLASSES) == 0) endQueue(PROFILE, address);
  removeSlot(address);
  setStat(STAT_FLOWS, getStat(STAT_FLOWS) - 1);
}

/** True when no later packet could tell the flow from a new one: not so where new ones do not begin drained. */
function isAsNew(slot: Slot, nowNs: u64): bool {
  let profile: usize = PROFILE;
  if (setting(CONFIG_CLASSES) == 0) {
    if (hasInitialFill(profile)) return false;
    if (isCompact) return Finish.isDrained(changetype<usize>(slot), nowNs);
  } else {
    const entry = entryAddress(load<u32>(sideOf(changetype<usize>(slot)), 4));
    if (isKept(entry)) return false;
    profile = profileOf(entry);
  }
  if (load<u64>(profile, PROFILE_KERNEL) == <u64>KERNEL_WEIGHTED) {
    advanceGroup(profile, nowNs);
    return !isActive(weightedAt(recordOf(slot)));
  }
  let seen = slot;
  if (hasQueue(profile)) {
    advanceQueue(profile, changetype<usize>(slot), nowNs);
  } else {
    // A flow that stays is as it was: the clock of what is written again may go back (rewrite/clock.ts).
    seen = changetype<Slot>(drained);
    copyFields(changetype<usize>(slot), drained);
    refresh(profile, seen, nowNs);
  }
  return seen.level == 0 && (!isOfTwo(profile) || seen.second == 0);
}

/** Index of the flow's record; RECORD_UNTRACKED when none are kept. */
export function recordOf(slot: Slot): u32 {
  if (!isSet(CONFIG_RECORDS)) return RECORD_UNTRACKED;
  return hasSide() ? load<u32>(sideOf(changetype<usize>(slot))) : <u32>slot.second;
}
