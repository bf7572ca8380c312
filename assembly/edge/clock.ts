/**
 * The meter's clock: the newest time of all calls. The caller's time plus an offset is the meter's. A time a little below
 * the newest is metered at the newest; one further back than STATE_STEP says that the caller's clock was set back, and the
 * offset takes that up: the meter's clock goes on from where it was, and nobody waits for the old time to come again.
 */
import { STATE_NEWEST, STATE_OFFSET, STATE_REGRESSIONS, STATE_STEP, STATE_STEPS, STATE_UNIT } from "./abi";
import { addToState, setStateWord, stateWord } from "./memory";

/** Ns by which the call at hand lies before the meter's clock: what has to pass first, seen from the caller. */
export let lagNs: u64 = 0;

/** Nanoseconds of the caller's time, whole units and a fraction of one, which is cut to whole nanoseconds. */
export function nanosecondsOf(now: f64): u64 {
  const whole = Math.floor(now);
  const unitNs = stateWord(STATE_UNIT);
  return <u64>(<i64>whole) * unitNs + <u64>(<i64>((now - whole) * <f64>unitNs));
}

/** The meter's time for a call at the caller's `ns`; the clock goes on. */
export function advance(ns: u64): u64 {
  const newest = stateWord(STATE_NEWEST);
  const time = ns + stateWord(STATE_OFFSET);
  if (time >= newest) {
    lagNs = 0;
    setStateWord(STATE_NEWEST, time);
    return time;
  }
  addToState(STATE_REGRESSIONS, 1);
  lagNs = newest - time;
  if (lagNs > stateWord(STATE_STEP)) {
    setStateWord(STATE_OFFSET, stateWord(STATE_OFFSET) + lagNs);
    addToState(STATE_STEPS, 1);
    lagNs = 0;
  }
  return newest;
}

/** The meter's time for a look at the caller's `ns`, which changes nothing. */
export function lookAhead(ns: u64): u64 {
  const newest = stateWord(STATE_NEWEST);
  const time = ns + stateWord(STATE_OFFSET);
  lagNs = time >= newest || newest - time > stateWord(STATE_STEP) ? 0 : newest - time;
  return max(time, newest);
}
