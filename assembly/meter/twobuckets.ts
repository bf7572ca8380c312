/**
 * Meters of two buckets: the three-color markers (RFC 2697, 2698, 4115, MEF), dual buckets, and all-or-none pairs.
 * Both buckets are drained and tried; a table of twelve rules in the profile says what follows from which of them fit
 * and from the color of arrival. The algorithms differ in their tables only (src/policy/rules.ts).
 */
import {
  BUCKET_DRAIN,
  COLOR_RED,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_COUPLED,
  PROFILE_RULES,
  RULE_CHARGES0,
  RULE_CHARGES1,
  RULE_COLOR_MASK,
} from "../abi";
import { Slot } from "../table/slot";
import { Bucket, DELAY_NEVER, timeToDrain } from "./bucket";

/** Rule indexes: color in * 4, plus these. */
const FITS0: u32 = 2;
const FITS1: u32 = 1;
export const FITS_BOTH: u32 = FITS0 | FITS1;

export class TwoBuckets {
  /** Drains the slot to `nowNs`. */
  @inline static refresh(profile: usize, slot: Slot, nowNs: u64): void {
    const elapsedNs = nowNs - slot.lastNs;
    const drained0 = Bucket.drained(profile + PROFILE_BUCKET0, elapsedNs);
    slot.second = TwoBuckets.second(profile, slot, elapsedNs, drained0);
    slot.level = Bucket.lowered(slot.level, drained0);
    slot.lastNs = nowNs;
  }

  /**
   * The slot's level of bucket 1 when `elapsedNs` have drained, and `drained0` from bucket 0: coupled, what that one
   * drains beyond its level goes on to this one (RFC 2697).
   */
  @inline static second(profile: usize, slot: Slot, elapsedNs: u64, drained0: u64): u64 {
    const passedOn = Bucket.lowered(drained0, slot.level) & load<u64>(profile, PROFILE_COUPLED);
    return Bucket.lowered(slot.second, Bucket.drained(profile + PROFILE_BUCKET1, elapsedNs) + passedOn);
  }

  /** The rule for the packet; changes nothing. */
  @inline static judge(profile: usize, slot: Slot, lengthBytes: u32, colorIn: u32): u32 {
    const bucket0 = profile + PROFILE_BUCKET0;
    const bucket1 = profile + PROFILE_BUCKET1;
    const units0 = Bucket.units(bucket0, lengthBytes);
    const units1 = Bucket.units(bucket1, lengthBytes);
    const cost0 = Bucket.cost(bucket0, units0);
    const cost1 = Bucket.cost(bucket1, units1);
    const fits = TwoBuckets.fitsBySize(profile, units0, units1);
    return TwoBuckets.rule(
      profile,
      colorIn,
      fits & TwoBuckets.fitsBelow(profile, slot.level, cost0, slot.second, cost1),
    );
  }

  /** Which buckets' costs are not too high for these levels, whether or not they are too large. */
  @inline static fitsBelow(profile: usize, level0: u64, cost0: u64, level1: u64, cost1: u64): u32 {
    const isBelow0 = <u32>Bucket.isBelow(profile + PROFILE_BUCKET0, level0, cost0);
    return (isBelow0 << 1) | (<u32>Bucket.isBelow(profile + PROFILE_BUCKET1, level1, cost1));
  }

  /** Which buckets the packet fits when both are drained. */
  @inline static fitsBySize(profile: usize, units0: u64, units1: u64): u32 {
    const tooLarge0 = <u32>Bucket.isTooLarge(profile + PROFILE_BUCKET0, units0);
    const tooLarge1 = <u32>Bucket.isTooLarge(profile + PROFILE_BUCKET1, units1);
    return FITS_BOTH ^ ((tooLarge0 << 1) | tooLarge1);
  }

  @inline static rule(profile: usize, colorIn: u32, fits: u32): u32 {
    return <u32>load<u8>(profile + ((colorIn << 2) | fits), PROFILE_RULES);
  }

