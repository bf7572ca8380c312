/**
 * The packets that wait in a flow that is served by ticks, by the tick in which they leave: that of the last packet is
 * the slot's time, so the ticks of the others follow from their places. What leaves in the last three ticks fits into the
 * word of the queue, and is neither written nor read elsewhere; more, or fuller ones, make a ring until it is empty.
 *
 *   word:  bit 63 ......... 44   43 ....... 24   23 ........ 4   3   2 ... 1   0
 *          last three ticks      last two        last tick       0   ticks     0 (no ring)
 *   each:  packets (6 bits), units (14 bits)
 *
 * Time tells how many of the ticks are ahead, so one part of the word is what waits; parts of more ticks mean nothing.
 * The ticks in bits 1 and 2 are those that were ahead when the word was written: their packets are counted in the room.
 */
import { SHAPER_TICK } from "../abi/shaper";
import { Bound } from "./bound";
import { appendToRing, dropRing } from "./ring";
import { Room } from "./room";

export const TICKS_MAX: u32 = 3;
const TICK_BITS: u32 = 20;
const UNITS_BITS: u32 = 14;
export const UNITS_MAX: u64 = (1 << UNITS_BITS) - 1;
const ONE_PACKET: u64 = 1 << UNITS_BITS;
const TICKS_AT: u32 = 4;
const OLDEST_AT: u32 = 44;
const TICKS_BELOW: u64 = (1 << TICKS_AT) - 1;
/** Times packet and units: added to all parts of a word. */
const TO_ALL: u64 = (1 << TICKS_AT) | (1 << (TICKS_AT + TICK_BITS)) | (1 << OLDEST_AT);

export class ByTicks {
  /** Ticks of the word that are ahead when the last one is `restNs` from now, or was. */
  @inline static ahead(restNs: i64, tickNs: i64): u32 {
    return <u32>(restNs > 0) + <u32>(restNs > tickNs) + <u32>(restNs > 2 * tickNs);
  }

  /** Whole ticks that have passed `sinceNs` (signed) after the last one, in ns. */
  @inline static passedNs(sinceNs: i64, tickNs: i64): i64 {
    // Seldom: a flow that is as often idle is not shaped.
    if (sinceNs >= 3 * tickNs) return sinceNs - (sinceNs % tickNs);
    return select<i64>(2 * tickNs, select<i64>(tickNs, 0, sinceNs >= tickNs), sinceNs >= 2 * tickNs);
  }

  /** What leaves in the last `ticks` of parts: see `units`, `packets`. */
  @inline static part(parts: u64, ticks: u32): u32 {
    return <u32>((parts << (OLDEST_AT + TICK_BITS - TICKS_AT - ticks * TICK_BITS)) >>> OLDEST_AT);
  }

  @inline static units(part: u32): u64 {
    return part & (<u32>UNITS_MAX);
  }

  @inline static packets(part: u32): u32 {
    return part >>> UNITS_BITS;
  }

  /** Ticks that were ahead when the word was written. */
  @inline static ticks(word: u64): u32 {
    return ((<u32>word) >>> 1) & 3;
  }

  /** What waited then. */
  @inline static kept(word: u64): u32 {
    // With no ticks, what lies below the parts is 0.
    return ByTicks.part(word, ByTicks.ticks(word));
  }

  /** Packets that waited then. */
  @inline static counted(word: u64): u32 {
    return ByTicks.packets(ByTicks.kept(word));
  }

  /** What waited then, in units or packets. */
  @inline static waiting(profile: usize, word: u64): u64 {
    const part = ByTicks.kept(word);
    return Bound.counted(profile, ByTicks.units(part), ByTicks.packets(part));
  }

  /** The parts of a word. */
  @inline static parts(word: u64): u64 {
    return word & ~TICKS_BELOW;
  }

  /** Parts `added` (0 or 1) ticks later. */
  @inline static later(parts: u64, added: u32): u64 {
    return select<u64>(parts << TICK_BITS, parts, added != 0);
  }

  /** Parts with a packet of at most UNITS_MAX units more in the last tick; with more units they are over. */
  @inline static with(parts: u64, units: u64): u64 {
    return parts + (units + ONE_PACKET) * TO_ALL;
  }

  /** True when parts had no place for the packet of so many units that they were given: the oldest has wrapped. */
  @inline static isOver(parts: u64, units: u64): bool {
    const oldest = <u32>(parts >>> OLDEST_AT);
    return ((<u32>(ByTicks.units(oldest) < units)) | (<u32>(oldest < <u32>ONE_PACKET))) != 0;
  }

  /** The word of parts of which so many ticks are ahead. */
  @inline static word(parts: u64, ticks: u32): u64 {
    return parts | (ticks << 1);
  }
}

/** What leaves in the tick that is `k` before the last. */
function tickAt(word: u64, k: u32): u32 {
  const parts = ByTicks.parts(word);
  return ByTicks.part(parts, k + 1) - ByTicks.part(parts, k);
}

function countedAt(profile: usize, word: u64, k: u32): u64 {
  const tick = tickAt(word, k);
  return Bound.counted(profile, ByTicks.units(tick), ByTicks.packets(tick));
}

/** Puts the packets of a queue's word, of which none has left, into a ring. False, and as it was, when memory has ended. */
export function ticksToRing(profile: usize, queue: usize, lastNs: u64): bool {
  const word = load<u64>(queue);
  store<u64>(queue, 0);
  Room.leave(ByTicks.counted(word));
  for (let k = ByTicks.ticks(word); k-- > 0;) {
    const departsNs = lastNs - k * load<u64>(profile, SHAPER_TICK);
    // Together they count what the tick does, and leave together.
    let counted = <u32>countedAt(profile, word, k);
    for (let packets = ByTicks.packets(tickAt(word, k)); packets > 0; packets--) {
      if (!appendToRing(queue, departsNs, counted)) {
        if (load<u64>(queue) != 0) dropRing(queue);
        store<u64>(queue, word);
        Room.enter(ByTicks.counted(word));
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
  let k = ByTicks.ticks(word);
  do {
    k--;
    waiting -= countedAt(profile, word, k);
  } while (waiting > most);
  return restNs - k * load<u64>(profile, SHAPER_TICK);
}
