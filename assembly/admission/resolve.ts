/** The slots of one packet's path: found, or admitted, all or none. */
import { CONFIG_FLOWS_MAX, ENTRY_BYTES, PATH_SLOTS_MAX, STAT_FLOWS } from "../abi";
import { setting } from "../config";
import { profileOf } from "../path/classes";
import { hashColumn } from "../path/columns";
import { pinPath } from "../path/pins";
import { isPathFound, slotsOfPath } from "../path/places";
import { getStat } from "../stats";
import { findSlot, Home } from "../table/table";
import { dropFlow, evictDrained } from "./evict";
import { placeFlow } from "./place";

/** Finds the slots of packet `i`'s path of `count` entries from `entries` on. False when there is no room. */
export function resolvePath(i: u32, nowNs: u64, entries: usize, count: u32): bool {
  if (isPathFound(i, count) || findPath(i, count) == 0) return true;
  pinPath(i, count);
  const isThere = admitPath(i, nowNs, entries, count);
  pinPath(i, 0);
  return isThere;
}

/** Looks up all slots. Answers how many are missing. */
function findPath(i: u32, count: u32): u32 {
  const slots = slotsOfPath(i);
  let missing: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const hash = load<u64>(hashColumn(k) + (i << 3));
    const home = Home.slot(hash);
    const slot = home != 0 ? home : findSlot(hash);
    store<u32>(slots + (k << 2), <u32>slot);
    if (slot == 0) missing++;
  }
  return missing;
}

function admitPath(i: u32, nowNs: u64, entries: usize, count: u32): bool {
  let admitted: u32 = 0; // one bit a slot
  for (let k: u32 = 0; k < count; k++) {
    const hash = load<u64>(hashColumn(k) + (i << 3));
    if (findSlot(hash) != 0) continue;
    if (!admitOne(hash, i, nowNs, entries + k * ENTRY_BYTES)) {
      dropAdmitted(i, admitted);
      return false;
    }
    admitted |= 1 << k;
  }
  // Growth and removals have moved slots.
  return findPath(i, count) == 0;
}

function admitOne(hash: u64, i: u32, nowNs: u64, entry: usize): bool {
  const isFull = getStat(STAT_FLOWS) >= setting(CONFIG_FLOWS_MAX);
  if (isFull && !evictDrained(hash, i, nowNs)) return false;
  const profile = profileOf(entry);
  if (placeFlow(hash, i, nowNs, profile, entry) != 0) return true;
  // Memory has come to its end before `maxFlows`.
  return evictDrained(hash, i, nowNs) && placeFlow(hash, i, nowNs, profile, entry) != 0;
}

/** All or none: what was admitted for this packet goes again. */
function dropAdmitted(i: u32, admitted: u32): void {
  for (let k: u32 = 0; k < <u32>PATH_SLOTS_MAX; k++) {
    if ((admitted >>> k) & 1) dropFlow(findSlot(load<u64>(hashColumn(k) + (i << 3))));
  }
}
