/**
 * One call in the usual case, by itself: a known key, not blocked, under one bucket in a compact table, at the meter's newest
 * time. Written for few instructions: the fewer there are, the more calls a processor has under way while one waits for its
 * line.
 */
import { COLOR_GREEN, COLOR_RED } from "../abi";
import {
  ANSWER_UNUSUAL,
  CALL_COLOR_SHIFT,
  CALL_POLICY_MASK,
  COUNTS,
  COUNTS_CALLS,
  COUNTS_UNITS,
  FAST,
  FAST_DRAIN,
  FAST_DRAIN_PER_UNIT,
  FAST_LINES,
  FAST_TABLE,
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
import { countCall, meterNow } from "./call";
import { stateWord } from "./memory";
import { findState, Places } from "./table";
import { Word } from "./word";

/**
 * Meters a call at the meter's newest time and writes its outcome at RESULT. Answers COLOR_GREEN, or ANSWER_UNUSUAL when its
 * key is not in the line that it is at home in, or does not pass: nothing was done then. Only for policies with a fast way.
 */
export function decide(keyLo: u32, keyHi: u32, units: u32, policy: u32): u32 {
  return Usual.call(keyLo, keyHi, units, policy, true);
}

/** The same without an outcome. */
export function allow(keyLo: u32, keyHi: u32, units: u32, policy: u32): u32 {
  return Usual.call(keyLo, keyHi, units, policy, false);
}

class Usual {
  // No calls from here: a function that makes none keeps all in registers.
  @inline static call(keyLo: u32, keyHi: u32, units: u32, policy: u32, hasOutcome: bool): u32 {
    const at: usize = policy << 6;
    const word = Word.raw(((<u64>keyLo) | ((<u64>keyHi) << 32)) ^ load<u64>(at, FAST + FAST_TWEAK));
    const index = ((word >>> 32) * load<u64>(at, FAST + FAST_LINES)) >>> 32;
    const line = ((<usize>index) << 6) + load<u32>(at, FAST + FAST_TABLE);
    const found = Places.of(line, word);
    const state = line + ((<usize>ctz(found)) << 4);
    if (found == 0 || word == 0) return ANSWER_UNUSUAL;
    const finish = load<u64>(state, 8);
    const ticks = stateWord(STATE_NEWEST) * load<u64>(at, FAST + FAST_DRAIN);
    const before = finish > ticks ? finish - ticks : 0;
    const test = load<u64>(at, FAST + FAST_TEST);
    const cost = <u64>units * load<u64>(at, FAST + FAST_UNIT);
    // The finish of a blocked key is beyond any test.
    if ((<u32>(<u64>units > load<u64>(at, FAST + FAST_UNITS_MAX))) | (<u32>(before > test - cost)))
      return ANSWER_UNUSUAL;
    const level = before + cost;
    store<u64>(state, ticks + level, 8);
    store<u64>(at, load<u64>(at, COUNTS + COUNTS_CALLS) + 1, COUNTS + COUNTS_CALLS);
    store<u64>(at, load<u64>(at, COUNTS + COUNTS_UNITS) + <u64>units, COUNTS + COUNTS_UNITS);
    if (hasOutcome) {
      const perUnit = load<u64>(at, FAST + FAST_DRAIN_PER_UNIT);
      store<f64>(RESULT, <f64>(<i64>((test - level) / load<u64>(at, FAST + FAST_UNIT))), RESULT_REMAINING << 3);
      store<f64>(RESULT, <f64>(<i64>((level + perUnit - 1) / perUnit)), RESULT_RESET << 3);
    }
    return COLOR_GREEN;
  }
}

/** Any call at the meter's newest time: a known key in another line and a refusal here, all others the general way. */
export function decideNow(keyLo: u32, keyHi: u32, units: u32, call: u32): u32 {
  const policy = call & CALL_POLICY_MASK;
  const at: usize = policy << 6;
  const key = (<u64>keyLo) | ((<u64>keyHi) << 32);
  const drain = load<u64>(at, FAST + FAST_DRAIN);
  const state: usize = drain == 0 ? 0 : findState(Word.of(key ^ load<u64>(at, FAST + FAST_TWEAK)));
  const nowNs = stateWord(STATE_NEWEST);
  const ticks = nowNs * drain;
  const finish = load<u64>(state);
  const test = load<u64>(at, FAST + FAST_TEST);
  let level = finish > ticks ? finish - ticks : 0;
  if ((<u32>(state == 0)) | (<u32>(<u64>units > load<u64>(at, FAST + FAST_UNITS_MAX))) | (<u32>(level > test))) {
    return meterNow(key, nowNs, units, policy, call >>> CALL_COLOR_SHIFT);
  }
  const perUnit = load<u64>(at, FAST + FAST_DRAIN_PER_UNIT);
  const cost = <u64>units * load<u64>(at, FAST + FAST_UNIT);
  const fits = level <= test - cost;
  const color: u32 = fits ? COLOR_GREEN : COLOR_RED;
  if (fits) {
    level += cost;
    store<u64>(state, ticks + level);
  }
  store<f64>(RESULT, <f64>(<i64>((test - level) / load<u64>(at, FAST + FAST_UNIT))), RESULT_REMAINING << 3);
  store<f64>(RESULT, fits ? 0 : <f64>(<i64>((level + cost - test + perUnit - 1) / perUnit)), RESULT_RETRY << 3);
  store<f64>(RESULT, <f64>(<i64>((level + perUnit - 1) / perUnit)), RESULT_RESET << 3);
  countCall(policy, color, units);
  return color;
}
