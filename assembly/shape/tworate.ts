/**
 * Two token buckets before one queue: a packet leaves as soon as both hold its tokens, and takes them from both then.
 * Both levels are in steps of one drain, so that they are times too: steps / drain is the time until a bucket is full
 * again. A departure leaves neither bucket above its depth, and one that was put off leaves a bucket at its depth: so
 * departures do not decrease, without a record of the last one, and that one has left when neither level is above its
 * depth. Reference twin: src/reference/shape/tokenbucket.ts.
 */
import {
  BATCH,
  BUCKET_DRAIN,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_LENGTH,
  PROFILE,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  REASON_NONE,
  REASON_OVERSIZE,
  REASON_MEMORY_FULL,
} from "../abi";
import { SHAPER_DEPTH0, SHAPER_DEPTH1 } from "../abi/shaper";
import { Bucket, timeToDrain } from "../meter/bucket";
import { countOversize } from "../loop/outcome";
import { Slot } from "../table/slot";
import { Bound } from "./bound";
import { Departure } from "./departure";
import { Held, heldPackets, heldToRing, SIZE_MAX } from "./held";
import { Places } from "../loop/places";
import { REASON_DELAY, REASON_QUEUE } from "./reasons";
import { makeRoom } from "./reclaim";
import { advanceRing, appendToRing, Ring } from "./ring";
import { Room } from "./room";

const BUCKET0: usize = PROFILE + PROFILE_BUCKET0;
const BUCKET1: usize = PROFILE + PROFILE_BUCKET1;

