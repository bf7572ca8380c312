/** Which buckets calls are charged to. */
import { RULE_CHARGES0, RULE_CHARGES1 } from "../../assembly/abi.ts";
import type { MeterProfile } from "../types.ts";
import type { EdgeProfile } from "./profiles.ts";

/** Rules of calls that arrive green, then yellow: both buckets fit, the first alone, the second alone. */
const RULE_ORDER = [3, 2, 1, 7, 6, 5];

/** Buckets that a call of this color is charged to, as the first rule has it that gives it; 0: none, or it never is. */
export function chargedAt(profile: MeterProfile, color: number): number {
  if (profile.kernel === "one-bucket") return color === 0 ? RULE_CHARGES0 : 0;
  if (profile.kernel !== "two-buckets") return color === 1 ? 0 : RULE_CHARGES0;
  const rule = RULE_ORDER.map((index) => profile.rules[index]!).find((candidate) => candidate.color === color);
  if (rule === undefined || color === 2) return 0;
  return (rule.charges[0] ? RULE_CHARGES0 : 0) | (rule.charges[1] ? RULE_CHARGES1 : 0);
}

/** Throws RangeError when none of a policy's slots charges calls of this color. */
export function checkCharged(policy: string, slots: readonly EdgeProfile[], color: number): void {
  if (slots.some(({ profile }) => chargedAt(profile, color) !== 0)) return;
  throw new RangeError(`color ${String(color)}: ${policy} charges no call of this color`);
}
