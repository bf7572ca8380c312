/** Which number keeps a policy from exact 63-bit arithmetic, and the largest that would do. */

import { ConfigError } from "../errors.ts";
import { compare, divide, floor, isZero, lcm, multiply, rational } from "../rational.ts";
import type { BucketDefinition } from "../types.ts";
import { wholeUnitsText } from "../units.ts";
import { LEVEL_MAX, NS_PER_SEC } from "./limits.ts";
import type { BucketSource, Written } from "./source.ts";

export function blame(at: Written, detail: string): ConfigError {
  return new ConfigError("RANGE", at.parameter, at.text, detail);
}

/** Throws when rate or depth alone are at fault: rate first, then the depth's size, then its fraction. */
export function blameRateOrDepth(bucket: BucketDefinition, roomUnits: bigint, source: BucketSource): void {
  const { rate, burst } = source;
  const { ratePerSec, depth } = bucket;
  const { cost } = bucket.costRule;
  // With a depth of whole units, or of whole nanoseconds of the rate, the scale is the rate's denominator alone.
  const { num: drain, den: stepsPerUnit } = divide(ratePerSec, NS_PER_SEC);
  const depthLevelMax = LEVEL_MAX - roomUnits * stepsPerUnit;
  if (stepsPerUnit > LEVEL_MAX || drain > LEVEL_MAX || depthLevelMax < 0n) {
    throw blameRate(bucket, roomUnits, source);
  }
  const depthMax = rational(depthLevelMax, stepsPerUnit);
  // srtcm's second bucket has a time of cir, and no rate of its own.
  const largest = burst.inTime && drain > 0n ? `${depthLevelMax / drain} ns` : wholeUnitsText(depthMax, cost);
  if (compare(depth, depthMax) > 0) {
    const context = `does not fit exact 63-bit arithmetic with ${rate.parameter} "${rate.text}"`;
    throw blame(burst, `${context}; the largest is ${largest}`);
  }
  const steps = lcm(stepsPerUnit, depth.den);
  if ((steps / stepsPerUnit) * drain <= LEVEL_MAX && (steps / depth.den) * depth.num + roomUnits * steps <= LEVEL_MAX)
    return;
  const whole =
    burst.inTime && !isZero(ratePerSec)
      ? `${floor(divide(multiply(depth, NS_PER_SEC), ratePerSec))} ns`
      : wholeUnitsText(depth, cost);
  const limit = `has a fraction too fine for exact 63-bit arithmetic with ${rate.parameter} "${rate.text}"`;
  throw blame(burst, `${limit}; write ${whole}, or any whole number up to ${largest}`);
}

function blameRate({ ratePerSec, costRule }: BucketDefinition, roomUnits: bigint, { rate }: BucketSource): ConfigError {
  const { num: drain, den: stepsPerUnit } = divide(ratePerSec, NS_PER_SEC);
  if (compare(ratePerSec, rational(LEVEL_MAX)) > 0) {
    const most = wholeUnitsText(rational(LEVEL_MAX), costRule.cost);
    const limit = rate.parameter.endsWith("increment") ? `at least 1/${LEVEL_MAX} s` : `at most ${most}/s`;
    return blame(rate, `is beyond exact 63-bit arithmetic; write ${limit}`);
  }
  const room = stepsPerUnit * (roomUnits > 0n ? roomUnits : 1n);
  const steps = room > drain ? room : drain;
  const limit = `exact arithmetic would need ${steps} level steps and the limit is ${LEVEL_MAX}`;
  return blame(rate, `is too fine: ${limit}; write fewer digits`);
}

/** For the cap that is beyond what rate and depth leave, or the level whose fraction is too fine. */
export function blameLevel(bucket: BucketDefinition, roomUnits: bigint, source: BucketSource): ConfigError {
  const { cap, threshold, initial, clear, rate, burst } = source;
  const { cost } = bucket.costRule;
  const numbers = `exact 63-bit arithmetic with ${rate.parameter} "${rate.text}"`;
  if (cap !== undefined) {
    const { den } = divide(bucket.ratePerSec, NS_PER_SEC);
    const most = wholeUnitsText(rational(LEVEL_MAX / lcm(den, bucket.depth.den) - roomUnits), cost);
    return blame(cap, `does not fit ${numbers}; write a whole number up to ${most}`);
  }
  const finest = threshold ?? initial ?? clear ?? burst;
  const detail = `has a fraction too fine for ${numbers} and ${burst.parameter} "${burst.text}"`;
  return blame(finest, `${detail}; write whole ${cost}`);
}
