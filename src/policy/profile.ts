/** From the definition in exact fractions to the integers that the engines run. */

import { ConfigError } from "../errors.ts";
import { compare, divide, floor, lcm, multiply, rational } from "../rational.ts";
import type { BucketDefinition, BucketProfile, Cost } from "../types.ts";
import { formatRate, wholeUnitsText } from "../units.ts";
import type { BucketReading, Written } from "./forms.ts";

/** Levels stay below 2^63, so that a level plus one drained nanosecond still fits 64 bits. */
const LEVEL_MAX = 2n ** 63n - 1n;
/** Costs are also counted in JavaScript numbers. */
const UNITS_MAX = 2n ** 53n - 1n;
/** With check pre a level may pass the depth by one cost: room for the longest IP packet, or for one packet. */
const PRE_ROOM_UNITS: Readonly<Record<Cost, bigint>> = { bytes: 65_535n, packets: 1n };
const NS_PER_SEC = rational(1_000_000_000n);

/** What the user wrote, to blame the right parameter. */
export type ProfileSource = Pick<BucketReading, "rate" | "burst"> & { readonly cost: Cost };

function unnamed(bucket: BucketDefinition): ProfileSource {
  return {
    cost: "bytes",
    rate: { parameter: "rate", text: formatRate(bucket.ratePerSec, "bytes") },
    burst: { parameter: "burst", text: wholeUnitsText(bucket.depth, "bytes"), inTime: false },
  };
}

/**
 * The integer profile of a bucket. One unit is S = lcm(den(rate per ns), den(depth)) level steps, the smallest scale
 * in which drain, cost and depth are whole. Throws ConfigError when depth, drain or S reach 2^63, or when check pre
 * leaves no room for one packet above the depth; `source` (default: bytes, named rate and burst) tells what to blame.
 */
export function profileOf(bucket: BucketDefinition, source: ProfileSource = unnamed(bucket)): BucketProfile {
  const { check, depth } = bucket;
  const ratePerNs = divide(bucket.ratePerSec, NS_PER_SEC);
  const levelPerUnit = lcm(ratePerNs.den, depth.den);
  const drainPerNs = ratePerNs.num * (levelPerUnit / ratePerNs.den);
  const depthLevel = depth.num * (levelPerUnit / depth.den);
  const roomUnits = check === "pre" ? PRE_ROOM_UNITS[source.cost] : 0n;
  const fits =
    levelPerUnit <= LEVEL_MAX && drainPerNs <= LEVEL_MAX && depthLevel + roomUnits * levelPerUnit <= LEVEL_MAX;
  if (!fits) throw tooLarge(bucket, roomUnits, source);

  const fittingUnits = check === "pre" ? (LEVEL_MAX - depthLevel) / levelPerUnit : floor(depth);
  const unitsMax = fittingUnits < UNITS_MAX ? fittingUnits : UNITS_MAX;
  // Post: a level never passes the depth. Pre: a conforming packet finds at most the depth and adds its cost.
  const levelMax = check === "pre" ? depthLevel + unitsMax * levelPerUnit : depthLevel;
  // The product drainedAfterNs * drainPerNs is at most levelMax + drainPerNs < 2^64.
  const drainedAfterNs = drainPerNs === 0n ? 0n : levelMax / drainPerNs + 1n;
  return { check, drainPerNs, levelPerUnit, depthLevel, unitsMax, drainedAfterNs };
}

function blame(at: Written, detail: string): ConfigError {
  return new ConfigError("RANGE", at.parameter, at.text, detail);
}

/** Finds which of rate, depth or the depth's fraction is at fault, and the largest value that would do. */
function tooLarge(bucket: BucketDefinition, roomUnits: bigint, source: ProfileSource): ConfigError {
  const { rate, burst, cost } = source;
  const { ratePerSec, depth } = bucket;

  // With a depth of whole units, or of whole nanoseconds of the rate, the scale is the rate's denominator alone.
  const { num: drain, den: stepsPerUnit } = divide(ratePerSec, NS_PER_SEC);
  const depthLevelMax = LEVEL_MAX - roomUnits * stepsPerUnit;
  if (stepsPerUnit > LEVEL_MAX || drain > LEVEL_MAX || depthLevelMax < 0n) {
    if (compare(ratePerSec, rational(LEVEL_MAX)) > 0) {
      const most = wholeUnitsText(rational(LEVEL_MAX), cost);
      const limit = rate.parameter === "increment" ? `at least 1/${LEVEL_MAX} s` : `at most ${most}/s`;
      return blame(rate, `is beyond exact 63-bit arithmetic; write ${limit}`);
    }
    const room = stepsPerUnit * (roomUnits > 0n ? roomUnits : 1n);
    const steps = room > drain ? room : drain;
    const limit = `exact arithmetic would need ${steps} level steps and the limit is ${LEVEL_MAX}`;
    return blame(rate, `is too fine: ${limit}; write fewer digits`);
  }
  const depthMax = rational(depthLevelMax, stepsPerUnit);
  const largest = burst.inTime ? `${depthLevelMax / drain} ns` : wholeUnitsText(depthMax, cost);
  if (compare(depth, depthMax) > 0) {
    const context = `does not fit exact 63-bit arithmetic with ${rate.parameter} "${rate.text}"`;
    return blame(burst, `${context}; the largest is ${largest}`);
  }
  const whole = burst.inTime
    ? `${floor(divide(multiply(depth, NS_PER_SEC), ratePerSec))} ns`
    : wholeUnitsText(depth, cost);
  const limit = `has a fraction too fine for exact 63-bit arithmetic with ${rate.parameter} "${rate.text}"`;
  return blame(burst, `${limit}; write ${whole}, or any whole number up to ${largest}`);
}
