/**
 * One rate and a queue of whole packets: the leaky bucket that counts bytes or packets, and the token bucket, whose depth
 * leaves at once. The level is what has not been sent, of the packet at hand too; the packet leaves when it has drained
 * to the depth. Reference twins: src/reference/shape/leakybucket.ts, tokenbucket.ts.
 */
import { BUCKET_DRAIN, PROFILE_BUCKET0, REASON_NONE, REASON_OVERSIZE, REASON_MEMORY_FULL } from "../abi";
import { SHAPER_DEPTH0 } from "../abi/shaper";
import { Bucket, timeToDrain } from "../meter/bucket";
import { Slot } from "../table/slot";
import { Departure } from "./departure";
import { Queue, queueOf, untilRoom } from "./queue";
import { REASON_DELAY, REASON_QUEUE } from "./reasons";
import { appendOrReclaim } from "./reclaim";

/** Shapes packet `i`: REASON_NONE and its departure, or why it is dropped. */
export function offerOneRate(profile: usize, slot: Slot, i: u32, nowNs: u64, lengthBytes: u32): u32 {
  const bucket = profile + PROFILE_BUCKET0;
  const units = Bucket.units(bucket, lengthBytes);
  const level = Bucket.lowered(slot.level, Bucket.drained(bucket, nowNs - slot.lastNs));
  slot.lastNs = nowNs;
  slot.level = level;
  const queue = queueOf(profile, changetype<usize>(slot));
  const waiting = Queue.advance(queue, nowNs);
  Departure.putNone(i);
  if (Bucket.isTooLarge(bucket, units)) return REASON_OVERSIZE;
  const counted = Queue.counted(profile, units);
  if (!Queue.hasRoom(profile, waiting, counted)) return REASON_QUEUE;
  const cost = Bucket.cost(bucket, units);
  if (Bucket.excess(bucket, level, cost) != 0) return REASON_DELAY;
  const drain = load<u64>(bucket, BUCKET_DRAIN);
  const steps = Bucket.lowered(level + cost, load<u64>(profile, SHAPER_DEPTH0));
  const waitNs = Departure.waitNs(steps, drain);
  if (Departure.isTooLate(nowNs, waitNs)) return REASON_DELAY;
  if (waitNs != 0 && Queue.keeps(profile, counted)) {
    if (!appendOrReclaim(profile, queue, nowNs + waitNs, <u32>counted, nowNs)) return REASON_MEMORY_FULL;
  }
  slot.level = level + cost;
  Departure.put(i, nowNs + waitNs, waitNs * drain - steps);
  return REASON_NONE;
}

/** Ns until a packet that was dropped would fit, on a slot that it left at now; not for one that never will. */
export function delayOfOneRate(profile: usize, slot: Slot, nowNs: u64, lengthBytes: u32): u64 {
  const bucket = profile + PROFILE_BUCKET0;
  const units = Bucket.units(bucket, lengthBytes);
  const excess = Bucket.excess(bucket, slot.level, Bucket.cost(bucket, units));
  const queue = queueOf(profile, changetype<usize>(slot));
  const room = untilRoom(profile, queue, Queue.counted(profile, units), nowNs);
  return max(room, timeToDrain(excess, load<u64>(bucket, BUCKET_DRAIN)));
}
