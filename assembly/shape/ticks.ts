/**
 * A queue that is served by ticks, each of a quantum: packets from its head leave while they fit. The slot's time is the
 * tick in which the flow's last packet leaves or has left (at first: the flow's first packet, which its ticks are counted
 * from), the level what that tick has left of its quantum then. First in first out, so a packet's tick follows when it
 * comes. `second` is the queue (byticks.ts, ring.ts). Reference twin: src/reference/shape/ticks.ts.
 */
import {
  BATCH,
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
import { SHAPER_QUANTUM, SHAPER_TICK, SHAPER_TICK_MODE, TICK_CARRIES, TICK_IMMEDIATE } from "../abi/shaper";
import { Bucket } from "../meter/bucket";
import { countOversize } from "../loop/outcome";
import { Slot, SLOT_SECOND } from "../table/slot";
import { Bound } from "./bound";
import { ByTicks, TICKS_MAX, ticksToRing, UNITS_MAX } from "./byticks";
import { Departure } from "./departure";
import { Places } from "../loop/places";
import { REASON_DELAY, REASON_QUEUE } from "./reasons";
import { makeRoom } from "./reclaim";
import { advanceRing, appendToRing, Ring } from "./ring";
import { Room } from "./room";

/** A slot under a shaper of ticks. */
@unmanaged
export class TickFlow extends Slot {
  /** `shapePlain` (kernels.ts). Not of shapers that carry what a tick has left. */
  static shapePlain(first: u32, end: u32, unitsMax: u64): u32 {
    const mode = load<u64>(PROFILE, SHAPER_TICK_MODE);
    if ((mode & TICK_CARRIES) != 0) return first;
    // All ones: what is left of a tick serves who finds the queue empty.
    const whenIdle = -(<u64>((mode & TICK_IMMEDIATE) != 0));
    const tickNs = load<i64>(PROFILE, SHAPER_TICK);
    const quantum = load<u64>(PROFILE, SHAPER_QUANTUM);
    const limit = Bound.limit(PROFILE);
    const unitsMask = Bound.unitsMask(PROFILE);
    for (let i = first; i < end; i++) {
      const flow = changetype<TickFlow>(Places.of(i));
      const word = flow.second;
      const units = Bucket.units(PROFILE + PROFILE_BUCKET0, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
      if (units - 1 >= unitsMax) return i;
      if (Ring.is(word)) return i;
      const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
      const sinceNs = <i64>(nowNs - flow.lastNs);
      const isIdle = <u32>(sinceNs >= 0);
      const left = select<u64>(quantum, flow.level, sinceNs >= tickNs);
      const ahead = ByTicks.ahead(-sinceNs, tickNs);
      const before = ByTicks.parts(word);
      const part = ByTicks.part(before, ahead);
      const lastNs = flow.lastNs + ByTicks.passedNs(sinceNs, tickNs);
      if (!Bound.holds(limit, unitsMask, ByTicks.units(part) + units, ByTicks.packets(part) + 1)) {
        flow.lastNs = lastNs;
        flow.level = left;
        flow.second = ByTicks.word(before, ahead);
        Room.enter(ByTicks.packets(part) - ByTicks.counted(word));
        store<u8>(i, COLOR_RED, BATCH + COLUMN_COLOR);
        Departure.putNone(i);
        continue;
      }
      const isKept = (isIdle & (<u32>(units <= (left & whenIdle)))) ^ 1;
      // Who finds the queue empty and cannot leave at once begins with the next tick.
      const ticks = isKept & (isIdle | (<u32>(units > left)));
      const parts = ByTicks.with(ByTicks.later(before, ticks), units);
      if (isKept & ((<u32>(ahead + ticks > TICKS_MAX)) | (<u32>ByTicks.isOver(parts, units)))) return i;
      const laterNs = lastNs + select<i64>(tickNs, 0, ticks != 0);
      flow.level = select<u64>(quantum, left, ticks != 0) - units;
      flow.lastNs = laterNs;
      flow.second = ByTicks.word(select<u64>(parts, before, isKept != 0), ahead + ticks);
      Room.enter(isKept + ByTicks.packets(part) - ByTicks.counted(word));
      store<u8>(i, COLOR_GREEN, BATCH + COLUMN_COLOR);
      Departure.put(i, select<u64>(laterNs, nowNs, isKept != 0), 0);
    }
    return end;
  }

  /** Shapes packet `i`: REASON_NONE and its departure, or why it is dropped. */
  offer(profile: usize, i: u32, nowNs: u64, lengthBytes: u32): u32 {
    const waiting = this.advance(profile, nowNs);
    const isIdle = nowNs >= this.lastNs;
    if (isIdle) this.passTicks(profile, nowNs);
    Departure.putNone(i);
    const bucket = profile + PROFILE_BUCKET0;
    const units = Bucket.units(bucket, lengthBytes);
    if (Bucket.isTooLarge(bucket, units)) {
      countOversize(i);
      return REASON_OVERSIZE;
    }
    const counted = Bound.counted(profile, units, 1);
    if (!Bound.hasRoom(profile, waiting, counted)) return REASON_QUEUE;
    const isImmediate = (load<u64>(profile, SHAPER_TICK_MODE) & TICK_IMMEDIATE) != 0;
    if (isIdle && isImmediate && units <= this.level && !Departure.isTooLate(nowNs, 0)) {
      this.level -= units;
      Departure.put(i, nowNs, 0);
      return REASON_NONE;
    }
    // Who finds the queue empty and cannot leave at once begins with the next tick.
    const left = isIdle && !isImmediate ? 0 : this.level;
    const ticks = ticksUntil(profile, units, left, isIdle);
    const quantum = load<u64>(profile, SHAPER_QUANTUM);
    const departsNs = this.lastNs + ticks * load<u64>(profile, SHAPER_TICK);
    if (departsNs < this.lastNs || departsNs == u64.MAX_VALUE) return REASON_DELAY;
    if (counted == 0) {
      // It leaves with the last one, or alone: then nothing leaves in the ticks up to its own.
      if (ticks != 0) this.second = 0;
    } else if (!this.append(profile, departsNs, ticks, units, counted, nowNs)) {
      Room.countRefused(i);
      return REASON_MEMORY_FULL;
    }
    const carries = (load<u64>(profile, SHAPER_TICK_MODE) & TICK_CARRIES) != 0;
    this.level = (carries || ticks == 0 ? left : 0) + ticks * quantum - units;
    this.lastNs = departsNs;
    Departure.put(i, departsNs, 0);
    return REASON_NONE;
  }

  /** Lets those go that have left by `nowNs`, and answers what waits. */
  advance(profile: usize, nowNs: u64): u64 {
    let word = this.second;
    if (Ring.is(word)) {
      word = advanceRing(changetype<usize>(this) + SLOT_SECOND, nowNs, nowNs >= this.lastNs);
      if (Ring.is(word)) return Ring.waiting(word);
    }
    const ahead = ByTicks.ahead(this.restNs(nowNs), load<u64>(profile, SHAPER_TICK));
    this.second = ByTicks.word(ByTicks.parts(word), ahead);
    Room.leave(ByTicks.counted(word) - ByTicks.counted(this.second));
    return ByTicks.waiting(profile, this.second);
  }

  /** Ns until all have left. */
  @inline restNs(nowNs: u64): u64 {
    return Bucket.lowered(this.lastNs, nowNs);
  }

  /** Ticks that find nothing to send leave no more than a whole quantum. */
  private passTicks(profile: usize, nowNs: u64): void {
    const tickNs = load<u64>(profile, SHAPER_TICK);
    const passed = (nowNs - this.lastNs) / tickNs;
    if (passed == 0) return;
    this.lastNs += passed * tickNs;
    this.level = load<u64>(profile, SHAPER_QUANTUM);
  }

  /** Puts a packet at the end that leaves `ticks` after the last one. False when there is no room. */
  private append(profile: usize, departsNs: u64, ticks: u64, units: u64, counted: u64, nowNs: u64): bool {
    if (Room.isFull() && !makeRoom(profile, nowNs)) return false;
    const word = this.second;
    const ahead = ByTicks.ticks(word);
    if (!Ring.is(word) && (ahead == 0 || (ticks <= 1 && ahead + ticks <= TICKS_MAX))) {
      // Where none waits, it does not matter how long before it the last one left.
      const parts = ByTicks.with(ahead == 0 ? 0 : ByTicks.later(ByTicks.parts(word), <u32>ticks), units);
      if (units <= UNITS_MAX && !ByTicks.isOver(parts, units)) {
        this.second = ByTicks.word(parts, ahead == 0 ? 1 : ahead + <u32>ticks);
        Room.enter(1);
        return true;
      }
    }
    const queue = changetype<usize>(this) + SLOT_SECOND;
    if (!Ring.is(word) && !ticksToRing(profile, queue, this.lastNs)) return false;
    return appendToRing(queue, departsNs, <u32>counted);
  }
}

/** Ticks from the last packet's on until one has so many units left; with an idle queue the next one at least. */
function ticksUntil(profile: usize, units: u64, left: u64, isIdle: bool): u64 {
  if (units <= left && !isIdle) return 0;
  if ((load<u64>(profile, SHAPER_TICK_MODE) & TICK_CARRIES) == 0) return 1;
  const quantum = load<u64>(profile, SHAPER_QUANTUM);
  return units <= left ? 1 : max<u64>((units - left + quantum - 1) / quantum, 1);
}
