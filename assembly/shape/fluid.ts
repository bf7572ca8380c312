/**
 * The leaky bucket as a queue that counts what has not been sent yet, by virtual scheduling: the level is that of the
 * meter leaky-bucket, and a packet that is charged leaves when the level has drained. Reference twin:
 * src/reference/shape/leakybucket.ts.
 */
import { BUCKET_DRAIN, PROFILE_BUCKET0, REASON_NONE, REASON_OVERSIZE } from "../abi";
import { SHAPER_WAIT_MAX } from "../abi/shaper";
import { Bucket, timeToDrain } from "../meter/bucket";
import { countOversize } from "../loop/outcome";
import { Slot } from "../table/slot";
import { Departure } from "./departure";
import { REASON_DELAY, REASON_QUEUE } from "./reasons";

export class Fluid {
  /**
   * Shapes packet `i`: REASON_NONE and its departure, or why it is dropped. Without a branch on what it is, for a busy
   * shaper drops unpredictably.
   */
  @inline static offer(profile: usize, slot: Slot, i: u32, nowNs: u64, lengthBytes: u32): u32 {
    const bucket = profile + PROFILE_BUCKET0;
    const units = Bucket.units(bucket, lengthBytes);
    const level = Bucket.lowered(slot.level, Bucket.drained(bucket, nowNs - slot.lastNs));
    slot.lastNs = nowNs;
    if (Bucket.isTooLarge(bucket, units)) {
      slot.level = level;
      Departure.putNone(i);
      return REASON_OVERSIZE;
    }
    const cost = Bucket.cost(bucket, units);
    const drain = load<u64>(bucket, BUCKET_DRAIN);
    const charged = level + cost;
    const waitNs = Departure.waitNs(charged, drain);
    const isPrompt = (level <= load<u64>(profile, SHAPER_WAIT_MAX)) & !Departure.isTooLate(nowNs, waitNs);
    const hasRoom = Bucket.excess(bucket, level, cost) == 0;
    const departs = isPrompt & hasRoom;
    slot.level = select<u64>(charged, level, departs);
    Departure.putIf(i, departs, nowNs + waitNs, waitNs * drain - charged);
    return select<u32>(REASON_NONE, select<u32>(REASON_DELAY, REASON_QUEUE, hasRoom), departs);
  }
}

/** `Fluid.offer`, off the fast loop. */
export function offerToFluid(profile: usize, slot: Slot, i: u32, nowNs: u64, lengthBytes: u32): u32 {
  const reason = Fluid.offer(profile, slot, i, nowNs, lengthBytes);
  if (reason == REASON_OVERSIZE) countOversize(i);
  return reason;
}

/** Ns until a packet that was dropped would fit, on a slot that it left at now; not for one that never will. */
export function delayOfFluid(profile: usize, slot: Slot, lengthBytes: u32): u64 {
  const bucket = profile + PROFILE_BUCKET0;
  const cost = Bucket.cost(bucket, Bucket.units(bucket, lengthBytes));
  const excess = Bucket.excess(bucket, slot.level, cost);
  const beyond = Bucket.lowered(slot.level, load<u64>(profile, SHAPER_WAIT_MAX));
  return timeToDrain(max(excess, beyond), load<u64>(bucket, BUCKET_DRAIN));
}
