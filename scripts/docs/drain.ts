/** How the levels of a flow's buckets fall between two packets, exactly, from their integer profile. */

import * as fall from "../../src/see/fall.ts";
import type { MeterProfile } from "../../src/types.ts";

/** Level steps of the first and the second bucket; the second is 0 where there is none. */
export type Levels = readonly [bigint, bigint];

function drained(level: bigint, drain: bigint): bigint {
  return level > drain ? level - drain : 0n;
}

function isCoupled(profile: MeterProfile): boolean {
  return profile.kernel === "two-buckets" && profile.isCoupled;
}

/** The levels after so long without a packet. Not of a weighted flow, whose drain depends on other flows. */
export function drainedLevels(profile: MeterProfile, [first, second]: Levels, elapsedNs: bigint): Levels {
  const [one, two] = profile.buckets;
  const drain = one.drainPerNs * elapsedNs;
  if (two === undefined) return [drained(first, drain), 0n];
  const passedOn = isCoupled(profile) && drain > first ? drain - first : 0n;
  return [drained(first, drain), drained(second, two.drainPerNs * elapsedNs + passedOn)];
}

/** The times, in ns from the packet on, at which a bucket's line has a corner. */
export function cornersNs(profile: MeterProfile, [first, second]: Levels, bucket: 0 | 1): readonly number[] {
  return fall.cornersNs(fall.fallOf(profile), Number(first), Number(second), bucket);
}
