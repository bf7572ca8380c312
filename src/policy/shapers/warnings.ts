/** What a valid shaper does that its author may not expect. */

import type { LengthKind, ShaperPolicy } from "../../types.ts";
import type { WrittenOf } from "./profile.ts";

/** A full Ethernet frame without its FCS, as captures hold it; and the IP packet in it. */
const MTU_BYTES: Readonly<Record<LengthKind, number>> = { frame: 1514, ip: 1500 };

type Policy = Pick<ShaperPolicy, "length" | "definition" | "profile">;

/** Full packets that can never be sent. */
function sizeWarning({ length, profile }: Policy, writtenOf: WrittenOf): string | undefined {
  const [{ unitsMax, costRule }] = profile.buckets;
  const { cost, overheadBytes, minLengthBytes } = costRule;
  if (cost === "packets") return undefined;
  const mtuBytes = MTU_BYTES[length];
  const needed = Math.max(mtuBytes + overheadBytes, minLengthBytes);
  if (unitsMax >= BigInt(needed)) return undefined;
  const at = ["quantum", "burst", "cbs", "limit"].map(writtenOf).find((written) => written !== undefined);
  const what = at === undefined ? "" : `${at.parameter} "${at.text}": `;
  const full = `a full ${length === "ip" ? "IP packet" : "frame"} of ${mtuBytes} bytes costs ${needed} B`;
  return `${what}packets of more than ${unitsMax} B can never be sent; ${full}`;
}

/** Ticks are counted from a flow's first packet, which a flow that comes again would set anew. */
function phaseWarning({ definition }: Policy): string | undefined {
  if (definition.kind !== "ticks") return undefined;
  return "no flow is dropped from a full table, because its ticks would begin anew";
}

/** One line each, in a fixed order. */
export function shaperWarnings(policy: Policy, writtenOf: WrittenOf): string[] {
  const { costRule } = policy.definition;
  const isUnused = costRule.cost === "packets" && (costRule.overheadBytes !== 0 || costRule.minLengthBytes !== 0);
  return [
    sizeWarning(policy, writtenOf),
    isUnused ? "overhead and min-length change nothing with cost packets" : undefined,
    phaseWarning(policy),
  ].filter((line) => line !== undefined);
}
