/**
 * Calls in the usual case: twin of assembly/edge/decide.ts, in words of 32 bits and doubles, for policies whose levels stay
 * below 2^51. Of a known key, not blocked, or of a new one with a cost that fits, also where another has to leave for it;
 * everything else goes the general way. Nothing is put on the heap here.
 */
import {
  ANSWER_FULL,
  COUNTS,
  COUNTS_BYTES,
  COUNTS_CALLS,
  COUNTS_UNITS,
  FAST,
  FAST_BYTES,
  FAST_DRAIN,
  FAST_DRAIN_PER_UNIT,
  FAST_TEST,
  FAST_TWEAK,
  FAST_UNIT,
  FAST_UNITS_MAX,
  MULTIPLIERS,
  ON_FULL_ALLOW,
  POLICIES,
  POLICIES_MAX,
  POLICY_BYTES,
  POLICY_FIRST_SLOT,
  RESULT,
  RESULT_REMAINING,
  RESULT_RESET,
  RESULT_RETRY,
  STATE,
  STATE_NEWEST,
  STATE_UNIT,
  STATE_UNTRACKED,
  UNUSUAL,
} from "../../../assembly/edge/abi.ts";
import type { Parts } from "./call.ts";
import { CompactRoom, ROOM_MADE, ROOM_UNKNOWN } from "./compactroom.ts";
import { countState } from "./counters.ts";

const TWO_32 = 2 ** 32;
const PART_32 = 2 ** -32;
/** Levels of wide policies are not exact in doubles. */
const TEST_MAX = 2 ** 51;
const RED = 2;
const LINE_WORDS = 16;
/** Words from a place's word to its state. */
const TO_STATE = 8;
/** Instead of a place: the key has none, or its word is the one that stands for no key. */
const IS_NEW = -1;
const HAS_NO_WORD = -2;

// Numbers of a policy, in doubles: as many words as it has 64-bit ones at FAST, in the same order.
const NUMBERS = FAST_BYTES / 8;

export class FastWay {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #numbers = new Float64Array(NUMBERS * POLICIES_MAX);
  readonly #base: number;
  readonly #end: number;
  readonly #lines: number;
  readonly #parts: Parts;
  readonly #room: CompactRoom;
  /** The word of the key asked for last. */
  #wordLo = 0;
  #wordHi = 0;

  /** Over a meter's parts; a wide table has no policy with a fast way. */
  constructor(parts: Parts, room: CompactRoom) {
    const { words, doubles, table, blocks } = parts;
    this.#words = new Int32Array(words.buffer);
    this.#doubles = doubles;
    this.#base = table.firstBlock;
    this.#lines = blocks;
    this.#end = this.#base + blocks * LINE_WORDS;
    this.#parts = parts;
    this.#room = room;
  }

  /** Reads what the host wrote at FAST. */
  refresh(): void {
    for (let index = 0; index < this.#numbers.length; index += 1) {
      const at = FAST / 4 + 2 * index;
      this.#numbers[index] = (this.#words[at]! >>> 0) + TWO_32 * (this.#words[at + 1]! >>> 0);
    }
  }

  /** Whether all that calls under this policy compute is exact in doubles. */
  isOpen(policy: number): boolean {
    const of = policy * NUMBERS;
    const isNarrow = this.#numbers[of + FAST_TEST / 8]! <= TEST_MAX && this.#numbers[of + FAST_UNIT / 8]! <= TEST_MAX;
    return isNarrow && this.#numbers[of + FAST_DRAIN / 8]! > 0;
  }

  /**
   * Meters a call at the newest time and writes its outcome. Answers ANSWER_*; UNUSUAL: it is not usual, or its key is new
   * and `begins` is false: nothing was done.
   */
  meter(keyLo: number, keyHi: number, units: number, policy: number, begins: boolean): number {
    const numbers = this.#numbers;
    const of = policy * NUMBERS;
    const words = this.#words;
    const at = this.#find(keyLo, keyHi, (FAST + policy * FAST_BYTES + FAST_TWEAK) / 4);
    if (units > numbers[of + FAST_UNITS_MAX / 8]!) return UNUSUAL;
    if (at < 0) return at === IS_NEW && begins ? this.#begin(of, units, policy) : UNUSUAL;
    if (words[at + 1]! < 0) return UNUSUAL;
    // Times are below 2^62 and drains at most 2^16: both products are exact.
    const drain = numbers[of + FAST_DRAIN / 8]!;
    const newest = STATE / 4 + 2 * STATE_NEWEST;
    const ticks = (words[newest]! >>> 0) * drain;
    const carry = Math.floor(ticks * PART_32);
    const ticksLo = ticks - carry * TWO_32;
    const ticksHi = (words[newest + 1]! >>> 0) * drain + carry;
    const left = (words[at + 1]! - ticksHi) * TWO_32 + ((words[at]! >>> 0) - ticksLo);
    const before = left > 0 ? left : 0;
    const test = numbers[of + FAST_TEST / 8]!;
    if (before > test) return UNUSUAL;
    const level = before + units * numbers[of + FAST_UNIT / 8]!;
    if (level > test) return this.#tell(of, before, level - test, units, policy);
    const finish = ticksLo + level;
    const finishCarry = Math.floor(finish * PART_32);
    words[at] = finish - finishCarry * TWO_32;
    words[at + 1] = ticksHi + finishCarry;
    return this.#tell(of, level, 0, units, policy);
  }