  /** Adds the cost to the buckets that the rule names. */
  @inline static charge(profile: usize, slot: Slot, lengthBytes: u32, rule: u32): void {
    const bucket0 = profile + PROFILE_BUCKET0;
    const bucket1 = profile + PROFILE_BUCKET1;
    slot.level += TwoBuckets.charged0(Bucket.cost(bucket0, Bucket.units(bucket0, lengthBytes)), rule);
    slot.second += TwoBuckets.charged1(Bucket.cost(bucket1, Bucket.units(bucket1, lengthBytes)), rule);
  }

  /** What the rule adds to bucket 0 of its cost. */
  @inline static charged0(cost: u64, rule: u32): u64 {
    return select<u64>(cost, 0, (rule & RULE_CHARGES0) != 0);
  }

  /** What it adds to bucket 1. */
  @inline static charged1(cost: u64, rule: u32): u64 {
    return select<u64>(cost, 0, (rule & RULE_CHARGES1) != 0);
  }

  /** True when the packet is red on a drained slot, which `fits` these buckets, and not because it arrived red. */
  @inline static isRedDrained(profile: usize, fits: u32, colorIn: u32): bool {
    if (fits == FITS_BOTH) return false;
    const byColor = TwoBuckets.rule(profile, colorIn, FITS_BOTH);
    return isRed(TwoBuckets.rule(profile, colorIn, fits)) && !isRed(byColor);
  }

  /** `isRedDrained` of a packet of so many bytes. */
  @inline static isOversize(profile: usize, lengthBytes: u32, colorIn: u32): bool {
    const units0 = Bucket.units(profile + PROFILE_BUCKET0, lengthBytes);
    const units1 = Bucket.units(profile + PROFILE_BUCKET1, lengthBytes);
    return TwoBuckets.isRedDrained(profile, TwoBuckets.fitsBySize(profile, units0, units1), colorIn);
  }
}

function isRed(rule: u32): bool {
  return (rule & RULE_COLOR_MASK) == <u32>COLOR_RED;
}

/** Ns until a red packet would not be red, on a slot drained to now and not charged with it. */
export function delayOfTwo(profile: usize, slot: Slot, lengthBytes: u32, colorIn: u32): u64 {
  const until0 = timeUntilFits0(profile, slot, lengthBytes);
  const until1 = timeUntilFits1(profile, slot, lengthBytes);
  let delay = DELAY_NEVER;
  if (!isRed(TwoBuckets.rule(profile, colorIn, FITS0))) delay = min(delay, until0);
  if (!isRed(TwoBuckets.rule(profile, colorIn, FITS1))) delay = min(delay, until1);
  if (!isRed(TwoBuckets.rule(profile, colorIn, FITS_BOTH))) delay = min(delay, max(until0, until1));
  return delay;
}

function timeUntilFits0(profile: usize, slot: Slot, lengthBytes: u32): u64 {
  const bucket = profile + PROFILE_BUCKET0;
  const units = Bucket.units(bucket, lengthBytes);
  if (Bucket.isTooLarge(bucket, units)) return DELAY_NEVER;
  return timeToDrain(Bucket.excess(bucket, slot.level, Bucket.cost(bucket, units)), load<u64>(bucket, BUCKET_DRAIN));
}

/**
 * Bucket 1 drains d1 t in t ns; coupled, also what bucket 0 drains beyond its level: max(0, d0 t - level0). That is
 * the larger of two straight lines, so an excess x has drained as soon as d1 t >= x or (d0 + d1) t >= x + level0.
 */
function timeUntilFits1(profile: usize, slot: Slot, lengthBytes: u32): u64 {
  const bucket = profile + PROFILE_BUCKET1;
  const units = Bucket.units(bucket, lengthBytes);
  if (Bucket.isTooLarge(bucket, units)) return DELAY_NEVER;
  const excess = Bucket.excess(bucket, slot.second, Bucket.cost(bucket, units));
  const drain = load<u64>(bucket, BUCKET_DRAIN);
  const alone = timeToDrain(excess, drain);
  if (load<u64>(profile, PROFILE_COUPLED) == 0 || excess == 0) return alone;
  const both = drain + load<u64>(profile + PROFILE_BUCKET0, BUCKET_DRAIN);
  return min(alone, timeToDrain(excess + slot.level, both));
}
