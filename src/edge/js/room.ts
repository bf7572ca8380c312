/** Room in a full table, in JavaScript: twin of assembly/edge/room.ts. */
import {
  ON_FULL_DENY,
  ON_FULL_EVICT_OLDEST,
  SEARCH_PLACES,
  STATE,
  STATE_EVICTED,
  STATE_FLOWS,
  STATE_FLOWS_MAX,
  STATE_FORGOTTEN,
} from "../../../assembly/edge/abi.ts";
import type { WaitNs } from "../../engine-js/exact/slotprogram.ts";
import type { Parts } from "./call.ts";
import { countState } from "./counters.ts";
import { drainedIn } from "./program.ts";
import { readHeld } from "./state.ts";

const TWO_32 = 2 ** 32;
/** The upper word of a compact state that is blocked is at least this. */
const BLOCKED_HI = 2 ** 31;
/** Doubles of numbers up to 2^64 are off by up to 2^11; three of them and a quotient make less than this. */
const ERROR_NS = 2 ** 14;

/** A flow by its word. */
interface Flow {
  readonly wordLo: number;
  readonly wordHi: number;
}

interface Leaver extends Flow {
  readonly isDrained: boolean;
}

export class Room {
  readonly #parts: Parts;
  /** Those that `hasRoom` found. */
  #leavers: Leaver[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whether there is room for all of `needed`; `own` flows do not leave. */
  hasRoom(needed: readonly Flow[], own: readonly Flow[]): boolean {
    return this.#find(needed, own, 0n) === 0n;
  }

  /** Lets those leave that `hasRoom` found. */
  clear(): void {
    for (const { wordLo, wordHi, isDrained } of this.#leavers) {
      this.#parts.table.removeWord(wordLo, wordHi);
      countState(this.#parts.words, isDrained ? STATE_EVICTED : STATE_FORGOTTEN);
    }
  }

  /** Ns, at least `leastNs`, until there would be room, were nothing to come meanwhile; null when there never will be. */
  roomIn(needed: readonly Flow[], own: readonly Flow[], leastNs: bigint): WaitNs {
    const { words } = this.#parts;
    const left = words[STATE / 4 + 2 * STATE_FLOWS_MAX]! - words[STATE / 4 + 2 * STATE_FLOWS]!;
    let aheadNs = leastNs;
    let nextNs = this.#find(needed, own, aheadNs);
    // Of one that is to leave, the next look would find just that.
    if (needed.length === left + 1 && nextNs !== 0n) return nextNs;
    while (nextNs !== 0n && nextNs !== null) {
      aheadNs = nextNs;
      nextNs = this.#find(needed, own, aheadNs);
    }
    return nextNs === 0n ? aheadNs : null;
  }

  /** Finds room as it would be `aheadNs` later. Answers 0, or after how many ns it is worth another look. */
  #find(needed: readonly Flow[], own: readonly Flow[], aheadNs: bigint): WaitNs {
    const { words, onFull } = this.#parts;
    const left = words[STATE / 4 + 2 * STATE_FLOWS_MAX]! - words[STATE / 4 + 2 * STATE_FLOWS]!;
    this.#leavers = [];
    for (const flow of needed.slice(left)) {
      if (onFull === ON_FULL_DENY) return null;
      const nextNs = this.#findLeaver(flow.wordHi, own, aheadNs);
      if (nextNs !== 0n) return nextNs;
    }
    return 0n;
  }

  #findLeaver(wordHi: number, own: readonly Flow[], aheadNs: bigint): WaitNs {
    const { table, blocks, onFull } = this.#parts;
    const searched = Math.min(SEARCH_PLACES / table.slotsPerBlock, blocks);
    const home = table.homeBlock(wordHi);
    let soonest: WaitNs = null;
    let bound = Infinity;
    let [next, nextState, nextKind] = [-1, 0, -1];
    for (let block of searched === blocks ? [home] : [home, table.blockAcross(home)]) {
      for (let count = 0; count < searched; count += 1) {
        for (let index = 0; index < table.slotsPerBlock && table.isTaken(block, index); index += 1) {
          const at = table.wordAt(block, index);
          // Nearly all are left out by this: whole numbers of any size take a hundred times as long.
          const [state, kind] = [table.stateAt(block, index), table.kindOf(block, index)];
          if (kind === nextKind && this.#isNoSooner(state, nextState)) continue;
          if (this.#leavesAfter(state, kind) > bound || this.#isPinned(at, own)) continue;
          const leavesNs = this.leavesIn(block, index);
          if (leavesNs === null || (soonest !== null && leavesNs >= soonest)) continue;
          [soonest, bound, next, nextState, nextKind] = [leavesNs, Number(leavesNs), at, state, kind];
          if (leavesNs <= aheadNs) return this.#leave(at, true);
        }
        block = table.blockAfter(block);
      }
    }
    if (onFull !== ON_FULL_EVICT_OLDEST || next < 0) return soonest;
    return this.#leave(next, false);
  }

  #leave(at: number, isDrained: boolean): bigint {
    const { words } = this.#parts;
    this.#leavers.push({ wordLo: words[at]!, wordHi: words[at + 1]!, isDrained });
    return 0n;
  }

  #isPinned(at: number, own: readonly Flow[]): boolean {
    const { words } = this.#parts;
    const isIt = ({ wordLo, wordHi }: Flow) => wordLo === words[at] && wordHi === words[at + 1];
    return own.some(isIt) || this.#leavers.some(isIt);
  }

  /** Whether a state leaves no sooner than another of its kind: no part of it is less. */
  #isNoSooner(state: number, other: number): boolean {
    const { words, isCompact } = this.#parts;
    const isBlocked = words[state + 1]! >= BLOCKED_HI;
    if (isBlocked !== words[other + 1]! >= BLOCKED_HI) return false;
    for (let word = isCompact ? 0 : 4; word >= 0; word -= 2) {
      const [hi, otherHi] = [words[state + word + 1]!, words[other + word + 1]!];
      if (hi < otherHi || (hi === otherHi && words[state + word]! < words[other + word]!)) return false;
    }
    return true;
  }

  /** Ns below which `leavesIn` is not, in doubles. */
  #leavesAfter(state: number, kind: number): number {
    const { words, clock, programs, isCompact } = this.#parts;
    const { drain } = programs[kind]!;
    const nowNs = clock.hi * TWO_32 + clock.lo;
    const [begunLo, begunHi] = [words[state]!, words[state + 1]!];
    if (isCompact) {
      if (begunHi >= BLOCKED_HI) return (begunHi - BLOCKED_HI) * TWO_32 + begunLo - nowNs - ERROR_NS;
      return (begunHi * TWO_32 + begunLo) / drain - nowNs - ERROR_NS;
    }
    const level = words[state + 3]! * TWO_32 + words[state + 2]!;
    return begunHi * TWO_32 + begunLo + (level === 0 ? 0 : level / drain) - nowNs - ERROR_NS;
  }

  /** Ns until no later call could tell the slot's flow from a new one; null: never. */
  leavesIn(block: number, index: number): WaitNs {
    const { table, clock, programs } = this.#parts;
    const program = programs[table.kindOf(block, index)]!;
    if (!program.beginsDrained) return null;
    const { entry, blockedNs } = readHeld(this.#parts, table.stateAt(block, index), program.of, clock.time);
    return blockedNs === 0n ? drainedIn(program, entry) : blockedNs;
  }
}
