/** What a slot of a key runs, on integers of any size: the pure-JS engine's own programs, and what only edge meters ask. */
import { BucketSlot } from "../../engine-js/exact/bucketslot.ts";
import { CounterSlot } from "../../engine-js/exact/counterslot.ts";
import { oneBucketRules } from "../../engine-js/exact/slotprogram.ts";
import type { Entry, SlotProgram, WaitNs } from "../../engine-js/exact/slotprogram.ts";
import type { EdgeBucket, EdgeProfile } from "../profiles.ts";

/** More than any cost. */
const UNLIMITED = 2n ** 64n - 1n;

/** A profile ready to run. */
export interface EdgeProgram {
  readonly of: EdgeProfile;
  readonly program: SlotProgram;
  readonly beginsDrained: boolean;
  /** Level steps that the first bucket drains each ns, as near as a double comes. */
  readonly drain: number;
}

export function programOf(of: EdgeProfile): EdgeProgram {
  const { profile, buckets } = of;
  const beginsDrained = buckets.every(({ initialLevel }) => initialLevel === 0n);
  const drain = Number(buckets[0]!.drainPerNs);
  if (profile.kernel === "turner" || profile.kernel === "event-counter") {
    return { of, program: new CounterSlot(profile), beginsDrained, drain };
  }
  const rules = profile.kernel === "two-buckets" ? profile.rules : oneBucketRules(false);
  const isCoupled = profile.kernel === "two-buckets" && profile.isCoupled;
  return { of, program: new BucketSlot(buckets, rules, isCoupled), beginsDrained, drain };
}

/** Ns until the entry is as that of a new flow; null: never. Twin of `drainedIn` in assembly/edge/outcome.ts. */
export function drainedIn({ of: { profile, buckets } }: EdgeProgram, { level0, level1 }: Entry): WaitNs {
  const [first, second] = buckets;
  const until0 = timeToDrain(level0, first!.drainPerNs);
  if (second === undefined) return until0;
  let until1 = timeToDrain(level1, second.drainPerNs);
  if (profile.kernel === "two-buckets" && profile.isCoupled && level1 !== 0n) {
    const together = timeToDrain(level1 + level0, first!.drainPerNs + second.drainPerNs);
    until1 = until1 === null || (together !== null && together < until1) ? together : until1;
  }
  return longer(until0, until1);
}

export function timeToDrain(steps: bigint, drainPerNs: bigint): WaitNs {
  if (steps === 0n) return 0n;
  return drainPerNs === 0n ? null : (steps + drainPerNs - 1n) / drainPerNs;
}

export function longer(left: WaitNs, right: WaitNs): WaitNs {
  if (left === null || right === null) return null;
  return left > right ? left : right;
}

/** The largest cost that a call could have and not be red. Twin of `remainingIn` in assembly/edge/outcome.ts. */
export function remainingIn({ of: { profile, buckets } }: EdgeProgram, entry: Entry, colorIn: number): bigint {
  const [first, second] = buckets;
  const left0 = remainingOf(first!, entry.level0);
  if (profile.kernel === "event-counter") return entry.isAlarmed && entry.level0 > profile.clearLevel ? 0n : left0;
  if (profile.kernel !== "two-buckets") return left0;
  const left1 = remainingOf(second!, entry.level1);
  const isRed = (fits: number) => profile.rules[4 * colorIn + fits]!.color === 2;
  // Up to the smaller both fit, from there to the larger only one does.
  if (left0 !== left1 && !isRed(left0 > left1 ? 2 : 1)) return left0 > left1 ? left0 : left1;
  if (isRed(3)) return 0n;
  return left0 < left1 ? left0 : left1;
}

function remainingOf({ testLevel, testsOwnCost, levelPerUnit, costRule }: EdgeBucket, level: bigint): bigint {
  if (level > testLevel) return 0n;
  const isCounted = costRule.cost === "packets";
  const overhead = isCounted ? 1n : BigInt(costRule.overheadBytes);
  const least = isCounted ? 0n : BigInt(Math.max(0, costRule.minLengthBytes));
  if (!testsOwnCost) {
    const one = isCounted ? 1n : 1n + overhead > least ? 1n + overhead : least;
    const cost = one * levelPerUnit;
    return (testLevel - level) / (cost > 1n ? cost : 1n) + 1n;
  }
  const units = (testLevel - level) / levelPerUnit;
  if (isCounted) return units >= 1n ? UNLIMITED : 0n;
  if (least > units) return 0n;
  return units > overhead ? units - overhead : 0n;
}
