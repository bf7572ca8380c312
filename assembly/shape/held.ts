/**
 * The packets that wait in a flow of two rates, as their sizes: up to three. More, or larger ones, make a ring until it is
 * empty. The bucket that is the later one to hold a packet's tokens holds it up. Since then that bucket has been charged
 * with those behind the packet, and with nothing else: so it waits while more is missing there than they cost.
 *
 *   word:  bit 47 ..... 33   32 .... 18   17 ...... 3   2 ..... 1   0
 *          oldest            older        newest        packets     ring
 *   each:  held up by bucket 1 (1 bit), units (14 bits)
 *
 * A word of 0 is an empty queue. As a rule no level of the policy needs its upper 24 bits (src/core/shaper.ts): then they
 * are the word, its lower half in the level of bucket 0, the other in that of bucket 1; a ring's own word lies beside the
 * slot (table/side.ts). Else any word lies there.
 */
import { BUCKET_DRAIN, BUCKET_UNIT, PROFILE_BUCKET0, PROFILE_BUCKET1, PROFILE_KERNEL } from "../abi";
import {
  HELD_LEVEL_BITS,
  KERNEL_TWO_RATE_SHAPER,
  SHAPER_DEPTH0,
  SHAPER_DEPTH1,
  SHAPER_LEVEL_MASK,
} from "../abi/shaper";
import { Bucket, timeToDrain } from "../meter/bucket";
import { SIDE_QUEUE, sideOf } from "../table/side";
import { Slot } from "../table/slot";
import { Bound } from "./bound";
import { appendToRing, dropRing } from "./ring";
import { Room } from "./room";

export const PACKETS_MAX: u32 = 3;
const UNITS_BITS: u64 = 14;
export const SIZE_MAX: u64 = (1 << UNITS_BITS) - 1;
const PACKET_BITS: u64 = UNITS_BITS + 1;
const PACKETS_AT: u64 = 1;
const NEWEST_AT: u64 = 3;
const BELOW: u64 = (1 << NEWEST_AT) - 1;
/** Held up by bucket 1: of the newest, and of all three. */
const BY_SECOND_AT_NEWEST: u64 = 1 << (NEWEST_AT + UNITS_BITS);
const BY_SECOND: u64 = BY_SECOND_AT_NEWEST * (1 + (1 << PACKET_BITS) + (1 << (2 * PACKET_BITS)));
/** Bits of a word that lie in one level. */
const HALF_BITS: u64 = 64 - HELD_LEVEL_BITS;
const LEVEL_BITS: u64 = HELD_LEVEL_BITS;
const IS_RING: u64 = 1;

export class Held {
  /** Which bits of a slot's levels are level: all, if the word lies beside the slot. */
  @inline static levelMask(profile: usize): u64 {
    return load<u64>(profile, SHAPER_LEVEL_MASK);
  }

  /** True when the word lies beside the slot. */
  @inline static isBeside(levelMask: u64): bool {
    return <i64>levelMask < 0;
  }

  /** The word of a flow; of a ring, one that says so. */
  @inline static of(slot: Slot, levelMask: u64): u64 {
    if (Held.isBeside(levelMask)) return load<u64>(Held.queue(slot));
    return (slot.level >>> LEVEL_BITS) | ((slot.second >>> LEVEL_BITS) << HALF_BITS);
  }

  /** Puts levels and the word of a flow, which is not a ring's. */
  @inline static put(slot: Slot, levelMask: u64, level: u64, second: u64, word: u64): void {
    slot.level = level | ((word << LEVEL_BITS) & ~levelMask);
    slot.second = second | (((word >>> HALF_BITS) << LEVEL_BITS) & ~levelMask);
    if (Held.isBeside(levelMask)) store<u64>(Held.queue(slot), word);
  }

  /** Says that a flow's word is that of the ring beside it. */
  @inline static putRing(slot: Slot, levelMask: u64): void {
    slot.level = (slot.level & levelMask) | ((IS_RING << LEVEL_BITS) & ~levelMask);
    slot.second &= levelMask;
  }

  /** Address of what lies beside the slot. */
  @inline static queue(slot: Slot): usize {
    return sideOf(changetype<usize>(slot)) + SIDE_QUEUE;
  }

  /** How many packets a word holds. */
  @inline static packets(word: u64): u32 {
    return ((<u32>word) >>> (<u32>PACKETS_AT)) & 3;
  }

  /** Level steps until packet `k` from the newest on has left. */
  @inline static unsent(profile: usize, word: u64, k: u32, level: u64, second: u64): u64 {
    const isSecond = (word & (BY_SECOND_AT_NEWEST << (k * PACKET_BITS))) != 0;
    const unit0 = load<u64>(profile + PROFILE_BUCKET0, BUCKET_UNIT);
    const unit = select<u64>(load<u64>(profile + PROFILE_BUCKET1, BUCKET_UNIT), unit0, isSecond);
    const depth = select<u64>(load<u64>(profile, SHAPER_DEPTH1), load<u64>(profile, SHAPER_DEPTH0), isSecond);
    const behind = Held.units(Held.newest(word, k)) * unit;
    return Bucket.lowered(select<u64>(second, level, isSecond), depth + behind);
  }

