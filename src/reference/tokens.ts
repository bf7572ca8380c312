/** Buckets as the RFCs have them: counts of tokens. A full bucket is one that has drained in the level form. */
import type { BucketDefinition } from "../types.ts";
import { add, atMost, fraction, isBelow, smaller, subtract, type Fraction } from "./rational.ts";
import { untilYieldNs, yieldOf } from "./time.ts";

/** Tokens of a new flow. */
export function freshTokens(bucket: BucketDefinition): Fraction {
  return subtract(bucket.depth, bucket.initialLevel);
}

/** Tokens after a time without packets. */
export function refilled(bucket: BucketDefinition, tokens: Fraction, elapsedNs: bigint): Fraction {
  return smaller(bucket.depth, add(tokens, yieldOf(bucket.ratePerSec, elapsedNs)));
}

/**
 * Whether the tokens do for a packet: T - B >= 0 with check "post". "pre" and "overdraft" leave out the packet's own
 * size, and let the count go below 0. A threshold below the depth keeps the difference back for others.
 */
export function isEnough(bucket: BucketDefinition, tokens: Fraction, units: bigint): boolean {
  const needed = neededTokens(bucket, units);
  return bucket.check === "overdraft" ? isBelow(needed, tokens) : atMost(needed, tokens);
}

/** The tokens without those of a packet. */
export function taken(tokens: Fraction, units: bigint): Fraction {
  return subtract(tokens, fraction(units));
}

/**
 * How long tokens have to come at a rate until they do for a packet; `elsewhere` is what goes to another bucket first.
 */
export function untilEnoughNs(
  bucket: BucketDefinition,
  tokens: Fraction,
  units: bigint,
  tokensPerSec: Fraction,
  elsewhere: Fraction,
): bigint | null {
  if (!isEnough(bucket, bucket.depth, units)) return null;
  const missing = subtract(neededTokens(bucket, units), tokens);
  return untilYieldNs(add(missing, elsewhere), tokensPerSec, bucket.check === "overdraft");
}

function neededTokens({ depth, threshold, check }: BucketDefinition, units: bigint): Fraction {
  const kept = subtract(depth, threshold);
  return check === "post" ? add(kept, fraction(units)) : kept;
}
