/**
 * One call in the usual case, by itself: a known key, not blocked, under one bucket in a compact table. Written for few
 * instructions: the fewer there are, the more calls a processor has under way while one waits for its line.
 */
import { COLOR_GREEN } from "../abi";
import {
  ARGUMENT_KEY,
  ARGUMENT_NOW,
  CALL_COLOR_SHIFT,
  CALL_POLICY_MASK,
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
} from "./abi";
import { meterCall } from "./call";
import { Clock, lagNs } from "./clock";
import { homeLine, matchingCompact } from "./table";
import { Word } from "./word";

/** Meters the call whose arguments are at ARGUMENT_*, and writes its outcome at RESULT. Answers ANSWER_*. */
export function decide(units: u32, call: u32): u32 {
  return Usual.call(units, call, true);
}

/** The same without an outcome. */
export function allow(units: u32, call: u32): u32 {
  return Usual.call(units, call, false);
}

class Usual {
  @inline static call(units: u32, call: u32, hasOutcome: bool): u32 {
    const nowNs = Clock.timeOf(load<f64>(ARGUMENT_NOW));
    const policy = call & CALL_POLICY_MASK;
    const fast = FAST + (policy << 6);
    const drain = load<u64>(fast, FAST_DRAIN);
    if (drain != 0) {
      // Two loads: one of both halves would have to wait until the host's stores have left the store buffer.
      const key = (<u64>load<u32>(ARGUMENT_KEY)) | ((<u64>load<u32>(ARGUMENT_KEY, 4)) << 32);
      const word = Word.of(key ^ load<u64>(fast, FAST_TWEAK));
      const line = homeLine(word);
      const found = matchingCompact(line, word);
      if (found != 0) {
        const state = line + ((<usize>ctz(found)) << 4) + 8;
        const finish = load<i64>(state);
        const ticks = nowNs * drain;
        const level = <u64>max<i64>(finish - <i64>ticks, 0) + <u64>units * load<u64>(fast, FAST_UNIT);
        const test = load<u64>(fast, FAST_TEST);
        // A call that is refused, a blocked key (the sign of a finish), a time that lags: not here.
        const isUsual = (<u32>(level <= test)) & (<u32>(finish >= 0)) & (<u32>(lagNs == 0));
        if (isUsual & (<u32>(<u64>units <= load<u64>(fast, FAST_UNITS_MAX)))) {
          store<u64>(state, ticks + level);
          if (hasOutcome) putOutcome(fast, level, test);
          const counts = COUNTS + (policy << 6);
          store<u64>(counts, load<u64>(counts, COUNTS_CALLS) + 1, COUNTS_CALLS);
          store<u64>(counts, load<u64>(counts, COUNTS_UNITS) + <u64>units, COUNTS_UNITS);
          return COLOR_GREEN;
        }
      }
    }
    return meterCall(load<u64>(ARGUMENT_KEY), nowNs, units, policy, call >>> CALL_COLOR_SHIFT);
  }
}

function putOutcome(fast: usize, level: u64, test: u64): void {
  store<f64>(RESULT + (RESULT_REMAINING << 3), <f64>(<i64>((test - level) / load<u64>(fast, FAST_UNIT))));
  store<f64>(RESULT + (RESULT_RETRY << 3), 0);
  const perUnit = load<u64>(fast, FAST_DRAIN_PER_UNIT);
  store<f64>(RESULT + (RESULT_RESET << 3), <f64>(<i64>((level + perUnit - 1) / perUnit)));
}
