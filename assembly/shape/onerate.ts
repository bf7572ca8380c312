/**
 * One rate and a queue of whole packets: the leaky bucket that counts bytes or packets, and the token bucket, whose depth
 * leaves at once. The level is what has not been sent, of the packet at hand too; the packet leaves when it has drained
 * to the depth. `second` is the queue (sizes.ts, ring.ts). Reference twins: src/reference/shape/leakybucket.ts,
 * tokenbucket.ts.
 */
import {
  BATCH,
  BUCKET_DRAIN,
  BUCKET_UNIT,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_LENGTH,
  PROFILE,
  PROFILE_BUCKET0,
  REASON_NONE,
  REASON_OVERSIZE,
  REASON_MEMORY_FULL,
} from "../abi";
import { SHAPER_DEPTH0 } from "../abi/shaper";
import { Bucket, timeToDrain } from "../meter/bucket";
import { countOversize } from "../loop/outcome";
import { Slot, SLOT_SECOND } from "../table/slot";
import { Bound } from "./bound";
import { Departure } from "./departure";
import { Places } from "../loop/places";
import { REASON_DELAY, REASON_QUEUE } from "./reasons";
import { advanceRing, appendToRing, Ring } from "./ring";
import { Room } from "./room";
import { PACKETS_MAX, SIZE_MAX, Sizes, sizesToRing } from "./sizes";
import { makeRoom } from "./reclaim";

const BUCKET: usize = PROFILE + PROFILE_BUCKET0;

