import type { CostRule } from "../types.ts";

export const COLOR_GREEN = 0;
export const COLOR_RED = 2;
/** Either word of the delay of a packet that will never conform. */
export const NEVER_WORD = 0xffff_ffff;

/** The packet loop over one table, in one number representation. */
export interface Kernel {
  /** Packets and bytes refused as oversize since the meter last set them to 0. */
  oversizePackets: number;
  oversizeBytes: number;
  /** Meters packets [from, to); answers `to`, or the index of the first packet whose new flow finds no room. */
  meter(from: number, to: number): number;
  /** Whether the flow in this slot has drained by the given clock. */
  isDrained(slot: number, clockLo: number, clockHi: number): boolean;
}

/** Cost in units without a choice: max(length * lengthFactor + addend, least). */
export interface UnitsRule {
  readonly lengthFactor: 0 | 1;
  readonly addend: number;
  readonly least: number;
}

/** The branch-free form of a policy's cost rule. */
export function unitsRuleOf(costRule: CostRule): UnitsRule {
  if (costRule.cost === "packets") return { lengthFactor: 0, addend: 1, least: 1 };
  return { lengthFactor: 1, addend: costRule.overheadBytes, least: Math.max(costRule.minLengthBytes, 0) };
}

/** The most units that one packet can cost: lengths are 32-bit. */
export function largestUnits(rule: UnitsRule): number {
  return Math.max(NEVER_WORD * rule.lengthFactor + rule.addend, rule.least);
}
