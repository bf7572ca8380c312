/** Policies made from definitions, of which no text form is needed. */
import { profilesOf } from "../../src/policies.ts";
import type {
  BucketDefinition,
  CompiledPolicy,
  CostRule,
  MeterDefinition,
  MeterName,
  Rational,
} from "../../src/types.ts";

export const BYTES_RULE: CostRule = { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 };

/** A bucket by what most tests need: threshold = depth, and a new flow is drained. */
export type ShortBucket = Pick<BucketDefinition, "check" | "ratePerSec" | "depth"> & Partial<BucketDefinition>;

const NOTHING: Rational = { num: 0n, den: 1n };

/** The whole bucket. */
export function bucketOf(short: ShortBucket, costRule: CostRule = BYTES_RULE): BucketDefinition {
  return { threshold: short.depth, initialLevel: NOTHING, costRule, ...short };
}

function nameOf({ kind }: MeterDefinition): MeterName {
  if (kind === "bucket") return "token-bucket";
  return kind === "borrow-node" ? "multi" : kind;
}

/** A policy with this definition; one bucket may be given by itself, with its cost rule. */
export function compiledFromDefinition(given: MeterDefinition | ShortBucket, costRule?: CostRule): CompiledPolicy {
  const definition: MeterDefinition = "kind" in given ? given : { kind: "bucket", bucket: bucketOf(given, costRule) };
  return {
    meter: nameOf(definition),
    length: "frame",
    definition,
    profiles: profilesOf(definition),
    warnings: [],
  };
}
