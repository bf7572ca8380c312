/** A compiled policy as people and scripts read it: the `policy` of the summary, and what the command prints. */

import { compare, divide, isZero, multiply, rational, subtract, ZERO } from "../rational.ts";
import type {
  BucketDefinition,
  Check,
  Cost,
  DualMode,
  LengthKind,
  MeterName,
  Rational,
  ShaperPolicy,
} from "../types.ts";
import type { MeterPolicy } from "./compile.ts";
import { unlimitedCap } from "./define.ts";
import { exactNumber, exactRate, exactTime, exactUnits } from "./exact.ts";
import type { ExactNumber, ExactRate, ExactTime, ExactUnits } from "./exact.ts";
import { largestPacket } from "./largest.ts";
import { NS_PER_SEC } from "./limits.ts";
import { burstOf } from "./mbs.ts";
import { bucketsOf } from "./profile.ts";
import { describeShaper } from "./shapers/describe.ts";
import type { ShaperDescription } from "./shapers/describe.ts";

export interface BucketDescription {
  /** "committed", "excess", "peak", "sustained"; of multi "bucket 1" and so on. */
  readonly name: string;
  readonly rate: ExactRate;
  readonly depth: ExactUnits;
  /** Time in which a full bucket drains by its own rate, depth / rate; null when that is 0. */
  readonly fillTime: ExactTime | null;
  readonly cost: Cost;
  readonly check: Check;
  /** Tokens at a flow's first packet: the depth less the first level. */
  readonly initial: ExactUnits;
}

export interface PolicyDescription {
  readonly meter: MeterName;
  /** "mixed": buckets of multi that differ. */
  readonly cost: Cost | "mixed";
  readonly length: LengthKind;
  /** Bytes. */
  readonly overhead: number;
  /** Bytes. */
  readonly minLength: number;
  readonly check: Check;
  /** Of a meter with one bucket, as the next two. */
  readonly rate?: ExactRate;
  readonly depth?: ExactUnits;
  readonly fillTime?: ExactTime | null;
  /** With one bucket only when it does not begin full. */
  readonly initial?: ExactUnits;
  /** Of a meter with several buckets, in the order in which they are asked. */
  readonly buckets?: readonly BucketDescription[];
  /** turner, dual. */
  readonly mode?: "clamped" | "unlimited" | DualMode;
  /** dual: within the peak alone is yellow. */
  readonly tags?: boolean;
  /** mef. */
  readonly coupling?: "on" | "off";
  /** srtcm, trtcm, trtcm-4115, mef. */
  readonly colorAware?: boolean;
  /** turner, event-counter: the highest level. */
  readonly cap?: ExactUnits;
  /** event-counter. */
  readonly alarm?: ExactUnits;
  readonly clear?: ExactUnits;
  /** gcra, when it was given. */
  readonly spacing?: ExactTime;
  /**
   * Largest packet that can be other than red: bytes of its length with cost bytes, units at once with cost packets;
   * null when none can. With a check other than post it is only bounded by the arithmetic.
   */
  readonly largestConformingPacket: ExactNumber | null;
  /**
   * Maximum burst size: packets that conform on a drained bucket, at one instant or `spacing` apart; for dual, at the
   * peak rate on the sustained bucket. Check pre: floor(1 + tau / (T - spacing)); "unlimited" when that has no end.
   * Null with cost bytes, where packet sizes decide, and for the other meters of several buckets.
   */
  readonly mbs: ExactNumber | null;
  readonly warnings: readonly string[];
}

function rateAndDepth({ ratePerSec, depth, costRule: { cost } }: BucketDefinition) {
  return {
    rate: exactRate(ratePerSec, cost),
    depth: exactUnits(depth, cost),
    fillTime: isZero(ratePerSec) ? null : exactTime(divide(multiply(depth, NS_PER_SEC), ratePerSec)),
  };
}

function initialOf({ depth, initialLevel, costRule }: BucketDefinition): ExactUnits {
  return exactUnits(subtract(depth, initialLevel), costRule.cost);
}

