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
  PROFILE_KERNEL,
  REASON_NONE,
  REASON_OVERSIZE,
  REASON_MEMORY_FULL,
  STAT_FLOWS,
} from "../abi";
import { KERNEL_TWO_RATE_SHAPER, SHAPER_DEPTH0, SHAPER_DEPTH1 } from "../abi/shaper";
import { Bucket, timeToDrain } from "../meter/bucket";
import { TwoBuckets } from "../meter/twobuckets";
import { countOversize } from "../loop/locate";
import { getStat } from "../stats";
import { SIDE_QUEUE, SIDE_TOUCH_BYTE, sideOf } from "../table/side";
import { Slot } from "../table/slot";
import { Bound } from "./bound";
import { Departure } from "./departure";
import { APART_NONE, PACKETS_MAX, Pair, SIZE_MAX, pairToRing, pairUntil } from "./pair";
import { BLOCK_MAX, Places } from "./places";
import { REASON_DELAY, REASON_QUEUE } from "./reasons";
import { makeRoom } from "./reclaim";
import { advanceRing, appendToRing, dropRing, Ring, ringUntil } from "./ring";
import { Room } from "./room";

const BUCKET0: usize = PROFILE + PROFILE_BUCKET0;
const BUCKET1: usize = PROFILE + PROFILE_BUCKET1;

