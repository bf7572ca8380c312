/** Virtual time of a weighted group in whole ticks (generalized processor sharing). */

import { lcm, rational } from "../rational.ts";
import type { MeterDefinition, MeterProfile } from "../types.ts";
import { wholeUnitsText } from "../units.ts";
import { bucketProfile } from "./bucketprofile.ts";
import type { Frame } from "./bucketprofile.ts";
import { TICKS_MAX } from "./limits.ts";
import { blame } from "./toolarge.ts";

/**
 * The profile of a flow of a group. A level step is `ticksPerLevel` = lcm(weights) ticks times weight, so that one unit
 * moves any flow by a whole number of ticks. What a full bucket is in ticks times weight, together with what drains in
 * a nanosecond, is checked to be below 2^62: so is a flow's distance from virtual time, and two of them are in order
 * when ticks wrap. Sums over flows times their weights have no such bound.
 */
export function weightedProfile(
  { bucket, group, weight, groupWeights }: Extract<MeterDefinition, { kind: "weighted" }>,
  frame: Frame,
): MeterProfile {
  if (bucket.initialLevel.num !== 0n || bucket.check !== "post" || !groupWeights.includes(weight)) {
    throw new RangeError("a weighted flow begins drained, is tested with its own cost, and its weight is of its group");
  }
  const profile = bucketProfile(bucket, frame);
  const { levelPerUnit, drainPerNs, depthLevel } = profile;
  const ticksPerLevel = groupWeights.reduce(lcm, 1n);
  const depthLevelMax = TICKS_MAX / ticksPerLevel - drainPerNs;
  if (depthLevel > depthLevelMax) {
    const { rate, burst } = frame.source;
    const depthMax = rational(depthLevelMax < 0n ? 0n : depthLevelMax, levelPerUnit);
    const shares = `exact shares of ${rate.parameter} "${rate.text}" by weights whose least common multiple is ${ticksPerLevel}`;
    throw blame(burst, `does not fit ${shares}; the largest is ${wholeUnitsText(depthMax, bucket.costRule.cost)}`);
  }
  const ticksPerUnit = (levelPerUnit * ticksPerLevel) / weight;
  return { kernel: "weighted", buckets: [profile], group, weight, ticksPerUnit, ticksPerLevel };
}