/** A slot under a shaper of two rates. */
@unmanaged
export class TwoRateFlow extends Slot {
  /**
   * `shapePlain` (kernels.ts). Who finds nobody waiting and leaves at once is done first, as most do. Beyond that there is
   * no branch on what a packet is.
   */
  static shapePlain(first: u32, end: u32, unitsMax: u64): u32 {
    const mask = Held.levelMask(PROFILE);
    const depth0 = load<u64>(PROFILE, SHAPER_DEPTH0);
    const depth1 = load<u64>(PROFILE, SHAPER_DEPTH1);
    for (let i = first; i < end; i++) {
      const flow = changetype<TwoRateFlow>(Places.of(i));
      const units = Bucket.units(BUCKET0, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
      if (units - 1 >= unitsMax) return i;
      const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
      const elapsedNs = nowNs - flow.lastNs;
      const word = Held.of(flow, mask);
      const level0 = Bucket.lowered(flow.level & mask, Bucket.drained(BUCKET0, elapsedNs));
      const level1 = Bucket.lowered(flow.second & mask, Bucket.drained(BUCKET1, elapsedNs));
      const cost0 = Bucket.cost(BUCKET0, units);
      const cost1 = Bucket.cost(BUCKET1, units);
      const steps0 = Bucket.lowered(level0 + cost0, depth0);
      const steps1 = Bucket.lowered(level1 + cost1, depth1);
      const steps = max(steps0, steps1);
      if (word == 0 && steps == 0) {
        flow.lastNs = nowNs;
        flow.level = level0 + cost0;
        flow.second = level1 + cost1;
        store<u8>(i, COLOR_GREEN, BATCH + COLUMN_COLOR);
        Departure.put(i, nowNs, 0);
        continue;
      }
      if (Ring.is(word)) return i;
      const packets = Held.waiting(PROFILE, word, level0, level1);
      const kept = Held.kept(word, packets);
      const limit = Bound.limit(PROFILE);
      const hasRoom = Bound.holds(limit, Bound.unitsMask(PROFILE), Held.units(kept) + units, packets + 1);
      const isPrompt = (<u32>Bucket.isBelow(BUCKET0, level0, cost0)) & (<u32>Bucket.isBelow(BUCKET1, level1, cost1));
      const departs = (<u32>hasRoom) & isPrompt;
      const isKept = departs & (<u32>(steps != 0));
      if (isKept & (<u32>!Held.hasPlace(kept, packets, steps, level0, level1))) return i;
      flow.lastNs = nowNs;
      Room.enter(packets + isKept - Held.packets(word));
      Held.put(
        flow,
        mask,
        select<u64>(max(level0, steps) + cost0, level0, departs != 0),
        select<u64>(max(level1, steps) + cost1, level1, departs != 0),
        select<u64>(Held.with(kept, packets, units, <u32>(steps1 > steps0)), kept, isKept != 0),
      );
      store<u8>(i, (departs ^ 1) * COLOR_RED, BATCH + COLUMN_COLOR);
      Departure.putAfter(i, departs, nowNs, steps, load<u64>(BUCKET0, BUCKET_DRAIN));
    }
    return end;
  }

  /** Shapes packet `i`: REASON_NONE and its departure, or why it is dropped. */
  offer(profile: usize, i: u32, nowNs: u64, lengthBytes: u32): u32 {
    const bucket0 = profile + PROFILE_BUCKET0;
    const bucket1 = profile + PROFILE_BUCKET1;
    const waiting = this.advance(profile, nowNs);
    Departure.putNone(i);
    const units = Bucket.units(bucket0, lengthBytes);
    if (Bucket.isTooLarge(bucket0, units)) {
      countOversize(i);
      return REASON_OVERSIZE;
    }
    const counted = Bound.counted(profile, units, 1);
    if (!Bound.hasRoom(profile, waiting, counted)) return REASON_QUEUE;
    const mask = Held.levelMask(profile);
    const level0 = this.level & mask;
    const level1 = this.second & mask;
    const cost0 = Bucket.cost(bucket0, units);
    const cost1 = Bucket.cost(bucket1, units);
    if ((Bucket.excess(bucket0, level0, cost0) | Bucket.excess(bucket1, level1, cost1)) != 0) return REASON_DELAY;
    const steps0 = Bucket.lowered(level0 + cost0, load<u64>(profile, SHAPER_DEPTH0));
    const steps1 = Bucket.lowered(level1 + cost1, load<u64>(profile, SHAPER_DEPTH1));
    const steps = max(steps0, steps1);
    const drain = load<u64>(bucket0, BUCKET_DRAIN);
    const waitNs = Departure.waitNs(steps, drain);
    if (Departure.isTooLate(nowNs, waitNs)) return REASON_DELAY;
    if (waitNs != 0 && counted != 0 && Bound.isBounded(profile)) {
      if (!this.append(profile, nowNs, nowNs + waitNs, units, steps0, steps1)) {
        Room.countRefused(i);
        return REASON_MEMORY_FULL;
      }
    }
    // What lies above the levels stays.
    this.level += max(level0, steps) - level0 + cost0;
    this.second += max(level1, steps) - level1 + cost1;
    Departure.put(i, nowNs + waitNs, waitNs * drain - steps);
    return REASON_NONE;
  }

  /** Drains to `nowNs`, lets those go that have left, and answers what waits. */
  advance(profile: usize, nowNs: u64): u64 {
    const mask = Held.levelMask(profile);
    const word = Held.of(this, mask);
    const elapsedNs = nowNs - this.lastNs;
    this.lastNs = nowNs;
    this.level = Bucket.lowered(this.level & mask, Bucket.drained(profile + PROFILE_BUCKET0, elapsedNs));
    this.second = Bucket.lowered(this.second & mask, Bucket.drained(profile + PROFILE_BUCKET1, elapsedNs));
    if (Ring.is(word)) {
      const isOver0 = this.level <= load<u64>(profile, SHAPER_DEPTH0);
      const isOver = isOver0 && this.second <= load<u64>(profile, SHAPER_DEPTH1);
      const ring = advanceRing(Held.queue(this), nowNs, isOver);
      if (!isOver) Held.putRing(this, mask);
      return Ring.waiting(ring);
    }
    const packets = heldPackets(profile, this, word);
    const kept = Held.kept(word, packets);
    Room.leave(Held.packets(word) - packets);
    Held.put(this, mask, this.level, this.second, kept);
    return Held.counted(profile, kept);
  }

  /** Puts a packet that leaves in so many steps of both buckets at the end. False when there is no room. */
  append(profile: usize, nowNs: u64, departsNs: u64, units: u64, steps0: u64, steps1: u64): bool {
    if (Room.isFull() && !makeRoom(profile, nowNs)) return false;
    const mask = Held.levelMask(profile);
    const word = Held.of(this, mask);
    const counted = <u32>Bound.counted(profile, units, 1);
    if (Ring.is(word)) return appendToRing(Held.queue(this), departsNs, counted);
    const level0 = this.level & mask;
    const level1 = this.second & mask;
    const packets = Held.packets(word);
    const hasPlace = Held.hasPlace(word, packets, max(steps0, steps1), level0, level1);
    if (!hasPlace || units > SIZE_MAX) return heldToRing(profile, this, word, nowNs, departsNs, counted);
    Held.put(this, mask, level0, level1, Held.with(word, packets, units, <u32>(steps1 > steps0)));
    Room.enter(1);
    return true;
  }

  /** The word of the queue, or of its ring. */
  queueWord(profile: usize): u64 {
    const word = Held.of(this, Held.levelMask(profile));
    return Ring.is(word) ? load<u64>(Held.queue(this)) : word;
  }

  /** Ns until a packet that was dropped would not wait too long, on a flow that it left at now. */
  untilPrompt(profile: usize, units: u64): u64 {
    const mask = Held.levelMask(profile);
    const bucket0 = profile + PROFILE_BUCKET0;
    const bucket1 = profile + PROFILE_BUCKET1;
    const excess0 = Bucket.excess(bucket0, this.level & mask, Bucket.cost(bucket0, units));
    const excess1 = Bucket.excess(bucket1, this.second & mask, Bucket.cost(bucket1, units));
    return timeToDrain(max(excess0, excess1), load<u64>(bucket0, BUCKET_DRAIN));
  }
}
