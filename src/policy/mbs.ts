/** Maximum burst size and limit, both ways: MBS = floor(1 + tau / (T - spacing)). */

import { compare, divide, floor, isZero, multiply, rational, subtract } from "../rational.ts";
import type { BucketDefinition, Rational } from "../types.ts";
import { NS_PER_SEC } from "./limits.ts";

const ONE = rational(1n);

/** tau = (MBS - 1)(T - spacing); `gainNs` is T - spacing, by which each cell of the burst is earlier than the last. */
export function limitOfBurst(packetCount: bigint, gainNs: Rational): Rational {
  return multiply(rational(packetCount - 1n), gainNs);
}

function ceiling(value: Rational): bigint {
  return (value.num + value.den - 1n) / value.den;
}

/**
 * How many packets of cost 1, `spacingNs` apart, conform on a drained bucket; "unlimited" when it drains one in the
 * meantime. The packet after k others finds the level k (T - spacing) / T.
 */
export function burstOf(bucket: BucketDefinition, spacingNs: Rational): bigint | "unlimited" {
  const { check, depth, ratePerSec } = bucket;
  const room = check === "post" ? (compare(depth, ONE) < 0 ? undefined : subtract(depth, ONE)) : depth;
  if (room === undefined || (check === "overdraft" && isZero(depth))) return 0n;
  const drained = divide(multiply(ratePerSec, spacingNs), NS_PER_SEC);
  if (compare(drained, ONE) >= 0) return "unlimited";
  const before = divide(room, subtract(ONE, drained));
  return check === "overdraft" ? ceiling(before) : floor(before) + 1n;
}