  /** The first call of a key, of a cost that fits a drained flow. */
  #begin(of: number, units: number, policy: number): number {
    const numbers = this.#numbers;
    const { bytes, programs, table, onFull, words } = this.#parts;
    const kind = bytes[POLICIES + policy * POLICY_BYTES + POLICY_FIRST_SLOT]!;
    const level = units * numbers[of + FAST_UNIT / 8]!;
    if (!programs[kind]!.beginsDrained || level > numbers[of + FAST_TEST / 8]!) return UNUSUAL;
    // A flow that is as a new one needs no place.
    if (level === 0) return this.#tell(of, level, 0, units, policy);
    const room = this.#room.make(this.#wordHi);
    if (room === ROOM_UNKNOWN) return UNUSUAL;
    if (room !== ROOM_MADE) {
      countState(words, STATE_UNTRACKED);
      if (onFull === ON_FULL_ALLOW) return this.#tell(of, level, 0, units, policy) | ANSWER_FULL;
      return this.#refuseRoom(units, policy);
    }
    const state = table.take(this.#wordLo, this.#wordHi, kind);
    const newest = STATE / 4 + 2 * STATE_NEWEST;
    const drain = numbers[of + FAST_DRAIN / 8]!;
    const finish = (words[newest]! >>> 0) * drain + level;
    const carry = Math.floor(finish * PART_32);
    words[state] = finish - carry * TWO_32;
    words[state + 1] = (words[newest + 1]! >>> 0) * drain + carry;
    return this.#tell(of, level, 0, units, policy);
  }

  #refuseRoom(units: number, policy: number): number {
    const doubles = this.#doubles;
    const wait = Math.ceil(this.#room.soonestNs / this.#words[STATE / 4 + 2 * STATE_UNIT]!);
    doubles[RESULT / 8 + RESULT_REMAINING] = 0;
    doubles[RESULT / 8 + RESULT_RETRY] = wait;
    doubles[RESULT / 8 + RESULT_RESET] = wait;
    this.#count(RED, units, policy);
    return RED | ANSWER_FULL;
  }

  /** Index of the state of a key; IS_NEW: it is not in the table. */
  #find(keyLo: number, keyHi: number, tweak: number): number {
    const words = this.#words;
    const lo = keyLo ^ words[tweak]!;
    const hi = keyHi ^ words[tweak + 1]!;
    const factor0 = words[MULTIPLIERS / 4]!;
    const mixedHi = (highOf(lo, factor0) + Math.imul(hi, factor0) + Math.imul(lo, words[MULTIPLIERS / 4 + 1]!)) | 0;
    const folded = Math.imul(lo, factor0) ^ mixedHi;
    const factor1 = words[MULTIPLIERS / 4 + 2]!;
    const wordLo = Math.imul(folded, factor1);
    const wordHi =
      (highOf(folded, factor1) + Math.imul(mixedHi, factor1) + Math.imul(folded, words[MULTIPLIERS / 4 + 3]!)) | 0;
    if ((wordLo | wordHi) === 0) return HAS_NO_WORD;
    this.#wordLo = wordLo;
    this.#wordHi = wordHi;
    let line = this.#base + highOf(wordHi, this.#lines) * LINE_WORDS;
    for (;;) {
      // No branch on which place it is: a wrong guess would throw away the calls that are under way meanwhile.
      const isIn1 = +(words[line + 2] === wordLo);
      const isIn2 = +(words[line + 4] === wordLo);
      const isIn3 = +(words[line + 6] === wordLo);
      const at = line + 2 * ((isIn1 + 2 * isIn2 + 3 * isIn3) & 3);
      if (words[at] === wordLo && words[at + 1] === wordHi) return at + TO_STATE;
      if (!isFull(words, line)) return IS_NEW;
      line += LINE_WORDS;
      if (line === this.#end) line = this.#base;
    }
  }

  /** Counts a call and writes what it is told; `excess`: level steps that it was refused for. Answers its color. */
  #tell(of: number, level: number, excess: number, units: number, policy: number): number {
    const doubles = this.#doubles;
    const numbers = this.#numbers;
    const perUnit = numbers[of + FAST_DRAIN_PER_UNIT / 8]!;
    const color = excess > 0 ? RED : 0;
    doubles[RESULT / 8 + RESULT_REMAINING] = Math.floor(
      (numbers[of + FAST_TEST / 8]! - level) / numbers[of + FAST_UNIT / 8]!,
    );
    doubles[RESULT / 8 + RESULT_RETRY] = Math.ceil(excess / perUnit);
    doubles[RESULT / 8 + RESULT_RESET] = Math.ceil(level / perUnit);
    this.#count(color, units, policy);
    return color;
  }

  #count(color: number, units: number, policy: number): void {
    const counts = (COUNTS + policy * COUNTS_BYTES) / 4 + 2 * color;
    count(this.#words, counts + COUNTS_CALLS / 4, 1);
    count(this.#words, counts + COUNTS_UNITS / 4, units);
  }
}

function isFull(words: Int32Array, line: number): boolean {
  for (let at = line; at < line + TO_STATE; at += 2) if ((words[at]! | words[at + 1]!) === 0) return false;
  return true;
}

/** High word of the product of two unsigned words. */
function highOf(a: number, b: number): number {
  const aLo = a & 0xffff;
  const aHi = a >>> 16;
  const bLo = b & 0xffff;
  const bHi = b >>> 16;
  const middle = (Math.imul(aHi, bLo) + (Math.imul(aLo, bLo) >>> 16)) | 0;
  const other = (Math.imul(aLo, bHi) + (middle & 0xffff)) | 0;
  return (Math.imul(aHi, bHi) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** Adds a whole number below 2^32 to the 64-bit counter at `words[at]`. */
function count(words: Int32Array, at: number, amount: number): void {
  const sum = (words[at]! >>> 0) + amount;
  words[at] = sum;
  if (sum >= TWO_32) words[at + 1] = words[at + 1]! + 1;
}
