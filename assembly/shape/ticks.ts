/**
 * A queue that is served by ticks, each of a quantum: packets from its head leave while they fit. The slot's time is the
 * tick in which the flow's last packet leaves or has left (at first: the flow's first packet, which its ticks are counted
 * from), the level what that tick has left of its quantum then. First in first out, so a packet's tick follows when it
 * comes. Reference twin: src/reference/shape/ticks.ts.
 */
import { PROFILE_BUCKET0, REASON_NONE, REASON_OVERSIZE, REASON_MEMORY_FULL } from "../abi";
import { SHAPER_QUANTUM, SHAPER_TICK, SHAPER_TICK_MODE, TICK_CARRIES, TICK_IMMEDIATE } from "../abi/shaper";
import { Bucket } from "../meter/bucket";
import { Slot } from "../table/slot";
import { Departure } from "./departure";
import { Queue, queueOf, untilRoom } from "./queue";
import { REASON_DELAY, REASON_QUEUE } from "./reasons";
import { appendOrReclaim } from "./reclaim";

/** Shapes packet `i`: REASON_NONE and its departure, or why it is dropped. */
export function offerTicks(profile: usize, slot: Slot, i: u32, nowNs: u64, lengthBytes: u32): u32 {
  const queue = queueOf(profile, changetype<usize>(slot));
  const waiting = Queue.advance(queue, nowNs);
  const isIdle = nowNs >= slot.lastNs;
  if (isIdle) passTicks(profile, slot, nowNs);
  Departure.putNone(i);
  const bucket = profile + PROFILE_BUCKET0;
  const units = Bucket.units(bucket, lengthBytes);
  if (Bucket.isTooLarge(bucket, units)) return REASON_OVERSIZE;
  const counted = Queue.counted(profile, units);
  if (!Queue.hasRoom(profile, waiting, counted)) return REASON_QUEUE;
  const isImmediate = (load<u64>(profile, SHAPER_TICK_MODE) & TICK_IMMEDIATE) != 0;
  if (isIdle && isImmediate && units <= slot.level && !Departure.isTooLate(nowNs, 0)) {
    slot.level -= units;
    Departure.put(i, nowNs, 0);
    return REASON_NONE;
  }
  // Who finds the queue empty and cannot leave at once begins with the next tick.
  const left = isIdle && !isImmediate ? 0 : slot.level;
  const ticks = ticksUntil(profile, units, left, isIdle);
  const quantum = load<u64>(profile, SHAPER_QUANTUM);
  const departsNs = slot.lastNs + ticks * load<u64>(profile, SHAPER_TICK);
  if (departsNs < slot.lastNs || departsNs == u64.MAX_VALUE) return REASON_DELAY;
  if (Queue.keeps(profile, counted)) {
    if (!appendOrReclaim(profile, queue, departsNs, <u32>counted, nowNs)) return REASON_MEMORY_FULL;
  }
  const carries = (load<u64>(profile, SHAPER_TICK_MODE) & TICK_CARRIES) != 0;
  slot.level = (carries || ticks == 0 ? left : 0) + ticks * quantum - units;
  slot.lastNs = departsNs;
  Departure.put(i, departsNs, 0);
  return REASON_NONE;
}

/** Ticks that find nothing to send leave no more than a whole quantum. */
function passTicks(profile: usize, slot: Slot, nowNs: u64): void {
  const tickNs = load<u64>(profile, SHAPER_TICK);
  const passed = (nowNs - slot.lastNs) / tickNs;
  if (passed == 0) return;
  slot.lastNs += passed * tickNs;
  slot.level = load<u64>(profile, SHAPER_QUANTUM);
}

/** Ticks from the last packet's on until one has so many units left; with an idle queue the next one at least. */
function ticksUntil(profile: usize, units: u64, left: u64, isIdle: bool): u64 {
  if (units <= left && !isIdle) return 0;
  if ((load<u64>(profile, SHAPER_TICK_MODE) & TICK_CARRIES) == 0) return 1;
  const quantum = load<u64>(profile, SHAPER_QUANTUM);
  return units <= left ? 1 : max<u64>((units - left + quantum - 1) / quantum, 1);
}

/** Ns until a packet that was dropped would fit, on a slot that it left at now; not for one that never will. */
export function delayOfTicks(profile: usize, slot: Slot, nowNs: u64, lengthBytes: u32): u64 {
  const units = Bucket.units(profile + PROFILE_BUCKET0, lengthBytes);
  const queue = queueOf(profile, changetype<usize>(slot));
  return untilRoom(profile, queue, Queue.counted(profile, units), nowNs);
}
