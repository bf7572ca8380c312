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

export class TwoBuckets {
  /** Drains the slot to `nowNs`: coupled, what bucket 0 drains beyond its level goes on to bucket 1 (RFC 2697). */
  @inline static refresh(profile: usize, slot: Slot, nowNs: u64): void {
    const elapsedNs = nowNs - slot.lastNs;
    const drained0 = Bucket.drained(profile + PROFILE_BUCKET0, elapsedNs);
    const passedOn = Bucket.lowered(drained0, slot.level) & load<u64>(profile, PROFILE_COUPLED);
    const drained1 = Bucket.drained(profile + PROFILE_BUCKET1, elapsedNs) + passedOn;
    slot.level = Bucket.lowered(slot.level, drained0);
    slot.second = Bucket.lowered(slot.second, drained1);
    slot.lastNs = nowNs;
  }

  /** The rule for the packet; changes nothing. */
  @inline static judge(profile: usize, slot: Slot, lengthBytes: u32, colorIn: u32): u32 {
    const bucket0 = profile + PROFILE_BUCKET0;
    const bucket1 = profile + PROFILE_BUCKET1;
    const units0 = Bucket.units(bucket0, lengthBytes);
    const units1 = Bucket.units(bucket1, lengthBytes);
    const fits0 = <u32>Bucket.fits(bucket0, slot.level, units0, Bucket.cost(bucket0, units0));
    const fits1 = <u32>Bucket.fits(bucket1, slot.second, units1, Bucket.cost(bucket1, units1));
    return ruleOf(profile, colorIn, (fits0 << 1) | fits1);
  }

  /** Adds the cost to the buckets that the rule names. */
  @inline static charge(profile: usize, slot: Slot, lengthBytes: u32, rule: u32): void {
    const bucket0 = profile + PROFILE_BUCKET0;
    const bucket1 = profile + PROFILE_BUCKET1;
    const cost0 = Bucket.cost(bucket0, Bucket.units(bucket0, lengthBytes));
    const cost1 = Bucket.cost(bucket1, Bucket.units(bucket1, lengthBytes));
    slot.level += select<u64>(cost0, 0, (rule & RULE_CHARGES0) != 0);
    slot.second += select<u64>(cost1, 0, (rule & RULE_CHARGES1) != 0);
  }

  /** True when the packet is red on a drained slot, and not because it arrived red. */
  @inline static isOversize(profile: usize, lengthBytes: u32, colorIn: u32): bool {
    const fits = TwoBuckets.fitsDrained(profile, lengthBytes);
    return fits != (FITS0 | FITS1) && isRed(ruleOf(profile, colorIn, fits)) && !isRed(ruleOf(profile, colorIn, 3));
  }

  /** Which buckets the packet fits when both are drained. */
  @inline static fitsDrained(profile: usize, lengthBytes: u32): u32 {
    const bucket0 = profile + PROFILE_BUCKET0;
    const bucket1 = profile + PROFILE_BUCKET1;
    const tooLarge0 = <u32>Bucket.isTooLarge(bucket0, Bucket.units(bucket0, lengthBytes));
    const tooLarge1 = <u32>Bucket.isTooLarge(bucket1, Bucket.units(bucket1, lengthBytes));
    return (FITS0 | FITS1) ^ ((tooLarge0 << 1) | tooLarge1);
  }
}

function ruleOf(profile: usize, colorIn: u32, fits: u32): u32 {
  return <u32>load<u8>(profile + ((colorIn << 2) | fits), PROFILE_RULES);
}

function isRed(rule: u32): bool {
  return (rule & RULE_COLOR_MASK) == <u32>COLOR_RED;
}

/** Ns until a red packet would not be red, on a slot drained to now and not charged with it. */
export function delayOfTwo(profile: usize, slot: Slot, lengthBytes: u32, colorIn: u32): u64 {
  const until0 = timeUntilFits0(profile, slot, lengthBytes);
  const until1 = timeUntilFits1(profile, slot, lengthBytes);
  let delay = DELAY_NEVER;
  if (!isRed(ruleOf(profile, colorIn, FITS0))) delay = min(delay, until0);
  if (!isRed(ruleOf(profile, colorIn, FITS1))) delay = min(delay, until1);
  if (!isRed(ruleOf(profile, colorIn, FITS0 | FITS1))) delay = min(delay, max(until0, until1));
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
