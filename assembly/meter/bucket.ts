/**
 * One bucket in level form: the part that every meter is made of (level = rate * max(0, TAT - t) = depth - tokens).
 * Reference twin: src/reference/bucket.ts. A bucket is named by its address in a profile (BUCKET_* are the offsets).
 *
 * Exact: levels, costs and drain are whole numbers of the policy's level step. Bounds checked when a policy is
 * compiled: depth, largest cost and their sum below 2^63; drain times clamped elapsed time below 2^64.
 */
import {
  BUCKET_DRAIN,
  BUCKET_DRAINED_AFTER,
  BUCKET_LENGTH_MASK,
  BUCKET_OVERHEAD,
  BUCKET_OWN_SIZE_MASK,
  BUCKET_TEST,
  BUCKET_UNIT,
  BUCKET_UNITS_MAX,
  BUCKET_UNITS_MIN,
} from "../abi";

/** All ones: there is no time at which the packet would conform. */
export const DELAY_NEVER: u64 = u64.MAX_VALUE;

export class Bucket {
  /** Units a packet costs: its length plus overhead, at least the minimum; or one (length masked away, overhead 1). */
  @inline static units(bucket: usize, lengthBytes: u32): u64 {
    const units = ((<i64>lengthBytes) & load<i64>(bucket, BUCKET_LENGTH_MASK)) + load<i64>(bucket, BUCKET_OVERHEAD);
    return <u64>max(units, load<i64>(bucket, BUCKET_UNITS_MIN));
  }

  /** Level steps of so many units. Wraps above BUCKET_UNITS_MAX, where it is never charged nor tested. */
  @inline static cost(bucket: usize, units: u64): u64 {
    return units * load<u64>(bucket, BUCKET_UNIT);
  }

  /** What drains in `elapsedNs`: enough to empty the bucket, or exact. */
  @inline static drained(bucket: usize, elapsedNs: u64): u64 {
    return min(elapsedNs, load<u64>(bucket, BUCKET_DRAINED_AFTER)) * load<u64>(bucket, BUCKET_DRAIN);
  }

  /** `level` less what has drained, never below 0. */
  @inline static lowered(level: u64, drained: u64): u64 {
    return select<u64>(level - drained, 0, level > drained);
  }

  /** True when a cost fits on top of `level` that is not too large. */
  @inline static isBelow(bucket: usize, level: u64, cost: u64): bool {
    return level + (cost & load<u64>(bucket, BUCKET_OWN_SIZE_MASK)) <= load<u64>(bucket, BUCKET_TEST);
  }

  /** The highest level on top of which a cost fits that is not too large. */
  @inline static highest(bucket: usize, cost: u64): u64 {
    return load<u64>(bucket, BUCKET_TEST) - (cost & load<u64>(bucket, BUCKET_OWN_SIZE_MASK));
  }

  /** True when units and cost fit on top of `level`. Equality conforms. */
  @inline static fits(bucket: usize, level: u64, units: u64, cost: u64): bool {
    const tested = level + (cost & load<u64>(bucket, BUCKET_OWN_SIZE_MASK));
    return tested <= load<u64>(bucket, BUCKET_TEST) && units <= load<u64>(bucket, BUCKET_UNITS_MAX);
  }

  /** Level steps by which `level` is too high for the cost; 0 when it fits. Not for costs above BUCKET_UNITS_MAX. */
  @inline static excess(bucket: usize, level: u64, cost: u64): u64 {
    const tested = level + (cost & load<u64>(bucket, BUCKET_OWN_SIZE_MASK));
    return Bucket.lowered(tested, load<u64>(bucket, BUCKET_TEST));
  }

  /** True when the cost can never fit, however low the level. */
  @inline static isTooLarge(bucket: usize, units: u64): bool {
    return units > load<u64>(bucket, BUCKET_UNITS_MAX);
  }
}

/** Ns until `steps` have drained at `drainPerNs`, rounded up; DELAY_NEVER at rate 0. */
export function timeToDrain(steps: u64, drainPerNs: u64): u64 {
  if (steps == 0) return 0;
  if (drainPerNs == 0) return DELAY_NEVER;
  return steps / drainPerNs + <u64>(steps % drainPerNs != 0);
}
