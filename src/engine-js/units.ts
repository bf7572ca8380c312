import type { BucketProfile, CostRule } from "../types.ts";

const LENGTH_MAX = 0xffff_ffff;

/** Cost in units without a choice: max(length * lengthFactor + addend, least). */
export interface UnitsRule {
  readonly lengthFactor: 0 | 1;
  readonly addend: number;
  readonly least: number;
}

/** The branch-free form of a bucket's cost rule. */
export function unitsRuleOf(costRule: CostRule): UnitsRule {
  if (costRule.cost === "packets") return { lengthFactor: 0, addend: 1, least: 1 };
  return { lengthFactor: 1, addend: costRule.overheadBytes, least: Math.max(costRule.minLengthBytes, 0) };
}

/** The most units that one packet can cost: lengths are 32-bit. */
export function largestUnits(rule: UnitsRule): number {
  return Math.max(LENGTH_MAX * rule.lengthFactor + rule.addend, rule.least);
}

/** The most level steps that one packet can add to a bucket that it fits. */
export function largestCharge({ costRule, unitsMax, levelPerUnit }: BucketProfile): bigint {
  const units = BigInt(largestUnits(unitsRuleOf(costRule)));
  return (units < unitsMax ? units : unitsMax) * levelPerUnit;
}