/** A slot under a shaper of two rates. */
@unmanaged
export class TwoRateFlow extends Slot {
  /**
   * `shapePlain` (kernels.ts). A flow that neither bucket held up has nobody waiting, so what lies beside its slot is
   * neither read nor written until somebody waits. Beyond that there is no branch on what a packet is.
   */
  static shapePlain(first: u32, end: u32, unitsMax: u64): u32 {
    const depth0 = load<u64>(PROFILE, SHAPER_DEPTH0);
    const depth1 = load<u64>(PROFILE, SHAPER_DEPTH1);
    for (let i = first; i < end; i++) {
      const flow = changetype<TwoRateFlow>(Places.of(i));
      const units = Bucket.units(BUCKET0, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
      if (units - 1 >= unitsMax) return i;
      const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
      const elapsedNs = nowNs - flow.lastNs;
      const isQueued = flow.isHeldUp(depth0, depth1) != 0;
      const level0 = Bucket.lowered(flow.level, Bucket.drained(BUCKET0, elapsedNs));
      const level1 = Bucket.lowered(flow.second, Bucket.drained(BUCKET1, elapsedNs));
      const cost0 = Bucket.cost(BUCKET0, units);
      const cost1 = Bucket.cost(BUCKET1, units);
      const steps = max(Bucket.lowered(level0 + cost0, depth0), Bucket.lowered(level1 + cost1, depth1));
      if (!isQueued && steps == 0) {
        flow.lastNs = nowNs;
        flow.level = level0 + cost0;
        flow.second = level1 + cost1;
        store<u8>(i, COLOR_GREEN, BATCH + COLUMN_COLOR);
        Departure.put(i, nowNs, 0);
        continue;
      }
      const pair = flow.pair();
      let word: u32 = 0;
      let apart = APART_NONE;
      if (isQueued) {
        word = load<u32>(pair);
        apart = Pair.apart(pair);
        if (Pair.isRing(word)) return i;
      }
      const unsent = max(Bucket.lowered(level0, depth0), Bucket.lowered(level1, depth1));
      const packets = Pair.waitingPackets(apart, unsent);
      const hasRoom = Bound.holds(PROFILE, Pair.units(word, packets) + units, packets + 1);
      const isPrompt = (<u32>Bucket.isBelow(BUCKET0, level0, cost0)) & (<u32>Bucket.isBelow(BUCKET1, level1, cost1));
      const departs = (<u32>hasRoom) & isPrompt;
      const isKept = departs & (<u32>(steps != 0));
      if (isKept & (<u32>(packets == PACKETS_MAX))) return i;
      flow.lastNs = nowNs;
      flow.level = select<u64>(max(level0, steps) + cost0, level0, departs != 0);
      flow.second = select<u64>(max(level1, steps) + cost1, level1, departs != 0);
      Room.enter(packets + isKept - Pair.packets(word));
      Pair.put(pair, word, select<u64>(steps - unsent, apart, isKept != 0), packets, units, isKept);
      store<u8>(i, (departs ^ 1) * COLOR_RED, BATCH + COLUMN_COLOR);
      Departure.putAfter(i, departs, nowNs, steps, load<u64>(BUCKET0, BUCKET_DRAIN));
    }
    return end;
  }

  /** True when a bucket is above its depth: else nobody waits, and what is kept beside the slot says so. */
  @inline isHeldUp(depth0: u64, depth1: u64): u32 {
    return (<u32>(this.level > depth0)) | (<u32>(this.second > depth1));
  }

  /** Shapes packet `i`: REASON_NONE and its departure, or why it is dropped. */
  offer(profile: usize, i: u32, nowNs: u64, lengthBytes: u32): u32 {
    const bucket0 = profile + PROFILE_BUCKET0;
    const bucket1 = profile + PROFILE_BUCKET1;
    const pair = this.pair();
    const waiting = this.advance(profile, nowNs);
    Departure.putNone(i);
    const units = Bucket.units(bucket0, lengthBytes);
    if (Bucket.isTooLarge(bucket0, units)) {
      countOversize(i);
      return REASON_OVERSIZE;
    }
    const counted = Bound.counted(profile, units, 1);
    if (!Bound.hasRoom(profile, waiting, counted)) return REASON_QUEUE;
    const cost0 = Bucket.cost(bucket0, units);
    const cost1 = Bucket.cost(bucket1, units);
    if ((Bucket.excess(bucket0, this.level, cost0) | Bucket.excess(bucket1, this.second, cost1)) != 0)
      return REASON_DELAY;
    const steps0 = Bucket.lowered(this.level + cost0, load<u64>(profile, SHAPER_DEPTH0));
    const steps1 = Bucket.lowered(this.second + cost1, load<u64>(profile, SHAPER_DEPTH1));
    const steps = max(steps0, steps1);
    const drain = load<u64>(bucket0, BUCKET_DRAIN);
    const waitNs = Departure.waitNs(steps, drain);
    if (Departure.isTooLate(nowNs, waitNs)) return REASON_DELAY;
    if (waitNs != 0 && counted != 0 && Bound.isBounded(profile)) {
      if (!this.append(profile, pair, nowNs + waitNs, units, steps - this.unsent(profile), nowNs)) {
        Room.countRefused(i);
        return REASON_MEMORY_FULL;
      }
    }
    this.level = max(this.level, steps) + cost0;
    this.second = max(this.second, steps) + cost1;
    Departure.put(i, nowNs + waitNs, waitNs * drain - steps);
    return REASON_NONE;
  }

  /** Address of what waits. */
  @inline pair(): usize {
    return sideOf(changetype<usize>(this)) + SIDE_QUEUE;
  }

  /** Drains to `nowNs`, lets those go that have left, and answers what waits. */
  advance(profile: usize, nowNs: u64): u64 {
    const pair = this.pair();
    TwoBuckets.refresh(profile, this, nowNs);
    if (Pair.hasRing(pair)) {
      const ring = advanceRing(Pair.ring(pair), nowNs, this.unsent(profile) == 0);
      if (Ring.is(ring)) return Ring.waiting(ring);
      Pair.clear(pair);
    }
    const word = load<u32>(pair);
    const apart = Pair.apart(pair);
    const packets = min(Pair.waitingPackets(apart, this.unsent(profile)), Pair.packets(word));
    Room.leave(Pair.packets(word) - packets);
    Pair.put(pair, word, apart, packets, 0, 0);
    return Bound.counted(profile, Pair.units(word, packets), packets);
  }

  /** Level steps until all have left. */
  @inline unsent(profile: usize): u64 {
    const unsent0 = Bucket.lowered(this.level, load<u64>(profile, SHAPER_DEPTH0));
    return max(unsent0, Bucket.lowered(this.second, load<u64>(profile, SHAPER_DEPTH1)));
  }

  /** Puts a packet at the end, where there is no place for it in the pair. False when there is no room. */
  append(profile: usize, pair: usize, departsNs: u64, units: u64, apart: u64, nowNs: u64): bool {
    if (Room.isFull() && !makeRoom(profile, nowNs)) return false;
    const word = load<u32>(pair);
    const packets = Pair.packets(word);
    if (packets < PACKETS_MAX && units <= SIZE_MAX) {
      Pair.put(pair, word, apart, packets, units, 1);
      Room.enter(1);
      return true;
    }
    if (!Pair.hasRing(pair) && !pairToRing(profile, pair, this.unsent(profile), nowNs)) return false;
    return appendToRing(Pair.ring(pair), departsNs, <u32>Bound.counted(profile, units, 1));
  }

  /** The word of the ring, if there is one. */
  ringWord(profile: usize): u64 {
    if (!this.isHeldUp(load<u64>(profile, SHAPER_DEPTH0), load<u64>(profile, SHAPER_DEPTH1))) return 0;
    const pair = this.pair();
    return select<u64>(load<u64>(Pair.ring(pair)), 0, Pair.hasRing(pair));
  }

  /** What waits, of a flow that was advanced. */
  waiting(profile: usize): u64 {
    const pair = this.pair();
    return Pair.hasRing(pair) ? Ring.waiting(load<u64>(Pair.ring(pair))) : Pair.counted(profile, pair);
  }

  /** Ns until a packet that was dropped would fit, on a flow that it left at now; not for one that never will. */
  delay(profile: usize, nowNs: u64, lengthBytes: u32): u64 {
    const bucket0 = profile + PROFILE_BUCKET0;
    const bucket1 = profile + PROFILE_BUCKET1;
    const units = Bucket.units(bucket0, lengthBytes);
    const excess0 = Bucket.excess(bucket0, this.level, Bucket.cost(bucket0, units));
    const excess1 = Bucket.excess(bucket1, this.second, Bucket.cost(bucket1, units));
    const untilPrompt = timeToDrain(max(excess0, excess1), load<u64>(bucket0, BUCKET_DRAIN));
    return max(this.untilRoom(profile, nowNs, units), untilPrompt);
  }

  private untilRoom(profile: usize, nowNs: u64, units: u64): u64 {
    const counted = Bound.counted(profile, units, 1);
    if (Bound.hasRoom(profile, this.waiting(profile), counted)) return 0;
    const most = Bound.mostBeside(profile, counted);
    const pair = this.pair();
    if (Pair.hasRing(pair)) return ringUntil(Pair.ring(pair), most, nowNs);
    return pairUntil(profile, pair, most, this.unsent(profile));
  }

  /** Gives up what a flow that goes has kept. */
  drop(): void {
    const pair = this.pair();
    if (Pair.hasRing(pair)) dropRing(Pair.ring(pair));
    else Room.leave(Pair.packets(load<u32>(pair)));
  }
}

/** What lies beside so many slots, a MiB, is near enough. */
const NEAR_FLOWS: u64 = 1 << 16;

/** True for a shaper of two rates that should touch what lies beside the slots before a block is shaped. */
export function hasFarPairs(profile: usize): bool {
  return load<u64>(profile, PROFILE_KERNEL) == <u64>KERNEL_TWO_RATE_SHAPER && getStat(STAT_FLOWS) > NEAR_FLOWS;
}

/** Slots of a block whose packets wait, or find somebody waiting. */
const queued = memory.data(256 * 4, 64);

if (BLOCK_MAX != 256) ERROR("queued must hold a block");

/**
 * Starts what lies beside the slots of packets [first, end) of a block, whose places are known, on its way into the
 * cache: of those that will look for it, unless their flow has another packet before them.
 */
export function touchPairs(first: u32, end: u32): void {
  const depth0 = load<u64>(PROFILE, SHAPER_DEPTH0);
  const depth1 = load<u64>(PROFILE, SHAPER_DEPTH1);
  let count: u32 = 0;
  for (let i = first; i < end; i++) {
    const flow = changetype<TwoRateFlow>(Places.of(i));
    const units = Bucket.units(BUCKET0, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
    const elapsedNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK) - flow.lastNs;
    const level0 = Bucket.lowered(flow.level, Bucket.drained(BUCKET0, elapsedNs));
    const level1 = Bucket.lowered(flow.second, Bucket.drained(BUCKET1, elapsedNs));
    const waits0 = <u32>(level0 + Bucket.cost(BUCKET0, units) > depth0);
    const waits1 = <u32>(level1 + Bucket.cost(BUCKET1, units) > depth1);
    store<u32>(queued + (count << 2), changetype<u32>(flow));
    count += flow.isHeldUp(depth0, depth1) | waits0 | waits1;
  }
  for (let k: u32 = 0; k < count; k++) {
    store<u8>(sideOf(load<u32>(queued + (k << 2))) + SIDE_TOUCH_BYTE, 0);
  }
}
