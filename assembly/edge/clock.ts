/**
 * The meter's clock: the newest time of all calls, from 0 at the first. The caller's time plus an offset is the meter's. A
 * time a little below the newest is metered at the newest; one further back than STATE_STEP says that the caller's clock
 * was set back, and the offset takes that up: the meter's clock goes on from where it was, and nobody has to wait for the
 * old time to come again.
 */
import {
  STATE_CLOCK_END,
  STATE_NEWEST,
  STATE_OFFSET,
  STATE_REGRESSIONS,
  STATE_STARTED,
  STATE_STEP,
  STATE_STEPS,
  STATE_UNIT,
} from "./abi";
import { addToState, setStateWord, stateWord } from "./memory";
import { rebase } from "./rebase";

/** Ns by which the call at hand lies before the meter's clock: what has to pass first, seen from the caller. */
export let lagNs: u64 = 0;

/** Nanoseconds of the caller's time, whole units and a fraction of one, which is cut to whole nanoseconds. */
export function nanosecondsOf(now: f64): u64 {
  const whole = Math.floor(now);
  const unitNs = stateWord(STATE_UNIT);
  return <u64>(<i64>whole) * unitNs + <u64>(<i64>((now - whole) * <f64>(<i64>unitNs)));
}

/** The meter's time for a call at the caller's `ns`; the clock goes on. */
export function advance(ns: u64): u64 {
  const newest = stateWord(STATE_NEWEST);
  const time = ns + stateWord(STATE_OFFSET);
  // One branch for both: the clock goes on, and does not pass its end.
  if ((<u32>(time >= newest)) & (<u32>(time < stateWord(STATE_CLOCK_END)))) {
    lagNs = 0;
    setStateWord(STATE_NEWEST, time);
    return time;
  }
  return advanceUnusually(ns, time, newest);
}

/** Makes the caller's `now` the meter's newest time where that is nothing unusual; else false, and nothing was done. */
export function moves(now: f64): bool {
  const time = nanosecondsOf(now) + stateWord(STATE_OFFSET);
  if (time < stateWord(STATE_NEWEST) || time >= stateWord(STATE_CLOCK_END)) return false;
  setStateWord(STATE_NEWEST, time);
  return true;
}

/** The call at hand is at the meter's newest time. */
export function dropLag(): void {
  lagNs = 0;
}

/** The meter's time 0 is the caller's `ns`. */
export function startClock(ns: u64): u64 {
  lagNs = 0;
  setStateWord(STATE_STARTED, 1);
  setStateWord(STATE_OFFSET, 0 - ns);
  setStateWord(STATE_NEWEST, 0);
  return 0;
}

/** Whether there was a call. */
export function isStarted(): bool {
  return stateWord(STATE_STARTED) != 0;
}

/** The first call, a time below the newest, and one beyond the clock's end. */
function advanceUnusually(ns: u64, time: u64, newest: u64): u64 {
  if (!isStarted()) return startClock(ns);
  if (<i64>(time - newest) >= 0) {
    lagNs = 0;
    return beginAnew(time);
  }
  addToState(STATE_REGRESSIONS, 1);
  lagNs = newest - time;
  if (lagNs > stateWord(STATE_STEP)) {
    setStateWord(STATE_OFFSET, stateWord(STATE_OFFSET) + lagNs);
    addToState(STATE_STEPS, 1);
    lagNs = 0;
  }
  // The end may have come nearer, with a steeper policy.
  return newest < stateWord(STATE_CLOCK_END) ? newest : beginAnew(newest);
}

/** The meter's time `time` is its time 0 from here on. */
function beginAnew(time: u64): u64 {
  rebase(time);
  setStateWord(STATE_OFFSET, stateWord(STATE_OFFSET) - time);
  setStateWord(STATE_NEWEST, 0);
  return 0;
}

/** The meter's time for a look at the caller's `ns`, which changes nothing. */
export function lookAhead(ns: u64): u64 {
  lagNs = 0;
  if (!isStarted()) return 0;
  const newest = stateWord(STATE_NEWEST);
  const time = ns + stateWord(STATE_OFFSET);
  if (<i64>(time - newest) >= 0) return time;
  if (newest - time <= stateWord(STATE_STEP)) lagNs = newest - time;
  return newest;
}
