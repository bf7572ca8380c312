/**
 * One call in the usual case, by itself: a known key, not blocked, under one bucket in a compact table, at the meter's newest
 * time. Written for few instructions that need a register, and few of the integer ones, which are scarcest: the fewer there
 * are, the more calls a processor has under way while one waits for its line.
 */
import { COLOR_GREEN, COLOR_RED } from "../abi";
import {
  CALL_COLOR_SHIFT,
  CALL_POLICY_MASK,
  COUNTS,
  COUNTS_CALLS,
  COUNTS_UNITS,
  FAST,
  FAST_DRAIN,
  FAST_DRAIN_DOUBLE,
  FAST_DRAIN_PER_UNIT,
  FAST_LINES,
  FAST_TABLE,
  FAST_TEST,
  FAST_TWEAK,
  FAST_UNIT,
  FAST_UNITS_MAX,
  REFUSED,
  RESULT,
  RESULT_REMAINING,
  RESULT_RESET,
  RESULT_RETRY,
  STATE_NEWEST,
  UNUSUAL,
} from "./abi";
import { countCall, meterNow } from "./call";
import { stateWord } from "./memory";
import { findState } from "./table";
import { Word } from "./word";

/**
 * Meters a call of a key of 32 bits, of a cost up to FAST_UNITS_MAX, at the meter's newest time. Answers 0, or REFUSED, with
 * its outcome at RESULT (of one that passes without the retry); UNUSUAL when the key is blocked or not in the line that it is
 * at home in: nothing was done then. Only for policies with FAST_DRAIN_DOUBLE.
 */
export function decide(key: u32, units: u32, policy: u32): i32 {
  return Usual.call(key, units, policy, true);
}

/** The same without an outcome. */
export function allow(key: u32, units: u32, policy: u32): i32 {
  return Usual.call(key, units, policy, false);
}

class Usual {
  // No calls from here: a function that makes none keeps all in registers.
  @inline static call(key: u32, units: u32, policy: u32, hasOutcome: bool): i32 {
    const at: usize = policy << 6;
    // The tweak of keys of 32 bits is above all of them, so no word is 0.
    const word = Word.raw((<u64>key) ^ load<u64>(at, FAST + FAST_TWEAK));
    const index = ((word >>> 32) * <u64>load<u32>(at, FAST + FAST_LINES)) >>> 32;
    const line = ((<usize>index) << 6) + load<u32>(at, FAST + FAST_TABLE);
    const wanted = i64x2.splat(word);
    const isLow = i64x2.eq(v128.load(line), wanted);
    const isHigh = i64x2.eq(v128.load(line, 16), wanted);
    if (i64x2.bitmask(v128.or(isLow, isHigh)) == 0) return UNUSUAL;
    const low = v128.load(line, 32);
    const high = v128.load(line, 48);
    // From here on in lanes, of which one is the key's: a processor has more registers for them.
    const own = v128.or(v128.and(low, isLow), v128.and(high, isHigh));
    const now = stateWord(STATE_NEWEST) * load<u64>(at, FAST + FAST_DRAIN);
    const ticks = i64x2.splat(now);
    const test = load<u64>(at, FAST + FAST_TEST);
    const unit = load<u64>(at, FAST + FAST_UNIT);
    const before = v128.and(i64x2.sub(own, ticks), i64x2.gt_s(own, ticks));
    const cost = <u64>units * unit;
    const level = i64x2.add(before, i64x2.splat(cost));
    // The finish of a blocked key is negative.
    const refused = i64x2.bitmask(v128.or(i64x2.gt_s(level, i64x2.splat(test)), own));
    if (refused != 0) {
      const begun = max(Usual.lane(own, v128.or(isLow, isHigh)), now) - now;
      if (begun > test) return UNUSUAL;
      Usual.count(at + (COLOR_RED << 3), units);
      if (!hasOutcome) return REFUSED;
      store<f64>(RESULT, <f64>(<i64>((test - begun) / unit)), RESULT_REMAINING << 3);
      store<f64>(RESULT, Usual.wait(at, begun + cost - test), RESULT_RETRY << 3);
      store<f64>(RESULT, Usual.wait(at, begun), RESULT_RESET << 3);
      return REFUSED;
    }
    // All four finishes are written, three as they were: where to does then not depend on what the line holds, and loads
    // of the calls that follow need not wait for that.
    const gain = i64x2.sub(i64x2.add(ticks, level), own);
    v128.store(line, i64x2.add(low, v128.and(gain, isLow)), 32);
    v128.store(line, i64x2.add(high, v128.and(gain, isHigh)), 48);
    Usual.count(at, units);
    if (!hasOutcome) return 0;
    const end = Usual.lane(level, v128.or(isLow, isHigh));
    store<f64>(RESULT, Usual.wait(at, end), RESULT_RESET << 3);
    store<f64>(RESULT, Math.floor(<f64>(<i64>(test - end)) / <f64>(<i64>unit)), RESULT_REMAINING << 3);
    return 0;
  }

  /** The lane that `is` marks. */
  @inline static lane(lanes: v128, is: v128): u64 {
    const own = v128.and(lanes, is);
    return i64x2.extract_lane(v128.or(own, v128.shuffle<u64>(own, own, 1, 0)), 0);
  }

  @inline static count(counts: usize, units: u32): void {
    store<u64>(counts, load<u64>(counts, COUNTS + COUNTS_CALLS) + 1, COUNTS + COUNTS_CALLS);
    store<u64>(counts, load<u64>(counts, COUNTS + COUNTS_UNITS) + <u64>units, COUNTS + COUNTS_UNITS);
  }

  /** Units of the caller's time in which so many level steps drain: a whole double. */
  @inline static wait(at: usize, level: u64): f64 {
    // Of numbers whose sum is below 2^53, as here, the quotient in doubles lies on the same side of each whole number as
    // the exact one: rounded up here, and down for what remains.
    return Math.ceil(<f64>(<i64>level) / load<f64>(at, FAST + FAST_DRAIN_DOUBLE));
  }
}

/** Any call at the meter's newest time: a known key under one bucket here, all others the general way. */
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
