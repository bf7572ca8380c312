/** What a valid policy does that its author may not expect. */

import { isZero } from "../rational.ts";
import type { CompiledPolicy, LengthKind } from "../types.ts";
import { formatUnits } from "../units.ts";
import type { BucketReading } from "./forms.ts";

type Policy = Omit<CompiledPolicy, "warnings">;

/** A full Ethernet frame without its FCS, as captures hold it; and the IP packet in it. */
const MTU_BYTES: Readonly<Record<LengthKind, number>> = { frame: 1514, ip: 1500 };

/**
 * The largest packet that can conform on a drained bucket: its length in bytes (before overhead and minimum) with cost
 * bytes, the largest cost in packets with cost packets; undefined when none can.
 */
export function largestConforming(policy: Policy): bigint | undefined {
  const { costRule, profile } = policy;
  if (costRule.cost === "packets") return profile.unitsMax > 0n ? profile.unitsMax : undefined;
  if (BigInt(costRule.minLengthBytes) > profile.unitsMax) return undefined;
  const bytes = profile.unitsMax - BigInt(costRule.overheadBytes);
  return bytes > 0n ? bytes : undefined;
}

function depthWarning(policy: Policy, reading: BucketReading): string | undefined {
  const { bucket, costRule, length } = policy;
  if (bucket.check === "pre") return undefined;
  const largest = largestConforming(policy);
  const burst = `${reading.burst.parameter} "${reading.burst.text}"`;
  if (costRule.cost === "packets") {
    return largest === undefined ? `${burst}: a bucket of less than 1 packet lets none conform` : undefined;
  }
  const mtuBytes = MTU_BYTES[length];
  if (largest !== undefined && largest >= BigInt(mtuBytes)) return undefined;
  const needed = Math.max(mtuBytes + costRule.overheadBytes, costRule.minLengthBytes);
  const packets = largest === undefined ? "packets" : `packets longer than ${largest} bytes`;
  const full = `a full ${length === "ip" ? "IP packet" : "frame"} of ${mtuBytes} bytes needs a depth of ${needed} B`;
  return `${burst}: ${packets} can never conform; ${full}`;
}

/** One line each, in a fixed order. `costGiven`: the cost was stated, not taken from the default or from a unit. */
export function warningsOf(policy: Policy, reading: BucketReading, costGiven: boolean): string[] {
  const { bucket, costRule } = policy;
  const warnings: string[] = [];
  if (isZero(bucket.ratePerSec)) {
    const depth = formatUnits(bucket.depth, costRule.cost);
    warnings.push(`rate "${reading.rate.text}": the bucket never drains; after ${depth} a flow never conforms again`);
  }
  const depth = depthWarning(policy, reading);
  if (depth !== undefined) warnings.push(depth);
  if (bucket.check === "pre" && costRule.cost === "bytes") {
    const level = formatUnits(bucket.depth, "bytes");
    warnings.push(`check "pre": a packet of any size passes when the level is at most the depth (${level})`);
  }
  if (reading.rate.parameter === "increment" && !costGiven) {
    warnings.push(`increment "${reading.rate.text}": is the time of one byte; for cells or packets add cost packets`);
  }
  if (costRule.cost === "packets" && (costRule.overheadBytes !== 0 || costRule.minLengthBytes !== 0)) {
    warnings.push("overhead and min-length change nothing with cost packets");
  }
  return warnings;
}
