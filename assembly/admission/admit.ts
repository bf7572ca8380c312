/**
 * The paths off the packet loop: a flow that is not at home in its line, or not in the table at all. A full table
 * gives up drained flows only (a drained flow equals a new one, so no verdict changes); with none at hand the packet
 * is refused and counted as untracked.
 */
import { CONFIG_FLOWS_MAX, PROFILE, STAT_FLOWS } from "../abi";
import { setting } from "../config";
import { getStat } from "../stats";
import { findSlot } from "../table/table";
import { evictDrained } from "./evict";
import { placeFlow, SINGLE_ENTRY } from "./place";

/** The slot of a hash that is not in its home line; a new flow is admitted for packet `i`. 0: there is no room. */
export function slotFor(hash: u64, i: u32, nowNs: u64): usize {
  const slot = findSlot(hash);
  return slot != 0 ? slot : admit(hash, i, nowNs);
}

function admit(hash: u64, i: u32, nowNs: u64): usize {
  if (getStat(STAT_FLOWS) >= setting(CONFIG_FLOWS_MAX) && !evictDrained(hash, i, nowNs)) return 0;
  const slot = placeFlow(hash, i, nowNs, PROFILE, SINGLE_ENTRY);
  // Memory has come to its end before `maxFlows`.
  if (slot != 0 || !evictDrained(hash, i, nowNs)) return slot;
  return placeFlow(hash, i, nowNs, PROFILE, SINGLE_ENTRY);
}