/** Names by meter, of meters with two buckets. */
const NAMES: Readonly<Partial<Record<MeterName, readonly [string, string]>>> = {
  dual: ["peak", "sustained"],
  srtcm: ["committed", "excess"],
  trtcm: ["peak", "committed"],
  "trtcm-4115": ["committed", "excess"],
  mef: ["committed", "excess"],
};

function bucketParts(policy: MeterPolicy): Partial<PolicyDescription> {
  const buckets = bucketsOf(policy.definition);
  const [first] = buckets;
  if (first !== undefined && buckets.length === 1 && policy.meter !== "multi") {
    return { ...rateAndDepth(first), ...(isZero(first.initialLevel) ? {} : { initial: initialOf(first) }) };
  }
  return {
    buckets: buckets.map((bucket, index) => bucketOf(bucket, NAMES[policy.meter]?.[index] ?? `bucket ${index + 1}`)),
  };
}

function bucketOf(bucket: BucketDefinition, name: string): BucketDescription {
  const { check, costRule } = bucket;
  return { name, ...rateAndDepth(bucket), cost: costRule.cost, check, initial: initialOf(bucket) };
}

/** What only some algorithms have. */
function ownParts({ definition }: MeterPolicy): Partial<PolicyDescription> {
  switch (definition.kind) {
    case "turner": {
      const { bucket, cap } = definition;
      const isUnlimited = compare(cap, unlimitedCap(bucket)) === 0;
      return { mode: isUnlimited ? "unlimited" : "clamped", cap: exactUnits(cap, bucket.costRule.cost) };
    }
    case "event-counter": {
      const units = (value: Rational) => exactUnits(value, definition.bucket.costRule.cost);
      return { alarm: units(definition.bucket.depth), clear: units(definition.clear), cap: units(definition.cap) };
    }
    case "dual":
      return { mode: definition.mode, tags: definition.tags };
    case "mef":
      return { coupling: definition.isCoupled ? "on" : "off", colorAware: definition.isAware };
    case "srtcm":
    case "trtcm":
    case "trtcm-4115":
      return { colorAware: definition.isAware };
    default:
      return {};
  }
}

function mbsOf({ definition, spacingNs }: MeterPolicy): ExactNumber | null {
  const [first] = bucketsOf(definition);
  if (first === undefined || first.costRule.cost === "bytes") return null;
  switch (definition.kind) {
    case "bucket":
    case "turner":
    case "weighted":
      return burstText(first, spacingNs ?? ZERO);
    case "dual":
      return isZero(first.ratePerSec) ? null : burstText(definition.sustained, divide(NS_PER_SEC, first.ratePerSec));
    default:
      return null;
  }
}

function burstText(bucket: BucketDefinition, spacingNs: Rational): ExactNumber {
  const burst = burstOf(bucket, spacingNs);
  return burst === "unlimited" ? burst : exactNumber(rational(burst));
}

/** The policy as compiled, as plain values for JSON. */
export function describePolicy(policy: MeterPolicy): PolicyDescription;
export function describePolicy(policy: MeterPolicy | ShaperPolicy): PolicyDescription | ShaperDescription;
export function describePolicy(policy: MeterPolicy | ShaperPolicy): PolicyDescription | ShaperDescription {
  return policy.meter === "shaper" ? describeShaper(policy) : describeMeter(policy);
}

function describeMeter(policy: MeterPolicy): PolicyDescription {
  const buckets = bucketsOf(policy.definition);
  const [first] = buckets;
  if (first === undefined) throw new RangeError("a meter without buckets");
  const { costRule, check } = first;
  const largest = largestPacket(policy, 1);
  return {
    meter: policy.meter,
    cost: buckets.every((bucket) => bucket.costRule.cost === costRule.cost) ? costRule.cost : "mixed",
    length: policy.length,
    overhead: costRule.overheadBytes,
    minLength: costRule.minLengthBytes,
    check,
    ...bucketParts(policy),
    ...ownParts(policy),
    ...(policy.spacingNs === undefined ? {} : { spacing: exactTime(policy.spacingNs) }),
    largestConformingPacket: largest === undefined ? null : exactNumber(rational(largest)),
    mbs: mbsOf(policy),
    warnings: policy.warnings,
  };
}
