import type { BucketDefinition, CostRule } from "../types.ts";
import { add, atMost, ceiling, divide, fraction, larger, multiply, subtract, ZERO, type Fraction } from "./rational.ts";

/** One bucket of one flow, in the level form: 0 is drained. */
export interface BucketState {
  readonly level: Fraction;
  readonly lastNs: bigint;
}

export interface Verdict {
  readonly conforms: boolean;
  /** The cost exceeds what the bucket can ever hold. */
  readonly oversize: boolean;
  /** Nanoseconds until the same packet would conform, rounded up; null when it never will. */
  readonly delayNs: bigint | null;
  /** The state after the packet; of a refused packet, the state before it. */
  readonly next: BucketState;
}

const NS_PER_SEC = 1_000_000_000n;

/** What a packet of this length costs, in units. */
export function unitsOf(rule: CostRule, lengthBytes: number): bigint {
  if (rule.cost === "packets") return 1n;
  const withOverhead = BigInt(lengthBytes) + BigInt(rule.overheadBytes);
  const minLengthBytes = BigInt(rule.minLengthBytes);
  const atLeastMin = withOverhead < minLengthBytes ? minLengthBytes : withOverhead;
  return atLeastMin < 0n ? 0n : atLeastMin;
}

/** y = max(0, x - r (t - last)). */
export function levelAt(bucket: BucketDefinition, state: BucketState, nowNs: bigint): Fraction {
  const elapsedSec = fraction(nowNs - state.lastNs, NS_PER_SEC);
  return larger(ZERO, subtract(state.level, multiply(bucket.ratePerSec, elapsedSec)));
}

/**
 * Offers a packet to the bucket. "post": conforms iff y + s <= b. "pre" (ITU-T I.371): conforms iff y <= b.
 * A conforming packet is charged; a refused one changes nothing.
 */
export function offer(bucket: BucketDefinition, state: BucketState, nowNs: bigint, units: bigint): Verdict {
  const level = levelAt(bucket, state, nowNs);
  const charged = add(level, fraction(units));
  const tested = bucket.check === "post" ? charged : level;
  if (atMost(tested, bucket.depth)) {
    return { conforms: true, oversize: false, delayNs: 0n, next: { level: charged, lastNs: nowNs } };
  }
  const oversize = bucket.check === "post" && !atMost(fraction(units), bucket.depth);
  const never = oversize || bucket.ratePerSec.num === 0n;
  const delayNs = never ? null : untilDrainedNs(subtract(tested, bucket.depth), bucket);
  return { conforms: false, oversize, delayNs, next: state };
}

function untilDrainedNs(excess: Fraction, bucket: BucketDefinition): bigint {
  return ceiling(multiply(divide(excess, bucket.ratePerSec), fraction(NS_PER_SEC)));
}
