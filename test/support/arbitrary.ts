// Adversarial traces: gaps and lengths are named relative to the policy, so that ties and edges are common.
import * as fc from "fast-check";
import { fraction, type Fraction } from "../../src/reference/rational.ts";
import type { BucketDefinition, Check, CompiledPolicy, CostRule } from "../../src/types.ts";
import { compiledFromDefinition } from "./profile.ts";
import type { Packet } from "./run.ts";

export interface Trace {
  readonly policy: CompiledPolicy;
  readonly packets: readonly Packet[];
}

const TIME_MAX = 2n ** 64n - 1n;
const LENGTH_MAX = 0xffff_ffffn;
const GIGA = 1_000_000_000n;

/** Few, so that flows are shared; extremes, and strides that a weak hash would pile up. */
const KEYS = [0n, TIME_MAX, 1n, 2n ** 32n, 2n ** 63n, 2n ** 16n, 2n ** 17n, 3n * 2n ** 48n, 0xffff_ffffn];
const ORIGINS = [0n, 1n, 1_700_000_000_000_000_000n, 2n ** 62n, 2n ** 63n - 500n, TIME_MAX - 5000n, TIME_MAX];

const rate = fc.oneof(
  fc.constantFrom(0n, 1n, 125_000n, GIGA, 12_500_000_000n, 2n ** 61n * GIGA).map((value) => fraction(value)),
  fractions(1_000_000_000_000n, 1000n),
  fractions(2n ** 40n, 2n ** 24n),
);
const depth = fc.oneof(
  fc.constantFrom(0n, 1n, 64n, 15_000n, 1_000_000n, 2n ** 40n, 2n ** 62n).map((value) => fraction(value)),
  fractions(100_000n, 9n),
);
const costRule: fc.Arbitrary<CostRule> = fc.record({
  cost: fc.constantFrom("bytes", "bytes", "packets"),
  overheadBytes: fc.constantFrom(0, 0, 24, -14, -1501),
  minLengthBytes: fc.constantFrom(0, 0, 64),
});

/** A bucket and cost rule that can be compiled. */
export const policies: fc.Arbitrary<CompiledPolicy> = fc
  .record({ check: fc.constantFrom<Check>("post", "pre"), ratePerSec: rate, depth, costRule })
  .map(({ costRule: rule, ...bucket }) => compiledOrNull(bucket, rule))
  .filter((policy) => policy !== null);

const GAPS = [
  "tie",
  "tie",
  "ns",
  "unit",
  "unitUp",
  "fill",
  "fillUp",
  "seconds",
  "far",
  "back",
  "farBack",
  "end",
] as const;
const LENGTHS = ["zero", "one", "small", "small", "mtu", "mtu", "depth", "belowDepth", "aboveDepth", "max"] as const;
const move = fc.record({
  gap: fc.constantFrom(...GAPS),
  length: fc.constantFrom(...LENGTHS),
  factor: fc.integer({ min: 1, max: 2000 }).map(BigInt),
  key: fc.constantFrom(...KEYS),
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

/** Sizes of successive batches. */
export const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

/** A policy and packets that try its edges. */
export function traces(packetsMax: number): fc.Arbitrary<Trace> {
  const moves = fc.array(move, { minLength: 1, maxLength: packetsMax, size: "max" });
  return fc
    .tuple(policies, fc.constantFrom(...ORIGINS), moves)
    .map(([policy, originNs, steps]) => ({ policy, packets: packetsOf(policy, originNs, steps) }));
}

/** The packets of a trace as a meter's clock sees them: times that never decrease. */
export function ordered(packets: readonly Packet[]): Packet[] {
  let newestNs = 0n;
  return packets.map((packet) => {
    if (packet.timeNs > newestNs) newestNs = packet.timeNs;
    return { ...packet, timeNs: newestNs };
  });
}

function packetsOf(policy: CompiledPolicy, originNs: bigint, steps: readonly Move[]): Packet[] {
  let timeNs = originNs;
  return steps.map(({ gap, length, factor, key }) => {
    timeNs = clamp(gap === "end" ? TIME_MAX : timeNs + gapNs(policy.bucket, gap, factor), TIME_MAX);
    return { timeNs, length: Number(lengthOf(policy, length, factor)), key };
  });
}

function gapNs({ ratePerSec, depth: held }: BucketDefinition, gap: Move["gap"], factor: bigint): bigint {
  // The time in which one unit, or the whole bucket, drains: num / den nanoseconds.
  const den = ratePerSec.num === 0n ? 1n : ratePerSec.num;
  const unitNum = GIGA * ratePerSec.den;
  const gaps: Record<Exclude<Move["gap"], "end">, bigint> = {
    tie: 0n,
    ns: factor,
    unit: (factor * unitNum) / den,
    unitUp: (factor * unitNum) / den + 1n,
    fill: (held.num * unitNum) / (held.den * den),
    fillUp: (held.num * unitNum) / (held.den * den) + 1n,
    seconds: factor * GIGA,
    far: factor * 2n ** 43n,
    back: -factor,
    farBack: -factor * GIGA,
  };
  return gap === "end" ? TIME_MAX : gaps[gap];
}

function lengthOf({ bucket, costRule: rule, profile }: CompiledPolicy, kind: Move["length"], factor: bigint): bigint {
  const held = bucket.depth.num / bucket.depth.den - BigInt(rule.overheadBytes);
  const lengths: Record<Move["length"], bigint> = {
    zero: 0n,
    one: 1n,
    small: factor,
    mtu: 1500n,
    depth: held,
    belowDepth: held - 1n,
    aboveDepth: held + 1n,
    max: LENGTH_MAX,
  };
  // The pre form has a stated limit that the twin does not know.
  const most = bucket.check === "pre" ? profile.unitsMax - BigInt(rule.overheadBytes) : LENGTH_MAX;
  return clamp(lengths[kind], most < LENGTH_MAX ? most : LENGTH_MAX);
}

function compiledOrNull(bucket: BucketDefinition, rule: CostRule): CompiledPolicy | null {
  try {
    return compiledFromDefinition(bucket, rule);
  } catch {
    return null; // too large for the integer form: a ConfigError to a user
  }
}

function fractions(numMax: bigint, denMax: bigint): fc.Arbitrary<Fraction> {
  return fc
    .tuple(fc.bigInt({ min: 1n, max: numMax }), fc.bigInt({ min: 1n, max: denMax }))
    .map(([num, den]) => fraction(num, den));
}

function clamp(value: bigint, max: bigint): bigint {
  if (value < 0n) return 0n;
  return value > max ? max : value;
}
