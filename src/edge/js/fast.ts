/**
 * Calls in the usual case, in doubles: twin of assembly/edge/decide.ts, for policies whose levels stay below 2^51. A known
 * key, not blocked, that is allowed; everything else goes the general way.
 */
import {
  COUNTS,
  COUNTS_BYTES,
  COUNTS_CALLS,
  COUNTS_UNITS,
  FAST,
  FAST_BYTES,
  FAST_DRAIN,
  FAST_DRAIN_PER_UNIT,
  FAST_TEST,
  FAST_UNIT,
  FAST_UNITS_MAX,
  POLICIES_MAX,
  RESULT,
  RESULT_REMAINING,
  RESULT_RESET,
  RESULT_RETRY,
} from "../../../assembly/edge/abi.ts";
import { count, type Clock } from "./counters.ts";
import type { Table } from "./table.ts";

const TWO_32 = 2 ** 32;
/** The upper word of a finish that is blocked is at least this. */
const BLOCKED_HI = 2 ** 31;
/** Levels of wide policies are not exact in doubles. */
const TEST_MAX = 2 ** 51;

export class FastWay {
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #table: Table;
  readonly #clock: Clock;
  // By policy; a drain of 0: it has no fast way.
  readonly #drain = new Float64Array(POLICIES_MAX);
  readonly #unit = new Float64Array(POLICIES_MAX);
  readonly #test = new Float64Array(POLICIES_MAX);
  readonly #unitsMax = new Float64Array(POLICIES_MAX);
  readonly #drainPerUnit = new Float64Array(POLICIES_MAX);
  readonly #slot = new Uint8Array(POLICIES_MAX);

  constructor(words: Uint32Array, doubles: Float64Array, table: Table, clock: Clock) {
    this.#words = words;
    this.#doubles = doubles;
    this.#table = table;
    this.#clock = clock;
  }

  /** Reads what the host wrote at FAST; `slotOf` is the index of a policy's first profile. */
  refresh(slotOf: (policy: number) => number): void {
    for (let policy = 0; policy < POLICIES_MAX; policy += 1) {
      const at = (FAST + policy * FAST_BYTES) / 4;
      const read = (offset: number) => this.#words[at + offset / 4]! + TWO_32 * this.#words[at + offset / 4 + 1]!;
      const isNarrow = read(FAST_TEST) <= TEST_MAX && read(FAST_UNIT) <= TEST_MAX;
      this.#drain[policy] = isNarrow ? read(FAST_DRAIN) : 0;
      this.#unit[policy] = read(FAST_UNIT);
      this.#test[policy] = read(FAST_TEST);
      this.#unitsMax[policy] = read(FAST_UNITS_MAX);
      this.#drainPerUnit[policy] = read(FAST_DRAIN_PER_UNIT);
      this.#slot[policy] = slotOf(policy);
    }
  }

  /** Whether the call at the clock was usual: then it is allowed, charged, and its outcome written. */
  tries(keyLo: number, keyHi: number, units: number, policy: number): boolean {
    const drain = this.#drain[policy]!;
    const clock = this.#clock;
    if (drain === 0 || clock.lagNs !== 0n) return false;
    const table = this.#table;
    table.setWord(keyLo, keyHi, this.#slot[policy]!);
    const state = table.find();
    if (state === 0) return false;
    const words = this.#words;
    const finishHi = words[state + 1]!;
    // Times are below 2^62 and drains at most 2^16: both products are exact.
    const ticks = clock.lo * drain;
    const ticksLo = ticks >>> 0;
    const ticksHi = clock.hi * drain + (ticks - ticksLo) / TWO_32;
    const left = (finishHi - ticksHi) * TWO_32 + (words[state]! - ticksLo);
    const unit = this.#unit[policy]!;
    const level = (left > 0 ? left : 0) + units * unit;
    const test = this.#test[policy]!;
    if (finishHi >= BLOCKED_HI || level > test || units > this.#unitsMax[policy]!) return false;
    const finish = ticksLo + level;
    words[state] = finish;
    words[state + 1] = ticksHi + Math.floor(finish / TWO_32);
    const doubles = this.#doubles;
    doubles[RESULT / 8 + RESULT_REMAINING] = Math.floor((test - level) / unit);
    doubles[RESULT / 8 + RESULT_RETRY] = 0;
    doubles[RESULT / 8 + RESULT_RESET] = Math.ceil(level / this.#drainPerUnit[policy]!);
    count(words, (COUNTS + policy * COUNTS_BYTES + COUNTS_CALLS) / 4, 1);
    count(words, (COUNTS + policy * COUNTS_BYTES + COUNTS_UNITS) / 4, units);
    return true;
  }
}
