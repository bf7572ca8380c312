// Buckets of every kind, and what the compiler makes of definitions.
import * as fc from "fast-check";
import { ConfigError } from "../../src/errors.ts";
import { fraction, multiply, type Fraction } from "../../src/reference/rational.ts";
import type { BucketDefinition, Check, CompiledPolicy, CostRule, MeterDefinition } from "../../src/types.ts";
import { compiledFromDefinition } from "./profile.ts";

const GIGA = 1_000_000_000n;

/** Any rate; the largest fits no other number beside it, so it stands alone. */
export const rates = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0n, 1n, 125_000n, GIGA, 12_500_000_000n).map((value) => fraction(value)) },
  { weight: 1, arbitrary: fc.constant(fraction(2n ** 61n * GIGA)) },
  { weight: 2, arbitrary: fractions(1_000_000_000_000n, 1000n) },
  { weight: 2, arbitrary: fractions(2n ** 40n, 2n ** 24n) },
);
export const depths = fc.oneof(
  fc.constantFrom(0n, 1n, 64n, 3000n, 15_000n, 1_000_000n, 2n ** 40n, 2n ** 62n).map((value) => fraction(value)),
  fractions(100_000n, 9n),
);
/** Rates and depths of which any few go together. */
export const plainRates = fc.oneof(
  fc.constantFrom(0n, 125_000n, 1_250_000n, GIGA, 12_500_000_000n).map((value) => fraction(value)),
  fractions(100_000_000n, 7n),
);
export const plainDepths = fc.oneof(
  fc.constantFrom(0n, 1n, 64n, 1500n, 3000n, 15_000n).map((value) => fraction(value)),
  fractions(9000n, 3n),
);

export const BYTES: CostRule = { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 };
export const costRules: fc.Arbitrary<CostRule> = fc.record({
  cost: fc.constantFrom("bytes", "bytes", "packets"),
  overheadBytes: fc.constantFrom(0, 0, 24, -14, -1501),
  minLengthBytes: fc.constantFrom(0, 0, 64),
});

export const checks = fc.constantFrom<Check>("post", "post", "pre", "overdraft");
export const post = fc.constant<Check>("post");
export const shares = (...parts: (readonly [bigint, bigint])[]) =>
  fc.constantFrom(...parts).map((part) => fraction(...part));
/** Parts of a depth: of the threshold, mostly all of it; of the first level, mostly none. */
export const thresholdShares = shares([1n, 1n], [1n, 1n], [1n, 1n], [1n, 2n], [9n, 10n], [0n, 1n]);
export const initialShares = shares([0n, 1n], [0n, 1n], [0n, 1n], [0n, 1n], [1n, 3n], [1n, 1n]);

export interface BucketParts {
  readonly check: fc.Arbitrary<Check>;
  readonly ratePerSec: fc.Arbitrary<Fraction>;
  readonly depth: fc.Arbitrary<Fraction>;
  readonly threshold: fc.Arbitrary<Fraction>;
  readonly initial: fc.Arbitrary<Fraction>;
  readonly costRule: fc.Arbitrary<CostRule>;
}

const WHOLE: BucketParts = {
  check: post,
  ratePerSec: fc.oneof(rates, plainRates),
  depth: fc.oneof(depths, plainDepths),
  threshold: fc.constant(fraction(1n)),
  initial: initialShares,
  costRule: costRules,
};

/** Buckets of these parts; `threshold` and `initial` are parts of the depth. Unless said: post, threshold = depth. */
export function bucketsOf(parts: Partial<BucketParts> = {}): fc.Arbitrary<BucketDefinition> {
  return fc.record({ ...WHOLE, ...parts }).map(({ check, ratePerSec, depth, threshold, initial, costRule }) => ({
    check,
    ratePerSec,
    depth,
    threshold: multiply(depth, threshold),
    initialLevel: multiply(depth, initial),
    costRule,
  }));
}

/** The policies of those definitions that compile. */
export function compiled(definitions: fc.Arbitrary<MeterDefinition>): fc.Arbitrary<CompiledPolicy> {
  return definitions
    .map((definition) => compiledOrNull(() => compiledFromDefinition(definition)))
    .filter((policy) => policy !== null);
}

/** Null where the numbers are too large for the integer form: a ConfigError to a user. */
export function compiledOrNull<Policy>(compile: () => Policy): Policy | null {
  try {
    return compile();
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

/** num / den up to these. */
export function fractions(numMax: bigint, denMax: bigint): fc.Arbitrary<Fraction> {
  return fc
    .tuple(fc.bigInt({ min: 1n, max: numMax }), fc.bigInt({ min: 1n, max: denMax }))
    .map(([num, den]) => fraction(num, den));
}
