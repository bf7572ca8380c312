/**
 * The packets that wait in a flow of two rates, beside its slot (table/side.ts): the newest leaves when what is unsent
 * has drained, one before it so many steps earlier. More, or larger ones, make a ring until it is empty.
 *
 *   byte   0 ........................................... 3   4 ......................... 11
 *          packets (2 bits, 3: ring), older, newest (15 each)   steps between them, or the ring
 */
import { BUCKET_DRAIN, PROFILE_BUCKET0 } from "../abi";
import { timeToDrain } from "../meter/bucket";
import { Bound } from "./bound";
import { appendToRing, dropRing } from "./ring";
import { Room } from "./room";

const SIZE_BITS: u32 = 15;
export const SIZE_MAX: u64 = (1 << SIZE_BITS) - 1;
/** All bits of sizes. */
const SIZES: u32 = (1 << (2 * SIZE_BITS)) - 1;
const PACKETS_AT: u32 = 30;
export const PACKETS_MAX: u32 = 2;
const IS_RING: u32 = 3;
/** Where the steps, or the ring, lie. */
const APART: usize = 4;
/** Steps between the newest and one that is not there. */
export const APART_NONE: u64 = u64.MAX_VALUE;

export class Pair {
  /** Address of the ring, where there is one. */
  @inline static ring(pair: usize): usize {
    return pair + APART;
  }

  /** True when the word of sizes says that there is a ring. */
  @inline static isRing(word: u32): bool {
    return word >>> PACKETS_AT == IS_RING;
  }

  @inline static hasRing(pair: usize): bool {
    return Pair.isRing(load<u32>(pair));
  }

  /** Steps between the two. */
  @inline static apart(pair: usize): u64 {
    return load<u64>(pair, APART);
  }

  /** How many packets a pair of these sizes holds. */
  @inline static packets(word: u32): u32 {
    return word >>> PACKETS_AT;
  }

  /** How many of them wait when `unsent` level steps are left of all. */
  @inline static waitingPackets(apart: u64, unsent: u64): u32 {
    return <u32>(unsent != 0) + <u32>(unsent > apart);
  }

  /** Units of the newest `packets`. */
  @inline static units(word: u32, packets: u32): u64 {
    const sizes = word & ((1 << (packets * SIZE_BITS)) - 1);
    return (sizes & (<u32>SIZE_MAX)) + (sizes >>> SIZE_BITS);
  }

  /** What waits, of a pair without those who have left. */
  @inline static counted(profile: usize, pair: usize): u64 {
    const word = load<u32>(pair);
    return Bound.counted(profile, Pair.units(word, Pair.packets(word)), Pair.packets(word));
  }

  /**
   * Makes a pair of the newest `packets` of the sizes of a word, and `added` (0 or 1) other, for which there is a place.
   * Steps between two of them are `apart`.
   */
  @inline static put(pair: usize, word: u32, apart: u64, packets: u32, units: u64, added: u32): void {
    const kept = word & SIZES;
    const pushed = (<u32>units) | ((kept & (<u32>SIZE_MAX)) << SIZE_BITS);
    store<u32>(pair, select<u32>(pushed, kept, added != 0) | ((packets + added) << PACKETS_AT));
    store<u64>(pair, select<u64>(apart, APART_NONE, packets + added == PACKETS_MAX), APART);
  }

  /** Makes a ring that is empty a pair of none. */
  @inline static clear(pair: usize): void {
    store<u32>(pair, 0);
    store<u64>(pair, APART_NONE, APART);
  }
}

/** Makes a ring of a pair, of which none has left. False, and as it was, when memory has ended. */
export function pairToRing(profile: usize, pair: usize, unsent: u64, nowNs: u64): bool {
  const word = load<u32>(pair);
  const apart = load<u64>(pair, APART);
  const held = word >>> PACKETS_AT;
  const ring = pair + APART;
  store<u32>(pair, IS_RING << PACKETS_AT);
  store<u64>(ring, 0);
  Room.leave(held);
  for (let k = held; k-- > 0;) {
    const units = (word >>> (k * SIZE_BITS)) & (<u32>SIZE_MAX);
    const departsNs = nowNs + untilGone(profile, k == 0 ? unsent : unsent - apart);
    if (appendToRing(ring, departsNs, <u32>Bound.counted(profile, units, 1))) continue;
    if (load<u64>(ring) != 0) dropRing(ring);
    store<u32>(pair, word);
    store<u64>(ring, apart);
    Room.enter(held);
    return false;
  }
  return true;
}

/** Ns until no more than `most` waits, of a pair that was advanced and in which more does. */
export function pairUntil(profile: usize, pair: usize, most: u64, unsent: u64): u64 {
  const word = load<u32>(pair);
  const newest = Bound.counted(profile, word & (<u32>SIZE_MAX), 1);
  const isBoth = Pair.packets(word) < PACKETS_MAX || newest > most;
  return untilGone(profile, isBoth ? unsent : unsent - load<u64>(pair, APART));
}

function untilGone(profile: usize, steps: u64): u64 {
  return timeToDrain(steps, load<u64>(profile + PROFILE_BUCKET0, BUCKET_DRAIN));
}
