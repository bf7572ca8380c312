/** What a limit promises, as HTTP fields tell it: so much at once, and all of it again after so long. */
import type { Meter } from "./meter.ts";
import type { EdgeProfile } from "./profiles.ts";
import { UNIT_NS } from "./time.ts";
import type { Quota } from "./types.ts";

/** The limits that a call under a policy goes through, in the order of its group. */
export function quotasOf({ engine, limits, policies, settings }: Meter, policy: number): readonly Quota[] {
  return settings.policies[policy]!.members.map((member) => {
    const { cost, slots } = limits[member]!.policy;
    return {
      name: policies[member]!,
      policy: member,
      limit: engine.functions.mostUnits(member) / settings.costParts,
      window: Math.max(...slots.map(drainedNs)) / UNIT_NS[settings.time],
      cost,
    };
  });
}

/** Nanoseconds until full buckets have drained; Infinity where one never does. */
function drainedNs({ profile, buckets }: EdgeProfile): number {
  const cap = "capLevel" in profile ? profile.capLevel : 0n;
  // What the first of coupled buckets does not need drains the second: all of it is gone when the sum is.
  const isCoupled = profile.kernel === "two-buckets" && profile.isCoupled;
  let [level, drain, afterNs] = [0n, 0n, 0n];
  for (const { depthLevel, drainPerNs } of buckets) {
    level = (isCoupled ? level : 0n) + (depthLevel > cap ? depthLevel : cap);
    drain = (isCoupled ? drain : 0n) + drainPerNs;
    if (level > 0n && drain === 0n) return Infinity;
    const ns = level === 0n ? 0n : (level + drain - 1n) / drain;
    if (ns > afterNs) afterNs = ns;
  }
  return Number(afterNs);
}
