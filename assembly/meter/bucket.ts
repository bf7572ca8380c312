/**
 * One bucket in level form: leaky bucket, GCRA and token bucket are this engine under three names
 * (level = rate * max(0, TAT - t) = depth - tokens). Reference twin: src/reference/bucket.ts.
 *
 * Exact: levels, costs and drain are whole numbers of the policy's level step. Bounds checked when a policy is
 * compiled: depth, largest cost and their sum below 2^63; drain times clamped elapsed time below 2^64.
 */
import {
  PROFILE,
  PROFILE_DEPTH,
  PROFILE_DRAIN,
  PROFILE_DRAINED_AFTER,
  PROFILE_LENGTH_MASK,
  PROFILE_OVERHEAD,
  PROFILE_OWN_SIZE_MASK,
  PROFILE_UNIT,
  PROFILE_UNITS_MAX,
  PROFILE_UNITS_MIN,
} from "../abi";
import { Slot } from "../table/slot";

/** All ones: there is no time at which the packet would conform. */
export const DELAY_NEVER: u64 = u64.MAX_VALUE;

/** Units a packet costs: its length plus overhead, at least the minimum; or one (length masked away, overhead 1). */
export function unitsOf(lengthBytes: u32): u64 {
  const units = ((<i64>lengthBytes) & load<i64>(PROFILE + PROFILE_LENGTH_MASK)) + load<i64>(PROFILE + PROFILE_OVERHEAD);
  return <u64>max(units, load<i64>(PROFILE + PROFILE_UNITS_MIN));
}

/** A cost that the bucket can never hold: red, state untouched. */
export function isOversize(units: u64): bool {
  return units > load<u64>(PROFILE + PROFILE_UNITS_MAX);
}

/** Level of a flow at `nowNs`, which is never before its last packet. */
export function levelAt(slot: Slot, nowNs: u64): u64 {
  const elapsedNs = min(nowNs - slot.lastNs, load<u64>(PROFILE + PROFILE_DRAINED_AFTER));
  const drained = elapsedNs * load<u64>(PROFILE + PROFILE_DRAIN);
  return select<u64>(slot.level - drained, 0, slot.level > drained);
}

/** Meters one packet that is not oversize: true when it conforms. Equality conforms. */
export function conform(slot: Slot, nowNs: u64, units: u64): bool {
  const level = levelAt(slot, nowNs);
  const cost = units * load<u64>(PROFILE + PROFILE_UNIT);
  const tested = level + (cost & load<u64>(PROFILE + PROFILE_OWN_SIZE_MASK));
  const conforms = tested <= load<u64>(PROFILE + PROFILE_DEPTH);
  slot.lastNs = nowNs;
  slot.level = select<u64>(level + cost, level, conforms);
  return conforms;
}

/** Ns until a packet that was just refused would conform, rounded up; DELAY_NEVER at rate 0. */
export function delayUntil(slot: Slot, units: u64): u64 {
  const drain = load<u64>(PROFILE + PROFILE_DRAIN);
  if (drain == 0) return DELAY_NEVER;
  const cost = units * load<u64>(PROFILE + PROFILE_UNIT);
  const tested = slot.level + (cost & load<u64>(PROFILE + PROFILE_OWN_SIZE_MASK));
  const excess = tested - load<u64>(PROFILE + PROFILE_DEPTH);
  return excess / drain + <u64>(excess % drain != 0);
}
