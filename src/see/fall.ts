/** How the levels of a flow's buckets fall between two packets, for drawing: numbers, in steps or units alike. */
import type { MeterProfile } from "../types.ts";

export interface Fall {
  /** By bucket; 0 for a second one that is not there. */
  readonly perNs: readonly [number, number];
  /** What the first drains beyond its level drains the second. */
  readonly isCoupled: boolean;
  readonly bucketCount: 1 | 2;
}

/** In level steps. Not of a weighted flow, whose drain depends on other flows. */
export function fallOf(profile: MeterProfile): Fall {
  const [first, second] = profile.buckets;
  return {
    perNs: [Number(first.drainPerNs), Number(second?.drainPerNs ?? 0n)],
    isCoupled: profile.kernel === "two-buckets" && profile.isCoupled,
    bucketCount: second === undefined ? 1 : 2,
  };
}

/** The level of the first bucket after so long without a packet. */
export function fallenFirst({ perNs }: Fall, first: number, elapsedNs: number): number {
  return Math.max(0, first - perNs[0] * elapsedNs);
}

/** The level of the second bucket after so long without a packet. */
export function fallenSecond({ perNs, isCoupled }: Fall, first: number, second: number, elapsedNs: number): number {
  const passedOn = isCoupled ? Math.max(0, perNs[0] * elapsedNs - first) : 0;
  return Math.max(0, second - perNs[1] * elapsedNs - passedOn);
}

function emptyAfterNs(perNs: number, level: number): number {
  return perNs === 0 ? Infinity : level / perNs;
}

/**
 * The times, in ns from the packet on, at which a bucket's line has a corner: where it is empty, and of a coupled
 * second bucket where the first one is empty and passes on its drain.
 */
export function cornersNs(fall: Fall, first: number, second: number, bucket: 0 | 1): readonly number[] {
  const [firstPerNs, secondPerNs] = fall.perNs;
  const firstNs = emptyAfterNs(firstPerNs, first);
  if (bucket === 0) return first > 0 ? [firstNs] : [];
  if (fall.bucketCount === 1 || second === 0) return [];
  const aloneNs = emptyAfterNs(secondPerNs, second);
  if (!fall.isCoupled || aloneNs <= firstNs) return [aloneNs];
  const left = second - secondPerNs * firstNs;
  const bothPerNs = firstPerNs + secondPerNs;
  return firstNs === 0 ? [left / bothPerNs] : [firstNs, firstNs + left / bothPerNs];
}
