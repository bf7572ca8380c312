/** One bucket from exact fractions to integers. */

import { divide, lcm } from "../rational.ts";
import type { BucketDefinition, BucketProfile, Rational } from "../types.ts";
import { LEVEL_MAX, NS_PER_SEC, ROOM_UNITS, UNITS_MAX } from "./limits.ts";
import type { BucketSource } from "./source.ts";
import { blame, blameLevel, blameRateOrDepth } from "./toolarge.ts";

/** What a bucket's integers have to hold besides the bucket itself. */
export interface Frame {
  readonly source: BucketSource;
  /** Further levels in units that must be whole in level steps: cap, clear, and those of buckets in the same scale. */
  readonly levels: readonly Rational[];
  /** Level steps a unit at least: a multiple of it is used. */
  readonly scale: bigint;
  /** The level's bound where it is not the depth (and one cost): turner, event counter. */
  readonly cap: Rational | undefined;
  /** An event counter is red from reaching the depth on. */
  readonly isAlarm: boolean;
}

/** Level steps a unit: the smallest number with which rate a ns, depth, threshold, first level and `levels` are whole. */
export function scaleOf(bucket: BucketDefinition, levels: readonly Rational[]): bigint {
  const ratePerNs = divide(bucket.ratePerSec, NS_PER_SEC);
  const parts = [ratePerNs, bucket.depth, bucket.threshold, bucket.initialLevel, ...levels];
  return parts.reduce((scale, { den }) => lcm(scale, den), 1n);
}

/** Units of room above the highest level tested: one cost, where it is added although it does not fit. */
function roomUnitsOf({ check, costRule }: BucketDefinition, { cap }: Frame): bigint {
  return check === "post" && cap === undefined ? 0n : ROOM_UNITS[costRule.cost];
}

/** `value` units in level steps; `scale` makes them whole. */
export function levelOf(value: Rational, scale: bigint): bigint {
  return value.num * (scale / value.den);
}

/**
 * The integer profile of a bucket. Throws ConfigError when depth, drain or scale reach 2^63, or when a check without
 * the own cost leaves no room for one packet above the depth.
 */
export function bucketProfile(bucket: BucketDefinition, frame: Frame): BucketProfile {
  const { check, depth, costRule } = bucket;
  const levelPerUnit = lcm(scaleOf(bucket, frame.levels), frame.scale);
  const drainPerNs = levelOf(divide(bucket.ratePerSec, NS_PER_SEC), levelPerUnit);
  const depthLevel = levelOf(depth, levelPerUnit);
  const capLevel = frame.cap === undefined ? undefined : levelOf(frame.cap, levelPerUnit);
  const roomUnits = roomUnitsOf(bucket, frame);
  const highest = (capLevel ?? depthLevel) + roomUnits * levelPerUnit;
  if (levelPerUnit > LEVEL_MAX || drainPerNs > LEVEL_MAX || highest > LEVEL_MAX) {
    blameRateOrDepth(bucket, roomUnits, frame.source);
    throw blameLevel(bucket, roomUnits, frame.source);
  }
  const isStrict = check === "overdraft" || frame.isAlarm;
  const testLevel = levelOf(bucket.threshold, levelPerUnit) - (isStrict ? 1n : 0n);
  if (testLevel < 0n) {
    const { threshold, burst } = frame.source;
    throw blame(threshold ?? burst, `with check ${check} nothing could ever conform; it must be above 0`);
  }
  const testsOwnCost = check === "post";
  const fittingUnits = (testsOwnCost ? testLevel : LEVEL_MAX - depthLevel) / levelPerUnit;
  const profile = {
    drainPerNs,
    levelPerUnit,
    depthLevel,
    testLevel,
    testsOwnCost,
    unitsMax: fittingUnits < UNITS_MAX ? fittingUnits : UNITS_MAX,
    drainedAfterNs: 0n,
    initialLevel: levelOf(bucket.initialLevel, levelPerUnit),
    costRule,
  };
  const levelMax = capLevel ?? (testsOwnCost ? depthLevel : depthLevel + profile.unitsMax * levelPerUnit);
  return { ...profile, drainedAfterNs: drainedAfterNs(levelMax, drainPerNs) };
}

/** The product with `drainPerNs` is at most levelMax + drainPerNs: below 2^64. */
export function drainedAfterNs(levelMax: bigint, drainPerNs: bigint): bigint {
  return drainPerNs === 0n ? 0n : levelMax / drainPerNs + 1n;
}
