/** The buckets or queues whose levels can be drawn, as a person names and reads them. */
import { bucketNames } from "../core/reasons.ts";
import type { BucketProfile, Policy, ShaperPolicy } from "../types.ts";
import { type RateUnit, shortLevelText } from "./axis.ts";
import type { DrawnBucketInfo } from "./document.ts";
import { drawnProfileOf, followPlanOf } from "./followed.ts";

function bucketInfo(name: string, { depthLevel, levelPerUnit, costRule }: BucketProfile): DrawnBucketInfo {
  const depth = Number(depthLevel) / Number(levelPerUnit);
  const { cost } = costRule;
  return { name, line: "level", limit: "depth", cost, depth, depthText: shortLevelText(cost, depth) };
}

/** A queue without a limit is bounded by time. */
function queueInfo({ definition }: ShaperPolicy): DrawnBucketInfo {
  const { bounds, costRule } = definition;
  const cost = bounds.count === "packets" ? "packets" : costRule.cost;
  const { limit } = bounds;
  const depth = limit === null ? null : Number(limit.num) / Number(limit.den);
  const depthText = depth === null ? "" : shortLevelText(cost, depth);
  return { name: "queue", line: "backlog", limit: "queue", cost, depth, depthText };
}

/** One or two; none where levels are not drawn. */
export function bucketsInfoOf(policy: Policy): DrawnBucketInfo[] {
  if (policy.meter === "shaper") return [queueInfo(policy)];
  const profile = drawnProfileOf(policy);
  if (profile === undefined || policy.meter === "classes") return [];
  const names = bucketNames(policy);
  return profile.buckets.map((bucket, index) => bucketInfo(names[index] ?? "", bucket));
}

/** What rates count at first: packets where a meter does. */
export function rateUnitOf(policy: Policy): RateUnit {
  if (policy.meter === "shaper") return policy.definition.costRule.cost === "packets" ? "packet" : "bit";
  const costs = policy.meter === "classes" ? [] : policy.profiles.map(({ buckets: [first] }) => first.costRule.cost);
  return costs.length > 0 && costs.every((cost) => cost === "packets") ? "packet" : "bit";
}

/** Why the levels of a policy cannot be drawn; undefined when they can. */
export function whyNoLevels(policy: Policy): string | undefined {
  if (followPlanOf(policy) !== undefined) return undefined;
  if (policy.meter === "classes") {
    return "Under a policy of classes a packet is charged to several buckets, whose levels are not drawn; rates, classes and nodes say what was refused where.";
  }
  const isMulti = policy.meter !== "shaper" && policy.profiles.length > 1;
  const reason = isMulti ? "more than two buckets" : "levels that other flows change";
  return `Levels are drawn of one or two buckets of a flow's own, and ${policy.meter} has ${reason}.`;
}
