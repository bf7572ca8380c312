/** How the levels of a flow's buckets fall between two packets, from their integer profile. */

import type { BucketProfile, MeterProfile } from "../../src/types.ts";

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

function emptyAfterNs({ drainPerNs }: BucketProfile, level: bigint): number {
  return drainPerNs === 0n ? Infinity : Number(level) / Number(drainPerNs);
}

/**
 * The times, in ns from the packet on, at which a bucket's line has a corner: where it is empty, and of a coupled
 * second bucket where the first one is empty and passes on its drain.
 */
export function cornersNs(profile: MeterProfile, [first, second]: Levels, bucket: 0 | 1): readonly number[] {
  const [one, two] = profile.buckets;
  const firstNs = emptyAfterNs(one, first);
  if (bucket === 0) return first > 0n ? [firstNs] : [];
  if (two === undefined || second === 0n) return [];
  const aloneNs = emptyAfterNs(two, second);
  if (!isCoupled(profile) || aloneNs <= firstNs) return [aloneNs];
  const left = Number(second) - Number(two.drainPerNs) * firstNs;
  const bothPerNs = Number(one.drainPerNs) + Number(two.drainPerNs);
  return firstNs === 0 ? [left / bothPerNs] : [firstNs, firstNs + left / bothPerNs];
}