/** A slot under a shaper of one rate. */
@unmanaged
export class OneRateFlow extends Slot {
  /**
   * `shapePlain` (kernels.ts). Who finds nobody waiting and leaves at once is done first: of a bucket with depth most do.
   * Beyond that there is no branch on what a packet is, for a busy shaper drops unpredictably; and there is no call, around
   * which all that the loop holds would be written to memory and read again. Above which levels one, two and three wait,
   * and the packet has no room, is known before the level is.
   */
  static shapePlain(first: u32, end: u32, unitsMax: u64): u32 {
    const depth = load<u64>(PROFILE, SHAPER_DEPTH0);
    for (let i = first; i < end; i++) {
      const flow = changetype<OneRateFlow>(Places.of(i));
      const word = flow.second;
      const units = Bucket.units(BUCKET, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
      if (units - 1 >= unitsMax) return i;
      const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
      const level = Bucket.lowered(flow.level, Bucket.drained(BUCKET, nowNs - flow.lastNs));
      const unit = load<u64>(BUCKET, BUCKET_UNIT);
      const charged = level + units * unit;
      if (Sizes.isEmpty(word) && charged <= depth) {
        flow.lastNs = nowNs;
        flow.level = charged;
        store<u8>(i, COLOR_GREEN, BATCH + COLUMN_COLOR);
        Departure.put(i, nowNs, 0);
        continue;
      }
      if (Ring.is(word)) return i;
      const two = depth + Sizes.newest(word, 1) * unit;
      const three = max(two, depth + Sizes.newest(word, 2) * unit);
      const highest = min(Sizes.highest(PROFILE, word, units, depth, two, three), Bucket.highest(BUCKET, units * unit));
      const departs = level <= highest;
      if (level > three && departs) return i;
      const packets = <u32>(level > depth) + <u32>(level > two) + <u32>(level > three);
      const isKept = (<u32>departs) & (<u32>(charged > depth));
      flow.lastNs = nowNs;
      flow.level = select<u64>(charged, level, departs);
      flow.second = Sizes.with(word, packets, units, isKept);
      Room.enter(packets + isKept - Sizes.packets(word));
      store<u8>(i, ((<u32>departs) ^ 1) * COLOR_RED, BATCH + COLUMN_COLOR);
      Departure.putAfter(i, <u32>departs, nowNs, Bucket.lowered(charged, depth), load<u64>(BUCKET, BUCKET_DRAIN));
    }
    return end;
  }

  /** Shapes packet `i`: REASON_NONE and its departure, or why it is dropped. */
  offer(profile: usize, i: u32, nowNs: u64, lengthBytes: u32): u32 {
    const bucket = profile + PROFILE_BUCKET0;
    const units = Bucket.units(bucket, lengthBytes);
    const waiting = this.advance(profile, nowNs);
    const level = this.level;
    Departure.putNone(i);
    if (Bucket.isTooLarge(bucket, units)) {
      countOversize(i);
      return REASON_OVERSIZE;
    }
    const counted = Bound.counted(profile, units, 1);
    if (!Bound.hasRoom(profile, waiting, counted)) return REASON_QUEUE;
    const cost = Bucket.cost(bucket, units);
    if (Bucket.excess(bucket, level, cost) != 0) return REASON_DELAY;
    const drain = load<u64>(bucket, BUCKET_DRAIN);
    const steps = Bucket.lowered(level + cost, load<u64>(profile, SHAPER_DEPTH0));
    const waitNs = Departure.waitNs(steps, drain);
    if (Departure.isTooLate(nowNs, waitNs)) return REASON_DELAY;
    if (waitNs != 0 && counted != 0 && Bound.isBounded(profile)) {
      if (!this.append(profile, nowNs + waitNs, units, nowNs)) {
        Room.countRefused(i);
        return REASON_MEMORY_FULL;
      }
    }
    this.level = level + cost;
    Departure.put(i, nowNs + waitNs, waitNs * drain - steps);
    return REASON_NONE;
  }

  /** Drains to `nowNs`, lets those go that have left, and answers what waits. */
  advance(profile: usize, nowNs: u64): u64 {
    const drained = Bucket.drained(profile + PROFILE_BUCKET0, nowNs - this.lastNs);
    this.level = Bucket.lowered(this.level, drained);
    this.lastNs = nowNs;
    const word = this.second;
    if (Ring.is(word)) {
      const advanced = advanceRing(changetype<usize>(this) + SLOT_SECOND, nowNs, this.unsent(profile) == 0);
      return Ring.is(advanced) ? Ring.waiting(advanced) : 0;
    }
    const depth = load<u64>(profile, SHAPER_DEPTH0);
    const packets = min(Sizes.waitingPackets(profile, word, this.level, depth), Sizes.packets(word));
    this.second = Sizes.with(word, packets, 0, 0);
    Room.leave(Sizes.packets(word) - packets);
    return Bound.counted(profile, Sizes.units(word, packets), packets);
  }

  /** Level steps until all have left. */
  @inline unsent(profile: usize): u64 {
    return Bucket.lowered(this.level, load<u64>(profile, SHAPER_DEPTH0));
  }

  /** Puts a packet at the end, where there is no place for it in the word. False when there is no room. */
  append(profile: usize, departsNs: u64, units: u64, nowNs: u64): bool {
    if (Room.isFull() && !makeRoom(profile, nowNs)) return false;
    const word = this.second;
    const packets = Sizes.packets(word);
    if (!Ring.is(word) && packets < PACKETS_MAX && units <= SIZE_MAX) {
      this.second = Sizes.with(word, packets, units, 1);
      Room.enter(1);
      return true;
    }
    const queue = changetype<usize>(this) + SLOT_SECOND;
    if (!Ring.is(this.second) && !sizesToRing(profile, queue, this.unsent(profile), nowNs)) return false;
    return appendToRing(queue, departsNs, <u32>Bound.counted(profile, units, 1));
  }

  /** Ns until a packet that was dropped would not wait too long, on a flow that it left at now. */
  untilPrompt(profile: usize, units: u64): u64 {
    const bucket = profile + PROFILE_BUCKET0;
    const excess = Bucket.excess(bucket, this.level, Bucket.cost(bucket, units));
    return timeToDrain(excess, load<u64>(bucket, BUCKET_DRAIN));
  }
}
