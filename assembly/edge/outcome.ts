/** What a call is told besides its color: what is left, when to come again, when all is forgotten. */
import {
  BUCKET_DRAIN,
  BUCKET_LENGTH_MASK,
  BUCKET_OVERHEAD,
  BUCKET_OWN_SIZE_MASK,
  BUCKET_TEST,
  BUCKET_UNIT,
  BUCKET_UNITS_MIN,
  COLOR_RED,
  KERNEL_EVENT_COUNTER,
  KERNEL_ONE_BUCKET,
  KERNEL_TURNER,
  KERNEL_TWO_BUCKETS,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_COUPLED,
  PROFILE_KERNEL,
  PROFILE_RULES,
  RULE_COLOR_MASK,
} from "../abi";
import { Bucket, DELAY_NEVER, timeToDrain } from "../meter/bucket";
import { isHeld } from "../meter/counters";
import { Slot } from "../table/slot";
import { RESULT, RESULT_REMAINING, RESULT_RESET, RESULT_RETRY, STATE_UNIT } from "./abi";
import { lagNs } from "./clock";
import { stateWord } from "./memory";
import { roundedDown, roundedUp } from "./rounded";

/** Costs are not limited by a bucket that counts calls instead of their cost. */
const UNLIMITED: u64 = u64.MAX_VALUE;

/** Rule indexes of two buckets (assembly/meter/twobuckets.ts). */
const FITS0: u32 = 2;
const FITS1: u32 = 1;

export class Outcome {
  /** Writes the three numbers. Times are in units of the caller's, whole ones, rounded up. */
  @inline static put(remaining: u64, retryNs: u64, resetNs: u64): void {
    store<f64>(RESULT + (RESULT_REMAINING << 3), roundedDown(remaining));
    store<f64>(RESULT + (RESULT_RETRY << 3), retryNs == 0 ? 0 : inUnits(retryNs));
    store<f64>(RESULT + (RESULT_RESET << 3), resetNs == 0 ? 0 : inUnits(resetNs));
  }

  /** The call has to wait longer than its buckets say. */
  @inline static putRetry(retryNs: u64): void {
    store<f64>(RESULT + (RESULT_RETRY << 3), inUnits(retryNs));
  }
}

/** Whole units of the caller's time until `ns` of the meter's have passed, seen from the call at hand. */
function inUnits(ns: u64): f64 {
  if (ns == DELAY_NEVER) return Infinity;
  const unitNs = stateWord(STATE_UNIT);
  const all = ns + lagNs;
  return roundedUp(all / unitNs + <u64>(all % unitNs != 0));
}

/**
 * The largest cost that still fits on top of `level`, be it more than one call can have. Where the test leaves the own cost out (pre, overdraft) any does:
 * there, how many calls of cost 1 fit.
 */
export function remainingOf(bucket: usize, level: u64): u64 {
  const test = load<u64>(bucket, BUCKET_TEST);
  if (level > test) return 0;
  if (load<u64>(bucket, BUCKET_OWN_SIZE_MASK) == 0) {
    return (test - level) / max<u64>(Bucket.cost(bucket, Bucket.units(bucket, 1)), 1) + 1;
  }
  const units = (test - level) / load<u64>(bucket, BUCKET_UNIT);
  const overhead = load<i64>(bucket, BUCKET_OVERHEAD);
  if (load<u64>(bucket, BUCKET_LENGTH_MASK) == 0) return <i64>units >= overhead ? UNLIMITED : 0;
  if (load<i64>(bucket, BUCKET_UNITS_MIN) > <i64>units) return 0;
  return <u64>max<i64>(<i64>units - overhead, 0);
}

/** The largest cost that a call could have and not be red, on a slot drained to now. */
export function remainingIn(profile: usize, slot: Slot, colorIn: u32): u64 {
  const kernel = <u32>load<u64>(profile, PROFILE_KERNEL);
  const left0 = remainingOf(profile + PROFILE_BUCKET0, slot.level);
  if (kernel == KERNEL_ONE_BUCKET || kernel == KERNEL_TURNER) return left0;
  if (kernel == KERNEL_EVENT_COUNTER) return isHeld(profile, slot) ? 0 : left0;
  const left1 = remainingOf(profile + PROFILE_BUCKET1, slot.second);
  // Up to the smaller both fit, from there to the larger only one does.
  const onlyOne = left0 > left1 ? FITS0 : FITS1;
  if (left0 != left1 && !isRed(profile, colorIn, onlyOne)) return max(left0, left1);
  return isRed(profile, colorIn, FITS0 | FITS1) ? 0 : min(left0, left1);
}

function isRed(profile: usize, colorIn: u32, fits: u32): bool {
  return ((<u32>load<u8>(profile + ((colorIn << 2) | fits), PROFILE_RULES)) & RULE_COLOR_MASK) == <u32>COLOR_RED;
}

/** Ns until the slot, drained to now, is as that of a new flow; DELAY_NEVER at rate 0. */
export function drainedIn(profile: usize, slot: Slot): u64 {
  const drain0 = load<u64>(profile, PROFILE_BUCKET0 + BUCKET_DRAIN);
  const until0 = timeToDrain(slot.level, drain0);
  if (load<u64>(profile, PROFILE_KERNEL) != <u64>KERNEL_TWO_BUCKETS) return until0;
  const drain1 = load<u64>(profile, PROFILE_BUCKET1 + BUCKET_DRAIN);
  let until1 = timeToDrain(slot.second, drain1);
  // Coupled, bucket 1 drains max(d1 t, (d0 + d1) t - level0): the sooner of the two (assembly/meter/twobuckets.ts).
  if (load<u64>(profile, PROFILE_COUPLED) != 0 && slot.second != 0) {
    until1 = min(until1, timeToDrain(slot.second + slot.level, drain0 + drain1));
  }
  return max(until0, until1);
}
