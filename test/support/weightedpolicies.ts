// Classes that share a rate by weight.
import * as fc from "fast-check";
import { fraction, ZERO, type Fraction } from "../../src/reference/rational.ts";
import type { BucketDefinition, ClassPolicy, MeterDefinition } from "../../src/types.ts";
import { BYTES, compiledOrNull } from "./arbitrary.ts";
import { CLASSES_MAX, classPolicyOf, compiledWithPeers, entryOf, meteredClass } from "./classpolicies.ts";

/** A class of a group. */
export interface Share {
  readonly group: number;
  readonly weight: bigint;
  readonly depth: Fraction;
  readonly overheadBytes: number;
}

/** Rates at which a byte is few level steps: virtual time has to fit its 62 bits for a million flows. */
const groupRates = fc
  .constantFrom(125_000n, 12_500_000n, 125_000_000n, 1_000_000_000n, 1_000_000_000n, 3_000_000_000n)
  .map((perSec) => fraction(perSec));

/** One class a share, each flow of which has the share's weight; `rates` by group. */
export function weightedPolicy(rates: readonly Fraction[], drafts: readonly Share[]): ClassPolicy {
  const classes = drafts.map(({ group, weight, depth, overheadBytes }, index) => {
    const peers = drafts.filter((other) => other.group === group);
    const bucket: BucketDefinition = {
      check: "post",
      ratePerSec: rates[group]!,
      depth,
      threshold: depth,
      initialLevel: ZERO,
      costRule: { ...BYTES, overheadBytes },
    };
    const groupWeights = [...new Set(peers.map((other) => other.weight))];
    const definition: MeterDefinition = { kind: "weighted", bucket, group, weight, groupWeights };
    const depths = peers.map((other) => other.depth);
    return meteredClass(`class ${index}`, [entryOf(index + 1, compiledWithPeers(definition, depths))]);
  });
  return classPolicyOf("all-or-none", classes);
}

/** So many classes in so many groups. */
export function weightedPoliciesOf(
  groupCount: number,
  classesMin: number,
  classesMax: number,
): fc.Arbitrary<ClassPolicy> {
  const share: fc.Arbitrary<Share> = fc.record({
    group: fc.nat(groupCount - 1),
    weight: fc.constantFrom(1n, 1n, 2n, 3n, 4n, 7n),
    depth: fc.oneof(fc.constantFrom(0n, 64n, 1500n, 4000n), fc.bigInt(1n, 6000n)).map((units) => fraction(units)),
    overheadBytes: fc.constantFrom(0, 0, 0, -14, 24),
  });
  return fc
    .record({
      rates: fc.array(groupRates, { minLength: groupCount, maxLength: groupCount }),
      drafts: fc.array(share, { minLength: classesMin, maxLength: classesMax, size: "max" }),
    })
    .map(({ rates, drafts }) => compiledOrNull(() => weightedPolicy(rates, drafts)))
    .filter((policy) => policy !== null);
}

/** A few classes of two groups. */
export const weightedPolicies = weightedPoliciesOf(2, 1, CLASSES_MAX);
