/** A compiled policy as people and scripts read it: the `policy` of the summary, and what the command prints. */

import { divide, floor, fractionText, isZero, multiply, rational } from "../rational.ts";
import type { Check, CompiledPolicy, Cost, LengthKind, MeterName, Rational } from "../types.ts";
import { formatDurationNs, formatRate, formatUnits } from "../units.ts";
import { largestConforming } from "./warnings.ts";

/** Exact: a JSON number up to 2^53, else text, a fraction as "1/360". */
export type ExactNumber = number | string;

export interface PolicyDescription {
  readonly meter: MeterName;
  readonly cost: Cost;
  readonly length: LengthKind;
  /** Bytes. */
  readonly overhead: number;
  /** Bytes. */
  readonly minLength: number;
  readonly check: Check;
  /** Units (bytes or packets, as `cost` has it) drained each second. */
  readonly rate: { readonly text: string; readonly unitsPerSec: ExactNumber };
  readonly depth: { readonly text: string; readonly units: ExactNumber };
  /** Time in which a full bucket drains, depth / rate; null when the rate is 0. */
  readonly fillTime: { readonly text: string; readonly ns: ExactNumber } | null;
  /**
   * Largest packet that can conform: bytes of its length with cost bytes, units at once with cost packets;
   * null when none can. With check pre it is only bounded by the arithmetic.
   */
  readonly largestConformingPacket: ExactNumber | null;
  /**
   * Maximum burst size: packets that conform at one instant on a drained bucket. Check post: floor(depth);
   * check pre: floor(depth) + 1, which is floor(1 + tau/T). Null with cost bytes, where packet sizes decide.
   */
  readonly mbs: ExactNumber | null;
  readonly warnings: readonly string[];
}

const NS_PER_SEC = rational(1_000_000_000n);

function exactNumber(value: Rational): ExactNumber {
  const whole = value.den === 1n && value.num <= BigInt(Number.MAX_SAFE_INTEGER);
  return whole ? Number(value.num) : fractionText(value);
}

function mbsOf(policy: CompiledPolicy): ExactNumber | null {
  if (policy.costRule.cost === "bytes") return null;
  const { check, depth } = policy.bucket;
  return exactNumber(rational(floor(depth) + (check === "pre" ? 1n : 0n)));
}

/** The policy as compiled, as plain values for JSON. */
export function describePolicy(policy: CompiledPolicy): PolicyDescription {
  const { bucket, costRule } = policy;
  const { cost } = costRule;
  const { ratePerSec, depth } = bucket;
  const fillNs = isZero(ratePerSec) ? undefined : divide(multiply(depth, NS_PER_SEC), ratePerSec);
  const largest = largestConforming(policy);
  return {
    meter: policy.meter,
    cost,
    length: policy.length,
    overhead: costRule.overheadBytes,
    minLength: costRule.minLengthBytes,
    check: bucket.check,
    rate: { text: formatRate(ratePerSec, cost), unitsPerSec: exactNumber(ratePerSec) },
    depth: { text: formatUnits(depth, cost), units: exactNumber(depth) },
    fillTime: fillNs === undefined ? null : { text: formatDurationNs(fillNs), ns: exactNumber(fillNs) },
    largestConformingPacket: largest === undefined ? null : exactNumber(rational(largest)),
    mbs: mbsOf(policy),
    warnings: policy.warnings,
  };
}
