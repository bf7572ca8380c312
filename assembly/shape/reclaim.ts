/** When as many packets wait as may: those that have left, in flows that have had no packet since. */
import { LINE_BYTES, PROFILE_KERNEL, SLOT_BYTES } from "../abi";
import { KERNEL_QUEUE_SHAPER, KERNEL_TWO_RATE_SHAPER } from "../abi/shaper";
import { isGrowing } from "../table/growth";
import { Slot } from "../table/slot";
import { tableBase, tableLineBytes } from "../table/table";
import { OneRateFlow } from "./onerate";
import { countGivenRings } from "./pool";
import { Room } from "./room";
import { TickFlow } from "./ticks";
import { TwoRateFlow } from "./tworate";

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
  if (changetype<Slot>(slot).isEmpty()) return;
  const kernel = <u32>load<u64>(profile, PROFILE_KERNEL);
  if (kernel == KERNEL_QUEUE_SHAPER) {
    changetype<OneRateFlow>(slot).advance(profile, nowNs);
  } else if (kernel == KERNEL_TWO_RATE_SHAPER) {
    const flow = changetype<TwoRateFlow>(slot);
    flow.advance(profile, flow.pair(), nowNs);
  } else {
    changetype<TickFlow>(slot).advance(profile, nowNs);
  }
}
