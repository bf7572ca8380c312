/** A compiled shaper as people and scripts read it: the `policy` of the summary, and what the command prints. */

import { divide, multiply, rational } from "../../rational.ts";
import type { Cost, LengthKind, QueueBounds, QueueCount, Rational, ShaperName, ShaperPolicy } from "../../types.ts";
import { exactNumber, exactRate, exactTime, exactUnits } from "../exact.ts";
import type { ExactNumber, ExactRate, ExactTime, ExactUnits } from "../exact.ts";
import { NS_PER_SEC } from "../limits.ts";

export interface TokensDescription {
  /** "committed", "peak"; "" for the only bucket. */
  readonly name: string;
  readonly rate: ExactRate;
  /** What passes at once. */
  readonly depth: ExactUnits;
}

export interface ShaperDescription {
  readonly shaper: ShaperName;
  readonly cost: Cost;
  readonly length: LengthKind;
  /** Bytes. */
  readonly overhead: number;
  /** Bytes. */
  readonly minLength: number;
  /** leaky-bucket. */
  readonly rate?: ExactRate;
  /** token-bucket, two-rate. */
  readonly buckets?: readonly TokensDescription[];
  /** tick-packets, tick-bytes. */
  readonly tick?: ExactTime;
  readonly quantum?: ExactUnits;
  readonly carry?: boolean;
  readonly immediate?: boolean;
  /** What fills the queue, and how much of it; null: the wait alone is bounded. */
  readonly count: QueueCount;
  readonly limit: ExactUnits | null;
  /** The longest wait that is asked for; null: the queue alone is bounded. */
  readonly maxDelay: ExactTime | null;
  /** leaky-bucket with count fluid or bytes: time in which a full queue is sent, limit / rate. */
  readonly longestDelay?: ExactTime;
  /** Largest packet that can be sent: bytes of its length with cost bytes, else units. */
  readonly largestPacket: ExactNumber;
  readonly warnings: readonly string[];
}

function unitOf({ count }: QueueBounds, cost: Cost): Cost {
  return count === "packets" ? "packets" : cost;
}

function ownParts({ definition }: ShaperPolicy): Partial<ShaperDescription> {
  const { cost } = definition.costRule;
  const tokens = (name: string, ratePerSec: Rational, depth: Rational): TokensDescription => {
    return { name, rate: exactRate(ratePerSec, cost), depth: exactUnits(depth, cost) };
  };
  switch (definition.kind) {
    case "leaky-bucket": {
      const { ratePerSec, bounds } = definition;
      const isTimed = bounds.limit !== null && bounds.count !== "packets";
      const longest = isTimed ? divide(multiply(bounds.limit, NS_PER_SEC), ratePerSec) : null;
      return { rate: exactRate(ratePerSec, cost), ...(longest === null ? {} : { longestDelay: exactTime(longest) }) };
    }
    case "token-bucket":
      return { buckets: [tokens("", definition.bucket.ratePerSec, definition.bucket.depth)] };
    case "two-rate": {
      const { committed, peak } = definition;
      const first = tokens("committed", committed.ratePerSec, committed.depth);
      return { buckets: [first, tokens("peak", peak.ratePerSec, peak.depth)] };
    }
    case "ticks": {
      const { tickNs, quantumUnits, carriesResidue, isImmediate } = definition;
      const quantum = exactUnits(rational(quantumUnits), cost);
      return { tick: exactTime(rational(tickNs)), quantum, carry: carriesResidue, immediate: isImmediate };
    }
  }
}

/** Of cost bytes what a length may be before overhead; at least 0. */
function largestPacketOf({ definition, profile }: ShaperPolicy): ExactNumber {
  const { cost, overheadBytes } = definition.costRule;
  const [{ unitsMax }] = profile.buckets;
  const length = cost === "packets" ? unitsMax : unitsMax - BigInt(overheadBytes);
  return exactNumber(rational(length > 0n ? length : 0n));
}

/** The shaper as compiled, as plain values for JSON. */
export function describeShaper(policy: ShaperPolicy): ShaperDescription {
  const { bounds, costRule } = policy.definition;
  const { limit, delayMaxNs, count } = bounds;
  return {
    shaper: policy.shaper,
    cost: costRule.cost,
    length: policy.length,
    overhead: costRule.overheadBytes,
    minLength: costRule.minLengthBytes,
    ...ownParts(policy),
    count,
    limit: limit === null ? null : exactUnits(limit, unitOf(bounds, costRule.cost)),
    maxDelay: delayMaxNs === null ? null : exactTime(delayMaxNs),
    largestPacket: largestPacketOf(policy),
    warnings: policy.warnings,
  };
}
