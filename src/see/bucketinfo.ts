/** The buckets whose levels can be drawn, as a person names and reads them. */
import { bucketNames } from "../core/reasons.ts";
import type { BucketProfile, Policy } from "../types.ts";
import { type RateUnit, shortLevelText } from "./axis.ts";
import type { DrawnBucketInfo } from "./document.ts";
import { drawnProfileOf } from "./watch.ts";

function infoOf(name: string, { depthLevel, levelPerUnit, costRule }: BucketProfile): DrawnBucketInfo {
  const depth = Number(depthLevel) / Number(levelPerUnit);
  return { name, cost: costRule.cost, depth, depthText: shortLevelText(costRule.cost, depth) };
}

/** One or two; none where levels are not drawn. */
export function bucketsInfoOf(policy: Policy): DrawnBucketInfo[] {
  const profile = drawnProfileOf(policy);
  if (profile === undefined || policy.meter === "classes" || policy.meter === "shaper") return [];
  const names = bucketNames(policy);
  return profile.buckets.map((bucket, index) => infoOf(names[index] ?? "", bucket));
}

/** What rates count at first: packets where a meter does. */
export function rateUnitOf(policy: Policy): RateUnit {
  if (policy.meter === "shaper") return policy.definition.costRule.cost === "packets" ? "packet" : "bit";
  const costs = policy.meter === "classes" ? [] : policy.profiles.map(({ buckets: [first] }) => first.costRule.cost);
  return costs.length > 0 && costs.every((cost) => cost === "packets") ? "packet" : "bit";
}

/** Why the levels of a policy cannot be drawn; undefined when they can. */
export function whyNoLevels(policy: Policy): string | undefined {
  if (drawnProfileOf(policy) !== undefined) return undefined;
  if (policy.meter === "classes") {
    return "Under a policy of classes a packet is charged to several buckets, whose levels are not drawn; rates, classes and nodes say what was refused where.";
  }
  if (policy.meter === "shaper") return "Levels are drawn of meters; of a shaper the rates are.";
  const reason = policy.profiles.length > 1 ? "more than two buckets" : "levels that other flows change";
  return `Levels are drawn of one or two buckets of a flow's own, and ${policy.meter} has ${reason}.`;
}
