/**
 * The packets that wait in a flow that is served by ticks, by the tick in which they leave: that of the last packet is
 * the slot's time, so the ticks of the others follow from their places. Three ticks fit into the word of the queue, and
 * what they hold is neither written nor read elsewhere; more, or fuller ones, make a ring until it is empty.
 *
 *   word:  bit 63 ..... 44   43 ......... 24   23 ........ 4   3 ... 1   0
 *          2 ticks before    1 tick before     last tick       0         0 (no ring)
 *   each:  packets (6 bits), units (14 bits)
 */
import { SHAPER_TICK } from "../abi/shaper";
import { Bound } from "./bound";
import { appendToRing, dropRing } from "./ring";
import { Room } from "./room";

const TICKS_MAX: u32 = 3;
const TICK_BITS: u32 = 20;
const TICK_MASK: u64 = (1 << TICK_BITS) - 1;
const UNITS_BITS: u32 = 14;
const UNITS_MAX: u64 = (1 << UNITS_BITS) - 1;
const ONE_PACKET: u64 = 1 << UNITS_BITS;
const PACKETS_MAX: u32 = 63;
const TICKS_AT: u32 = 4;
const OLDEST_AT: u32 = 44;

export class ByTicks {
  /** How many packets a word holds. */
  @inline static packets(word: u64): u32 {
    const high = <u32>(word >>> 32);
    return (high >>> 26) + ((high >>> 6) & PACKETS_MAX) + (((<u32>word) >>> 18) & PACKETS_MAX);
  }

  /** Their units. */
  @inline static units(word: u64): u64 {
    return ((word >>> 44) & UNITS_MAX) + ((word >>> 24) & UNITS_MAX) + ((word >>> 4) & UNITS_MAX);
  }

  /** The word without those who have left when the last one's tick is `restNs` from now. */
  @inline static live(word: u64, restNs: u64, tickNs: u64): u64 {
    const ticks = <u32>(restNs != 0) + <u32>(restNs > tickNs) + <u32>(restNs > 2 * tickNs);
    return ((word >>> TICKS_AT) & (((<u64>1) << (ticks * TICK_BITS)) - 1)) << TICKS_AT;
  }

  /** What waits, of a word without those who have left. */
  @inline static waiting(profile: usize, word: u64): u64 {
    return Bound.counted(profile, ByTicks.units(word), ByTicks.packets(word));
  }

  /** True when a word has a place for a packet of so many units that leaves `ticks` (0 or 1) after the last one. */
  @inline static hasPlace(word: u64, ticks: u32, units: u64): bool {
    const last = select<u64>(0, (word >>> TICKS_AT) & TICK_MASK, ticks != 0);
    const hasUnits = <u32>((last & UNITS_MAX) + units <= UNITS_MAX);
    const hasPackets = <u32>(last >>> UNITS_BITS < <u64>PACKETS_MAX);
    return (hasUnits & hasPackets & ((ticks ^ 1) | (<u32>(word >>> OLDEST_AT == 0)))) != 0;
  }

  /** The word, which has a place for it, with a packet that leaves `ticks` (0 or 1) after the last one. */
  @inline static with(word: u64, ticks: u32, units: u64): u64 {
    return select<u64>(word << TICK_BITS, word, ticks != 0) + ((units | ONE_PACKET) << TICKS_AT);
  }
}

/** Units and packets that leave `k` ticks before the last one's, as they lie in the word. */
function tickAt(word: u64, k: u32): u64 {
  return (word >>> (TICKS_AT + k * TICK_BITS)) & TICK_MASK;
}

function countedAt(profile: usize, word: u64, k: u32): u64 {
  const tick = tickAt(word, k);
  return Bound.counted(profile, tick & UNITS_MAX, <u32>(tick >>> UNITS_BITS));
}

/** Puts the packets of a queue's word, of which none has left, into a ring. False, and as it was, when memory has ended. */
export function ticksToRing(profile: usize, queue: usize, lastNs: u64): bool {
  const word = load<u64>(queue);
  store<u64>(queue, 0);
  Room.leave(ByTicks.packets(word));
  for (let k = TICKS_MAX; k-- > 0;) {
    const departsNs = lastNs - k * load<u64>(profile, SHAPER_TICK);
    // Together they count what the tick does, and leave together.
    let counted = <u32>countedAt(profile, word, k);
    for (let packets = tickAt(word, k) >>> UNITS_BITS; packets > 0; packets--) {
      if (!appendToRing(queue, departsNs, counted)) {
        if (load<u64>(queue) != 0) dropRing(queue);
        store<u64>(queue, word);
        Room.enter(ByTicks.packets(word));
        return false;
      }
      counted = 0;
    }
  }
  return true;
}

/** Ns until no more than `most` waits, of a word without those who have left in which more does. */
export function ticksUntilMost(profile: usize, word: u64, most: u64, restNs: u64): u64 {
  let waiting = ByTicks.waiting(profile, word);
  let k = TICKS_MAX;
  do {
    k--;
    waiting -= countedAt(profile, word, k);
  } while (waiting > most);
  return restNs - k * load<u64>(profile, SHAPER_TICK);
}
