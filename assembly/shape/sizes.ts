/**
 * The packets that wait in a flow of one rate, as their sizes alone: what has not been sent, less what lies behind a
 * packet, says when it leaves. So up to three packets fit into the word of the queue, and are neither written nor read
 * elsewhere; more, or larger ones, make a ring until it is empty.
 *
 *   word:  bit 63 ........ 44   43 ......... 24   23 ....... 4   3       2 ..... 1   0
 *          newest three, units   newest two       newest          0      packets     0 (no ring)
 *
 * Who has left is found from the newest on: a packet waits while more is unsent than lies behind it. That holds on when
 * packets are charged, by the same on both sides, and when all have left: what is unsent then is part of the next one.
 */
import { BUCKET_DRAIN, BUCKET_UNIT, PROFILE_BUCKET0 } from "../abi";
import { SHAPER_QUEUE_LIMIT, SHAPER_QUEUE_MASK } from "../abi/shaper";
import { timeToDrain } from "../meter/bucket";
import { Bound } from "./bound";
import { appendToRing, dropRing } from "./ring";
import { Room } from "./room";

/** Most packets of a word, and units of each: all fit into a sum. */
export const PACKETS_MAX: u32 = 3;
export const SIZE_MAX: u64 = (1 << 18) - 1;
const UNITS_BITS: u32 = 20;
const UNITS_MAX: u64 = (1 << UNITS_BITS) - 1;
const UNITS_AT: u32 = 4;
const UNITS_BELOW: u64 = (1 << UNITS_AT) - 1;
/** Times units: added to all sums of a word. */
const TO_ALL: u64 = (1 << UNITS_AT) | (1 << (UNITS_AT + UNITS_BITS)) | (1 << (UNITS_AT + 2 * UNITS_BITS));

export class Sizes {
  /** True of a word that holds no packet, and is not that of a ring. */
  @inline static isEmpty(word: u64): bool {
    return ((<u32>word) & (<u32>UNITS_BELOW)) == 0;
  }

  /** How many packets a word holds. */
  @inline static packets(word: u64): u32 {
    return ((<u32>word) >>> 1) & 3;
  }

  /** How many of them wait while `level` is above `depth`: more is unsent than lies behind them. */
  @inline static waitingPackets(profile: usize, word: u64, level: u64, depth: u64): u32 {
    const unit = load<u64>(profile + PROFILE_BUCKET0, BUCKET_UNIT);
    const second = <u32>(level > depth + ((word >>> UNITS_AT) & UNITS_MAX) * unit);
    const third = <u32>(level > depth + ((word >>> (UNITS_AT + UNITS_BITS)) & UNITS_MAX) * unit);
    // Beyond those that wait, sums mean nothing.
    return <u32>(level > depth) + second + (second & third);
  }

  /** Units of the newest `packets` (1 to 3) together. */
  @inline static newest(word: u64, packets: u32): u64 {
    return (word >>> (UNITS_AT + packets * UNITS_BITS - UNITS_BITS)) & UNITS_MAX;
  }

  /** The highest level at which there is room for so many units, if one, two and three wait above these levels. */
  @inline static highest(profile: usize, word: u64, units: u64, one: u64, two: u64, three: u64): u64 {
    const limit = load<u64>(profile, SHAPER_QUEUE_LIMIT);
    if (load<u64>(profile, SHAPER_QUEUE_MASK) == 0) {
      const most = select<u64>(three, u64.MAX_VALUE, limit == 3);
      return select<u64>(one, select<u64>(two, most, limit == 2), limit == 1);
    }
    const most = limit - units;
    const beside2 = select<u64>(three, u64.MAX_VALUE, Sizes.newest(word, 3) > most);
    const beside1 = select<u64>(two, beside2, Sizes.newest(word, 2) > most);
    return select<u64>(one, beside1, Sizes.newest(word, 1) > most);
  }

  /** Units of the newest `packets` together. */
  @inline static units(word: u64, packets: u32): u64 {
    const units = (word >>> (UNITS_AT + packets * UNITS_BITS - UNITS_BITS)) & UNITS_MAX;
    return select<u64>(units, 0, packets != 0);
  }

  /** What waits, of a word without those who have left. */
  @inline static counted(profile: usize, word: u64): u64 {
    const packets = Sizes.packets(word);
    return Bound.counted(profile, Sizes.units(word, packets), packets);
  }

  /** The word with the newest `packets` alone, and `added` (0 or 1) other of so many units. */
  @inline static with(word: u64, packets: u32, units: u64, added: u32): u64 {
    const kept = word & ~UNITS_BELOW;
    const pushed = (kept << UNITS_BITS) + units * TO_ALL;
    return select<u64>(pushed, kept, added != 0) | ((packets + added) << 1);
  }
}

/** What packet `k` from the newest on counts. */
function countedAt(profile: usize, word: u64, k: u32): u64 {
  return Bound.counted(profile, Sizes.units(word, k + 1) - Sizes.units(word, k), 1);
}

/** Ns until packet `k` from the newest on has left, when `unsent` steps are left of all. */
function untilGone(profile: usize, word: u64, k: u32, unsent: u64): u64 {
  const bucket = profile + PROFILE_BUCKET0;
  const behind = Sizes.units(word, k) * load<u64>(bucket, BUCKET_UNIT);
  return timeToDrain(unsent - behind, load<u64>(bucket, BUCKET_DRAIN));
}

/** Puts the packets of a queue's word, of which none has left, into a ring. False, and as it was, when memory has ended. */
export function sizesToRing(profile: usize, queue: usize, unsent: u64, nowNs: u64): bool {
  const word = load<u64>(queue);
  store<u64>(queue, 0);
  Room.leave(Sizes.packets(word));
  for (let k = Sizes.packets(word); k-- > 0;) {
    const departsNs = nowNs + untilGone(profile, word, k, unsent);
    if (appendToRing(queue, departsNs, <u32>countedAt(profile, word, k))) continue;
    if (load<u64>(queue) != 0) dropRing(queue);
    store<u64>(queue, word);
    Room.enter(Sizes.packets(word));
    return false;
  }
  return true;
}

/** Ns until no more than `most` waits, of a word without those who have left in which more does. */
export function sizesUntil(profile: usize, word: u64, most: u64, unsent: u64): u64 {
  let k = Sizes.packets(word);
  let waiting = Sizes.counted(profile, word);
  do {
    k--;
    waiting -= countedAt(profile, word, k);
  } while (waiting > most);
  return untilGone(profile, word, k, unsent);
}
