/** Levels brought to another time, in whole numbers of any size: for what is done to all keys at once. */
import type { EdgeProfile } from "./profiles.ts";

/** Levels of a slot's buckets `elapsedNs` later. */
export function drained({ profile, buckets }: EdgeProfile, levels: readonly bigint[], elapsedNs: bigint): bigint[] {
  const lowered = (level: bigint, steps: bigint) => (level > steps ? level - steps : 0n);
  const [first, second] = buckets;
  const drained0 = first!.drainPerNs * elapsedNs;
  const level0 = lowered(levels[0]!, drained0);
  if (second === undefined) return [level0];
  const passedOn = profile.kernel === "two-buckets" && profile.isCoupled ? lowered(drained0, levels[0]!) : 0n;
  return [level0, lowered(levels[1]!, second.drainPerNs * elapsedNs + passedOn)];
}