  /** How many packets of a word still wait. */
  @inline static waiting(profile: usize, word: u64, level: u64, second: u64): u32 {
    const packets = Held.packets(word);
    const newest = (<u32>(packets > 0)) & (<u32>(Held.unsent(profile, word, 0, level, second) != 0));
    const older = (<u32>(packets > 1)) & (<u32>(Held.unsent(profile, word, 1, level, second) != 0));
    const oldest = (<u32>(packets > 2)) & (<u32>(Held.unsent(profile, word, 2, level, second) != 0));
    return newest + older + oldest;
  }

  /** A word's newest `packets`. */
  @inline static newest(word: u64, packets: u32): u64 {
    return word & (((<u64>1) << (NEWEST_AT + packets * PACKET_BITS)) - 1) & ~BELOW;
  }

  /** The word with the newest `packets` alone. */
  @inline static kept(word: u64, packets: u32): u64 {
    return Held.newest(word, packets) | ((<u64>packets) << PACKETS_AT);
  }

  /** A word of so many packets with another behind them, which bucket 1 holds up if `isSecond` (0 or 1). */
  @inline static with(word: u64, packets: u32, units: u64, isSecond: u32): u64 {
    const added = (units << NEWEST_AT) | (<u64>isSecond * BY_SECOND_AT_NEWEST) | ((<u64>packets + 1) << PACKETS_AT);
    return ((word & ~BELOW) << PACKET_BITS) | added;
  }

  /**
   * True when another packet, which leaves when `steps` have drained, may stand behind those of a word: a bucket that is
   * empty before then does not tell any more when those leave whom it held up.
   */
  @inline static hasPlace(word: u64, packets: u32, steps: u64, level: u64, second: u64): bool {
    const all = Held.newest(BY_SECOND, packets);
    const bySecond = word & BY_SECOND;
    const lost = select<u64>(bySecond, select<u64>(all ^ bySecond, 0, level < steps), second < steps);
    return ((<u32>(lost == 0)) & (<u32>(packets < PACKETS_MAX))) != 0;
  }

  /** Units of packet `k` from the newest on. */
  @inline static unitsOf(word: u64, k: u32): u64 {
    return (word >>> (NEWEST_AT + k * PACKET_BITS)) & SIZE_MAX;
  }

  /** Units of the packets of a word without those who have left. */
  @inline static units(word: u64): u64 {
    return Held.unitsOf(word, 0) + Held.unitsOf(word, 1) + Held.unitsOf(word, 2);
  }

  /** What waits, of such a word. */
  @inline static counted(profile: usize, word: u64): u64 {
    return Bound.counted(profile, Held.units(word), Held.packets(word));
  }
}

/** True for a shaper of two rates whose words lie beside the slots. */
export function hasHeldBeside(profile: usize): bool {
  const isTwoRate = load<u64>(profile, PROFILE_KERNEL) == <u64>KERNEL_TWO_RATE_SHAPER;
  return isTwoRate && Held.isBeside(Held.levelMask(profile));
}

/** Level steps until packet `k` from the newest on has left. */
function unsentOf(profile: usize, slot: Slot, word: u64, k: u32): u64 {
  const mask = Held.levelMask(profile);
  return Held.unsent(profile, word, k, slot.level & mask, slot.second & mask);
}

/** How many packets of a flow's word still wait. */
export function heldPackets(profile: usize, slot: Slot, word: u64): u32 {
  let packets = Held.packets(word);
  while (packets > 0 && unsentOf(profile, slot, word, packets - 1) == 0) packets--;
  return packets;
}

/** Ns until packet `k` from the newest on has left. */
function untilGone(profile: usize, slot: Slot, word: u64, k: u32): u64 {
  return timeToDrain(unsentOf(profile, slot, word, k), load<u64>(profile + PROFILE_BUCKET0, BUCKET_DRAIN));
}

/** What packet `k` from the newest on counts. */
function countedAt(profile: usize, word: u64, k: u32): u64 {
  return Bound.counted(profile, Held.unitsOf(word, k), 1);
}

/**
 * Makes a ring of the packets of a word, of which none has left, and one that departs behind them. False, and as it was,
 * when memory has ended.
 */
export function heldToRing(profile: usize, slot: Slot, word: u64, nowNs: u64, departsNs: u64, counted: u32): bool {
  const mask = Held.levelMask(profile);
  const queue = Held.queue(slot);
  const packets = Held.packets(word);
  store<u64>(queue, 0);
  Room.leave(packets);
  let k = packets;
  while (k > 0) {
    const leavesNs = nowNs + untilGone(profile, slot, word, k - 1);
    if (!appendToRing(queue, leavesNs, <u32>countedAt(profile, word, k - 1))) break;
    k--;
  }
  if (k == 0 && appendToRing(queue, departsNs, counted)) {
    Held.putRing(slot, mask);
    return true;
  }
  if (load<u64>(queue) != 0) dropRing(queue);
  if (Held.isBeside(mask)) store<u64>(queue, word);
  Room.enter(packets);
  return false;
}

/** Ns until no more than `most` waits, of a word without those who have left in which more does. */
export function heldUntil(profile: usize, slot: Slot, word: u64, most: u64): u64 {
  let k = Held.packets(word);
  let waiting = Held.counted(profile, word);
  do {
    k--;
    waiting -= countedAt(profile, word, k);
  } while (waiting > most);
  return untilGone(profile, slot, word, k);
}
