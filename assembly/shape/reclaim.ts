/** When as many packets wait as may: those that have left, in flows that have had no packet since. */
import { LINE_BYTES, SLOT_BYTES } from "../abi";
import { isGrowing } from "../table/growth";
import { Slot } from "../table/slot";
import { tableBase, tableLineBytes } from "../table/table";
import { advanceQueue } from "./kernels";
import { countGivenRings } from "./pool";
import { Room } from "./room";

/** Lines that are searched for one packet: bounds the work, and covers the smallest table whole (admission/evict.ts). */
const SEARCH_LINES: u32 = 128;

let hand: usize = 0;

/** Lets packets go that have left, in the lines that come next. True when there is room then. */
export function makeRoom(profile: usize, nowNs: u64): bool {
  countGivenRings();
  if (!Room.isFull()) return true;
  // Flows of a table that is being moved are in two places; its moves end soon.
  if (isGrowing()) return false;
  for (let searched: u32 = 0; searched < SEARCH_LINES; searched++) {
    if (hand >= tableLineBytes) hand = 0;
    advanceSlot(profile, tableBase + hand, nowNs);
    advanceSlot(profile, tableBase + hand + SLOT_BYTES, nowNs);
    hand += LINE_BYTES;
  }
  countGivenRings();
  return !Room.isFull();
}

function advanceSlot(profile: usize, slot: usize, nowNs: u64): void {
  if (!changetype<Slot>(slot).isEmpty()) advanceQueue(profile, slot, nowNs);
}
