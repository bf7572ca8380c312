import type { BucketProfile } from "../types.ts";
import { NEVER_WORD } from "./outcome.ts";
import type { FreshSlot } from "./slot.ts";
import { largestCharge, largestUnits, unitsRuleOf, type UnitsRule } from "./units.ts";

export const TWO_32 = 2 ** 32;
const EXACT_MAX = 2n ** 53n;

/** Whether these level steps, all together, are exact in float64. */
export function isExact(...steps: readonly bigint[]): boolean {
  return steps.reduce((sum, value) => sum + value, 0n) < EXACT_MAX;
}

/**
 * Whether float64 holds every value of this bucket exactly: the level after the largest charge, plus one drain step.
 * Only two values may pass 2^53, and rounding keeps their order with what they are compared to: drained steps
 * (above every level) and the cost of a packet that can never fit (above the depth).
 */
export function fitsFloat(bucket: BucketProfile): boolean {
  const { depthLevel, drainPerNs, levelPerUnit, costRule } = bucket;
  const unitsLargest = BigInt(largestUnits(unitsRuleOf(costRule)));
  return isExact(depthLevel, drainPerNs, largestCharge(bucket)) && isExact(levelPerUnit) && isExact(unitsLargest);
}

/** A bucket whose level steps are float64. */
export interface FloatBucket {
  readonly units: UnitsRule;
  readonly drainPerNs: number;
  readonly levelPerUnit: number;
  readonly testLevel: number;
  readonly unitsMax: number;
  /** 1 when a packet's own cost takes part in its test. */
  readonly ownCostFactor: 0 | 1;
}

/** The float64 form of a profile; exact if `fitsFloat`. */
export function floatBucket(bucket: BucketProfile): FloatBucket {
  return {
    units: unitsRuleOf(bucket.costRule),
    drainPerNs: Number(bucket.drainPerNs),
    levelPerUnit: Number(bucket.levelPerUnit),
    testLevel: Number(bucket.testLevel),
    unitsMax: Number(bucket.unitsMax),
    ownCostFactor: bucket.testsOwnCost ? 1 : 0,
  };
}

/** What a new flow begins with where levels are float64. */
export function freshFloat(level: bigint, second: bigint): FreshSlot {
  const words = new Uint32Array(Float64Array.of(Number(level)).buffer);
  return { levelLo: words[0]!, levelHi: words[1]!, second: Number(second) };
}

/** Ns until `excess` level steps have drained, rounded up; Infinity at rate 0. `excess + drainPerNs` is exact. */
export function waitNs(excess: number, drainPerNs: number): number {
  if (excess <= 0) return 0;
  if (drainPerNs === 0) return Infinity;
  // The quotient is rounded, so its floor may be one off; the products are exact.
  const delayNs = Math.floor(excess / drainPerNs);
  if (delayNs * drainPerNs > excess) return delayNs;
  return delayNs * drainPerNs < excess ? delayNs + 1 : delayNs;
}

/** Writes a whole number below 2^53, or Infinity as "never", to item `index` of a column of word pairs. */
export function putNumber(column: Uint32Array, index: number, value: number): void {
  if (value === Infinity) {
    column.fill(NEVER_WORD, 2 * index, 2 * index + 2);
    return;
  }
  column[2 * index] = value;
  column[2 * index + 1] = Math.floor(value / TWO_32);
}
