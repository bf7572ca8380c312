import { profileOf } from "../../src/policies.ts";
import type { BucketDefinition, CompiledPolicy, CostRule } from "../../src/types.ts";

/** A policy with this bucket and cost rule, of which no text form is needed. */
export function compiledFromDefinition(bucket: BucketDefinition, costRule: CostRule): CompiledPolicy {
  const { cost } = costRule;
  const unnamed = { parameter: "test", text: "test", inTime: false };
  const profile = profileOf(bucket, { cost, rate: unnamed, burst: unnamed });
  return { meter: "token-bucket", length: "frame", bucket, costRule, profile, warnings: [] };
}
