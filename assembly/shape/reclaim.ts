/** When all nodes are in use: those of packets that have left, in flows that have had no packet since. */
import { LINE_BYTES, SLOT_BYTES } from "../abi";
import { isGrowing } from "../table/growth";
import { Slot } from "../table/slot";
import { tableBase, tableLineBytes } from "../table/table";
import { append, Queue, queueOf } from "./queue";

/** Lines that are searched for one packet: bounds the work, and covers the smallest table whole (admission/evict.ts). */
const SEARCH_LINES: u32 = 128;

let hand: usize = 0;

/** Puts a packet at the end of a queue, if need be into room that is made. False when there is none. */
export function appendOrReclaim(profile: usize, queue: usize, departsNs: u64, counted: u32, nowNs: u64): bool {
  if (append(queue, departsNs, counted)) return true;
  // Flows of a table that is being moved are in two places; its moves end soon.
  if (isGrowing()) return false;
  reclaim(profile, nowNs);
  return append(queue, departsNs, counted);
}

/** Lets packets go that have left, in the lines that come next. */
function reclaim(profile: usize, nowNs: u64): void {
  for (let searched: u32 = 0; searched < SEARCH_LINES; searched++) {
    if (hand >= tableLineBytes) hand = 0;
    advanceSlot(profile, tableBase + hand, nowNs);
    advanceSlot(profile, tableBase + hand + SLOT_BYTES, nowNs);
    hand += LINE_BYTES;
  }
}

function advanceSlot(profile: usize, slot: usize, nowNs: u64): void {
  if (!changetype<Slot>(slot).isEmpty()) Queue.advance(queueOf(profile, slot), nowNs);
}
