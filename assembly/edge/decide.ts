/**
 * One call in the usual case, by itself: a known key, not blocked, under one bucket in a compact table, at the meter's newest
 * time. Written for few instructions: the fewer there are, the more calls a processor has under way while one waits for its
 * line.
 */
import { COLOR_GREEN, COLOR_RED } from "../abi";
import {
  ANSWER_UNUSUAL,
  COUNTS,
  COUNTS_CALLS,
  COUNTS_UNITS,
  FAST,
  FAST_DRAIN,
  FAST_DRAIN_PER_UNIT,
  FAST_TEST,
  FAST_TWEAK,
  FAST_UNIT,
  FAST_UNITS_MAX,
  RESULT,
  RESULT_REMAINING,
  RESULT_RESET,
  RESULT_RETRY,
  STATE_NEWEST,
} from "./abi";
import { stateWord } from "./memory";
import { blockAfter, homeLine, matchingCompact } from "./table";
import { Word } from "./word";

/**
 * Meters a call at the meter's newest time and writes its outcome at RESULT. Answers its color; ANSWER_UNUSUAL when the call
 * is not a usual one: nothing was done then.
 */
export function decide(keyLo: u32, keyHi: u32, units: u32, policy: u32): u32 {
  return Usual.call(keyLo, keyHi, units, policy, true);
}

/** The same without an outcome. */
export function allow(keyLo: u32, keyHi: u32, units: u32, policy: u32): u32 {
  return Usual.call(keyLo, keyHi, units, policy, false);
}

class Usual {
  @inline static call(keyLo: u32, keyHi: u32, units: u32, policy: u32, hasOutcome: bool): u32 {
    const fast = FAST + (policy << 6);
    const drain = load<u64>(fast, FAST_DRAIN);
    const word = Word.of(((<u64>keyLo) | ((<u64>keyHi) << 32)) ^ load<u64>(fast, FAST_TWEAK));
    const line = homeLine(word);
    const found = matchingCompact(line, word);
    const state = found != 0 ? line + ((<usize>ctz(found)) << 4) + 8 : beyondLine(line, word);
    if (state == 0 || drain == 0) return ANSWER_UNUSUAL;
    const finish = load<u64>(state);
    const ticks = stateWord(STATE_NEWEST) * drain;
    const before = finish > ticks ? finish - ticks : 0;
    const cost = <u64>units * load<u64>(fast, FAST_UNIT);
    const test = load<u64>(fast, FAST_TEST);
    if (<u64>units > load<u64>(fast, FAST_UNITS_MAX)) return ANSWER_UNUSUAL;
    // The finish of a blocked key is beyond any test.
    if (before > test - cost) return before > test ? ANSWER_UNUSUAL : refuse(fast, units, policy, before, hasOutcome);
    const level = before + cost;
    store<u64>(state, ticks + level);
    if (hasOutcome) putOutcome(fast, level, test);
    const counts = COUNTS + (policy << 6);
    store<u64>(counts, load<u64>(counts, COUNTS_CALLS) + 1, COUNTS_CALLS);
    store<u64>(counts, load<u64>(counts, COUNTS_UNITS) + <u64>units, COUNTS_UNITS);
    return COLOR_GREEN;
  }
}

/** Address of the state of a word that is not in its home line; 0 if it is new. */
function beyondLine(home: usize, word: u64): usize {
  let line = home;
  while (matchingCompact(line, 0) == 0) {
    line = blockAfter(line);
    const found = matchingCompact(line, word);
    if (found != 0) return line + ((<usize>ctz(found)) << 4) + 8;
  }
  return 0;
}

/** A call that does not fit on top of `level`, on which others would. */
function refuse(fast: usize, units: u32, policy: u32, level: u64, hasOutcome: bool): u32 {
  if (hasOutcome) {
    const test = load<u64>(fast, FAST_TEST);
    putOutcome(fast, level, test);
    const excess = level + <u64>units * load<u64>(fast, FAST_UNIT) - test;
    store<f64>(RESULT + (RESULT_RETRY << 3), <f64>(<i64>inUnits(fast, excess)));
  }
  const counts = COUNTS + (policy << 6) + (COLOR_RED << 3);
  store<u64>(counts, load<u64>(counts, COUNTS_CALLS) + 1, COUNTS_CALLS);
  store<u64>(counts, load<u64>(counts, COUNTS_UNITS) + <u64>units, COUNTS_UNITS);
  return COLOR_RED;
}

function putOutcome(fast: usize, level: u64, test: u64): void {
  store<f64>(RESULT + (RESULT_REMAINING << 3), <f64>(<i64>((test - level) / load<u64>(fast, FAST_UNIT))));
  store<f64>(RESULT + (RESULT_RESET << 3), <f64>(<i64>inUnits(fast, level)));
}

/** Whole units of the caller's time, rounded up, in which so many level steps drain. */
function inUnits(fast: usize, level: u64): u64 {
  const perUnit = load<u64>(fast, FAST_DRAIN_PER_UNIT);
  return (level + perUnit - 1) / perUnit;
}
