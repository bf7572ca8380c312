/**
 * Two token buckets before one queue: a packet leaves as soon as both hold its tokens, and takes them from both then.
 * Both levels are in steps of one drain, so that they are times too: steps / drain is the time until a bucket is full
 * again. A departure leaves neither bucket above its depth, and one that was put off leaves a bucket at its depth: so
 * departures do not decrease, without a record of the last one. Reference twin: src/reference/shape/tokenbucket.ts.
 */
import {
  BUCKET_DRAIN,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  REASON_NONE,
  REASON_OVERSIZE,
  REASON_MEMORY_FULL,
} from "../abi";
import { SHAPER_DEPTH0, SHAPER_DEPTH1 } from "../abi/shaper";
import { Bucket, timeToDrain } from "../meter/bucket";
import { TwoBuckets } from "../meter/twobuckets";
import { Slot } from "../table/slot";
import { Departure } from "./departure";
import { Queue, queueOf, untilRoom } from "./queue";
import { REASON_DELAY, REASON_QUEUE } from "./reasons";
import { appendOrReclaim } from "./reclaim";

/** Shapes packet `i`: REASON_NONE and its departure, or why it is dropped. */
export function offerTwoRate(profile: usize, slot: Slot, i: u32, nowNs: u64, lengthBytes: u32): u32 {
  const bucket0 = profile + PROFILE_BUCKET0;
  const bucket1 = profile + PROFILE_BUCKET1;
  TwoBuckets.refresh(profile, slot, nowNs);
  const queue = queueOf(profile, changetype<usize>(slot));
  const waiting = Queue.advance(queue, nowNs);
  Departure.putNone(i);
  const units = Bucket.units(bucket0, lengthBytes);
  if (Bucket.isTooLarge(bucket0, units)) return REASON_OVERSIZE;
  const counted = Queue.counted(profile, units);
  if (!Queue.hasRoom(profile, waiting, counted)) return REASON_QUEUE;
  const cost0 = Bucket.cost(bucket0, units);
  const cost1 = Bucket.cost(bucket1, units);
  if ((Bucket.excess(bucket0, slot.level, cost0) | Bucket.excess(bucket1, slot.second, cost1)) != 0)
    return REASON_DELAY;
  const steps0 = Bucket.lowered(slot.level + cost0, load<u64>(profile, SHAPER_DEPTH0));
  const steps1 = Bucket.lowered(slot.second + cost1, load<u64>(profile, SHAPER_DEPTH1));
  const steps = max(steps0, steps1);
  const drain = load<u64>(bucket0, BUCKET_DRAIN);
  const waitNs = Departure.waitNs(steps, drain);
  if (Departure.isTooLate(nowNs, waitNs)) return REASON_DELAY;
  if (waitNs != 0 && Queue.keeps(profile, counted)) {
    if (!appendOrReclaim(profile, queue, nowNs + waitNs, <u32>counted, nowNs)) return REASON_MEMORY_FULL;
  }
  slot.level = max(slot.level, steps) + cost0;
  slot.second = max(slot.second, steps) + cost1;
  Departure.put(i, nowNs + waitNs, waitNs * drain - steps);
  return REASON_NONE;
}

/** Ns until a packet that was dropped would fit, on a slot that it left at now; not for one that never will. */
export function delayOfTwoRate(profile: usize, slot: Slot, nowNs: u64, lengthBytes: u32): u64 {
  const bucket0 = profile + PROFILE_BUCKET0;
  const bucket1 = profile + PROFILE_BUCKET1;
  const units = Bucket.units(bucket0, lengthBytes);
  const excess0 = Bucket.excess(bucket0, slot.level, Bucket.cost(bucket0, units));
  const excess1 = Bucket.excess(bucket1, slot.second, Bucket.cost(bucket1, units));
  const queue = queueOf(profile, changetype<usize>(slot));
  const room = untilRoom(profile, queue, Queue.counted(profile, units), nowNs);
  return max(room, timeToDrain(max(excess0, excess1), load<u64>(bucket0, BUCKET_DRAIN)));
}
