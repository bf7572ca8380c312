/**
 * Room for one new flow in a compact table, and which of its flows have drained: what room.ts answers of any table and
 * state, in words of 32 bits and doubles. Nothing is put on the heap here.
 */
import {
  ON_FULL_DENY,
  ON_FULL_EVICT_OLDEST,
  SEARCH_PLACES,
  STATE,
  STATE_EVICTED,
  STATE_FLOWS,
  STATE_FLOWS_MAX,
  STATE_FORGOTTEN,
  STATE_NEWEST,
} from "../../../assembly/edge/abi.ts";
import type { Parts } from "./call.ts";
import { countState } from "./counters.ts";

const TWO_32 = 2 ** 32;
const PART_32 = 2 ** -32;
/** Level steps of 2^53 and more, upper word: their doubles and quotients may be off. */
const INEXACT_HI = 2 ** 21;
const BLOCKED_MASK = 0x7fff_ffff;
const NEWEST = STATE / 4 + 2 * STATE_NEWEST;

export const ROOM_MADE = 0;
export const ROOM_NONE = 1;
/** Of some flow it takes wider integers to say when it leaves: nothing was done. */
export const ROOM_UNKNOWN = 2;

// Numbers that are kept from place to place, not handed on: those of functions that are not compiled into each other
// would take a place on the heap each.
const TICKS_HI = 0;
const TICKS_LO = 1;
const DRAIN = 2;
const LEAVES = 3;
const SOONEST = 4;

export class CompactRoom {
  readonly #parts: Parts;
  /** Signed words: as such they are small integers to V8. */
  readonly #words: Int32Array;
  readonly #numbers = new Float64Array(5);
  /** Whose drain and ticks are at hand; -1: none's. */
  #kind = -1;
  #isFresh = false;
  #nextBlock = 0;
  #nextIndex = -1;

  /** Over the parts of a meter whose table is compact. */
  constructor(parts: Parts) {
    this.#parts = parts;
    this.#words = new Int32Array(parts.words.buffer);
  }

  /** Ns until there is room, after `ROOM_NONE`; Infinity: there never will be. */
  get soonestNs(): number {
    return this.#numbers[SOONEST]!;
  }

  /** Makes room for the flow of a word as it is at the newest time. Answers ROOM_*. */
  make(wordHi: number): number {
    const { words, onFull } = this.#parts;
    if (words[STATE / 4 + 2 * STATE_FLOWS]! < words[STATE / 4 + 2 * STATE_FLOWS_MAX]!) return ROOM_MADE;
    this.#numbers[SOONEST] = Infinity;
    if (onFull === ON_FULL_DENY) return ROOM_NONE;
    const answer = this.#find(wordHi);
    if (answer === ROOM_UNKNOWN) return ROOM_UNKNOWN;
    if (answer === ROOM_NONE && (onFull !== ON_FULL_EVICT_OLDEST || this.#nextIndex < 0)) return ROOM_NONE;
    this.#parts.table.removeAt(this.#nextBlock, this.#nextIndex);
    countState(words, answer === ROOM_MADE ? STATE_EVICTED : STATE_FORGOTTEN);
    return ROOM_MADE;
  }

  /** Looks for a drained flow in the order of room.ts, and for the one that is drained first. */
  #find(wordHi: number): number {
    const { table, blocks } = this.#parts;
    const numbers = this.#numbers;
    const searched = Math.min(SEARCH_PLACES / table.slotsPerBlock, blocks);
    const home = table.homeBlock(wordHi);
    this.begin();
    this.#nextIndex = -1;
    let isKnown = true;
    let block = home;
    // The places from home on and as many from half the table further, or all there are.
    for (let count = searched === blocks ? searched : 2 * searched; count > 0; count -= 1) {
      for (let index = 0; index < table.slotsPerBlock && table.isTaken(block, index); index += 1) {
        const leaves = this.#leaves(block, index);
        if (leaves === ROOM_UNKNOWN) isKnown = false;
        else if (leaves === ROOM_MADE || numbers[LEAVES]! < numbers[SOONEST]!) {
          numbers[SOONEST] = numbers[LEAVES]!;
          this.#nextBlock = block;
          this.#nextIndex = index;
          if (leaves === ROOM_MADE) return ROOM_MADE;
        }
      }
      block = count === searched + 1 ? table.blockAcross(home) : table.blockAfter(block);
    }
    return isKnown ? ROOM_NONE : ROOM_UNKNOWN;
  }

  /** What `isDrained` says from here on is of the newest time. */
  begin(): void {
    this.#kind = -1;
  }

  /** Whether no later call could tell the flow of a taken place from a new one. */
  isDrained(block: number, index: number): boolean {
    return this.#leaves(block, index) === ROOM_MADE;
  }

  /** ROOM_MADE: it has drained; ROOM_NONE: it will, after the ns at LEAVES; ROOM_UNKNOWN. */
  #leaves(block: number, index: number): number {
    const words = this.#words;
    const numbers = this.#numbers;
    const kind = this.#parts.table.kindOf(block, index);
    if (kind !== this.#kind) this.#look(kind);
    const state = this.#parts.table.stateAt(block, index);
    const begunHi = words[state + 1]!;
    const begunLo = words[state]! >>> 0;
    numbers[LEAVES] = Infinity;
    if (!this.#isFresh) return ROOM_NONE;
    // A block ends at a time, not at a number of ticks.
    const isBlocked = begunHi < 0;
    if (isBlocked && begunHi === -1 && begunLo === 0xffff_ffff) return ROOM_NONE;
    const aheadHi = isBlocked ? (begunHi & BLOCKED_MASK) - words[NEWEST + 1]! : begunHi - numbers[TICKS_HI]!;
    const aheadLo = begunLo - (isBlocked ? words[NEWEST]! >>> 0 : numbers[TICKS_LO]!);
    const ahead = aheadHi * TWO_32 + aheadLo;
    if (ahead <= 0) return ROOM_MADE;
    if (aheadHi >= INEXACT_HI) return ROOM_UNKNOWN;
    numbers[LEAVES] = isBlocked ? ahead : Math.ceil(ahead / numbers[DRAIN]!);
    return ROOM_NONE;
  }

  /** Takes up the drain of a profile, and what it has drained by the newest time. */
  #look(kind: number): void {
    const { drain, beginsDrained } = this.#parts.programs[kind]!;
    const words = this.#words;
    const numbers = this.#numbers;
    this.#kind = kind;
    this.#isFresh = beginsDrained;
    // Times are below 2^62 and drains at most 2^16: both products are exact.
    const ticks = (words[NEWEST]! >>> 0) * drain;
    const carry = Math.floor(ticks * PART_32);
    numbers[TICKS_LO] = ticks - carry * TWO_32;
    numbers[TICKS_HI] = (words[NEWEST + 1]! >>> 0) * drain + carry;
    numbers[DRAIN] = drain;
  }
}
