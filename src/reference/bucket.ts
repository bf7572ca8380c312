/** One bucket in the level form: it drains at its rate, and conforming packets fill it. */
import type { BucketDefinition, CostRule } from "../types.ts";
import { asGreen, asRed, type Definition, type FlowMeter, type Packet } from "./flowmeter.ts";
import { add, atMost, fraction, isBelow, larger, subtract, ZERO, type Fraction } from "./rational.ts";
import { untilYieldNs, yieldOf } from "./time.ts";

/** One bucket of one flow: 0 is drained. */
export interface BucketState {
  readonly level: Fraction;
  readonly lastNs: bigint;
}

/** What a packet of this length costs, in units. */
export function unitsOf(rule: CostRule, lengthBytes: number): bigint {
  if (rule.cost === "packets") return 1n;
  const withOverhead = BigInt(lengthBytes) + BigInt(rule.overheadBytes);
  const minLengthBytes = BigInt(rule.minLengthBytes);
  const atLeastMin = withOverhead < minLengthBytes ? minLengthBytes : withOverhead;
  return atLeastMin < 0n ? 0n : atLeastMin;
}

/** The bucket of a new flow. */
export function freshBucket(bucket: BucketDefinition, nowNs: bigint): BucketState {
  return { level: bucket.initialLevel, lastNs: nowNs };
}

/** A bucket that has drained. */
export function drainedBucket(nowNs: bigint): BucketState {
  return { level: ZERO, lastNs: nowNs };
}

/** y = max(0, x - r (t - last)). */
export function levelAt(bucket: BucketDefinition, state: BucketState, nowNs: bigint): Fraction {
  return larger(ZERO, subtract(state.level, yieldOf(bucket.ratePerSec, nowNs - state.lastNs)));
}

/**
 * Whether a packet fits at level y. "post": y + s <= threshold. "pre" (ITU-T I.371): y <= threshold. "overdraft":
 * y < threshold.
 */
export function fits(bucket: BucketDefinition, level: Fraction, units: bigint): boolean {
  if (bucket.check === "overdraft") return isBelow(level, bucket.threshold);
  return atMost(testedLevel(bucket, level, units), bucket.threshold);
}

/** Offers units to the bucket: what fits is charged, and a refusal changes nothing but the time. */
export function offer(
  bucket: BucketDefinition,
  state: BucketState,
  nowNs: bigint,
  units: bigint,
): { readonly conforms: boolean; readonly next: BucketState } {
  const level = levelAt(bucket, state, nowNs);
  const conforms = fits(bucket, level, units);
  return { conforms, next: { level: conforms ? add(level, fraction(units)) : level, lastNs: nowNs } };
}

/** Whether a packet fits at this time. */
export function hasRoom(bucket: BucketDefinition, state: BucketState, packet: Packet, nowNs: bigint): boolean {
  return fits(bucket, levelAt(bucket, state, nowNs), unitsOf(bucket.costRule, packet.lengthBytes));
}

/** How much later than now a packet would fit, if nothing else came. */
export function untilRoomNs(
  bucket: BucketDefinition,
  state: BucketState,
  packet: Packet,
  nowNs: bigint,
): bigint | null {
  const units = unitsOf(bucket.costRule, packet.lengthBytes);
  if (!fits(bucket, ZERO, units)) return null;
  const surplus = subtract(testedLevel(bucket, levelAt(bucket, state, nowNs), units), bucket.threshold);
  return untilYieldNs(surplus, bucket.ratePerSec, bucket.check === "overdraft");
}

/** The bucket at this time. */
export function rested(bucket: BucketDefinition, state: BucketState, nowNs: bigint): BucketState {
  return { level: levelAt(bucket, state, nowNs), lastNs: nowNs };
}

/** The bucket at this time with a packet added. */
export function filled(bucket: BucketDefinition, state: BucketState, packet: Packet, nowNs: bigint): BucketState {
  const { level } = rested(bucket, state, nowNs);
  return { level: add(level, fraction(unitsOf(bucket.costRule, packet.lengthBytes))), lastNs: nowNs };
}

/** The meter of one bucket: green, and charged, when the packet fits; else red. */
export function createBucketMeter({ bucket }: Definition<"bucket">): FlowMeter<BucketState> {
  return {
    fresh: (nowNs) => freshBucket(bucket, nowNs),
    drained: drainedBucket,
    offer(state, { lengthBytes }, nowNs) {
      const { conforms, next } = offer(bucket, state, nowNs, unitsOf(bucket.costRule, lengthBytes));
      return conforms ? asGreen(next) : asRed(0, next);
    },
    delayNs: (state, packet, nowNs) => untilRoomNs(bucket, state, packet, nowNs),
    levels: (state, nowNs) => [levelAt(bucket, state, nowNs)],
  };
}

function testedLevel(bucket: BucketDefinition, level: Fraction, units: bigint): Fraction {
  return bucket.check === "post" ? add(level, fraction(units)) : level;
}
