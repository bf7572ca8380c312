// Shapers of every kind, and where their departures change.
import * as fc from "fast-check";
import { compileShaperDefinition } from "../../src/policies.ts";
import { atMost, divide, fraction, multiply, type Fraction } from "../../src/reference/rational.ts";
import type { CostRule, QueueBounds, QueueCount, ShaperDefinition, ShaperName, ShaperPolicy } from "../../src/types.ts";
import { compiledOrNull, costRules, depths, fractions, plainDepths, plainRates, rates } from "./arbitrary.ts";
import type { Edge } from "./edges.ts";

const GIGA = 1_000_000_000n;
const LENGTH_MAX = 0xffff_ffffn;

export type DefinitionOf<Kind extends ShaperDefinition["kind"]> = Extract<ShaperDefinition, { readonly kind: Kind }>;

const isAbove = (least: bigint) => (value: Fraction) => value.num >= least * value.den;
const sendingRates = fc.oneof(rates, plainRates).filter(({ num }) => num > 0n);
const plainSendingRates = plainRates.filter(({ num }) => num > 0n);
const sizes = fc.oneof(depths, plainDepths).filter(isAbove(1n));
const waits = fc.oneof(
  fc.constantFrom(0n, 1n, 1000n, GIGA / 10n, GIGA).map((ns) => fraction(ns)),
  fractions(10_000_000n, 3n),
);
const packetLimits = fc.bigInt(1n, 12n).map((count) => fraction(count));

/** What bounds a queue of whole packets: a limit, a wait, or both. Nothing but packets is counted where they cost 1. */
function boundsOf(counts: readonly QueueCount[]): fc.Arbitrary<QueueBounds> {
  return fc
    .record({
      count: fc.constantFrom(...counts),
      size: sizes,
      packets: packetLimits,
      delayMaxNs: waits,
      which: fc.constantFrom("limit", "limit", "delay", "both"),
    })
    .map(({ count, size, packets, delayMaxNs, which }) => ({
      count,
      limit: which === "delay" ? null : count === "packets" ? packets : size,
      delayMaxNs: which === "limit" ? null : delayMaxNs,
    }));
}

export const leakyBuckets: fc.Arbitrary<DefinitionOf<"leaky-bucket">> = fc.record({
  kind: fc.constant("leaky-bucket" as const),
  ratePerSec: sendingRates,
  costRule: costRules,
  bounds: boundsOf(["fluid", "fluid", "bytes", "packets"]),
});

/** Fluid queues which, full, are sent before time ends: a meter knows no such end. */
export const fluidBuckets: fc.Arbitrary<DefinitionOf<"leaky-bucket">> = fc
  .tuple(leakyBuckets, sizes)
  .filter(([{ ratePerSec }, limit]) => atMost(multiply(divide(limit, ratePerSec), fraction(GIGA)), fraction(2n ** 45n)))
  .map(([definition, limit]) => Object.assign({}, definition, { bounds: { count: "fluid", limit, delayMaxNs: null } }));

/** Bounds of which most are some depths, so that there is room to wait. */
function wideBoundsOf(depth: Fraction): fc.Arbitrary<QueueBounds> {
  const wide = fc
    .constantFrom(1n, 2n, 5n)
    .map((times): QueueBounds => ({ count: "bytes", limit: multiply(depth, fraction(times)), delayMaxNs: null }));
  return fc.oneof(wide, boundsOf(["bytes", "packets"]));
}

export const tokenBuckets: fc.Arbitrary<DefinitionOf<"token-bucket">> = fc
  .record({ ratePerSec: sendingRates, depth: sizes })
  .chain((bucket) =>
    fc.record({
      kind: fc.constant("token-bucket" as const),
      bucket: fc.constant(bucket),
      costRule: costRules,
      bounds: wideBoundsOf(bucket.depth),
    }),
  );

/**
 * The peak is so many times the committed rate. No policy states one that is lower; but with a higher one the committed
 * bucket is always the last to be full again, and half of the arithmetic would decide nothing.
 */
const peaks = fc.constantFrom(fraction(2n), fraction(10n), fraction(3n, 2n), fraction(101n, 100n), fraction(1n, 3n));

export const twoRates: fc.Arbitrary<DefinitionOf<"two-rate">> = fc
  .record({
    ratePerSec: plainSendingRates,
    peak: peaks,
    depths: fc.tuple(plainDepths.filter(isAbove(1n)), plainDepths.filter(isAbove(1n))),
    costRule: costRules,
  })
  .chain((parts) => wideBoundsOf(parts.depths[0]).map((bounds) => Object.assign({ bounds }, parts)))
  .map(({ ratePerSec, peak, depths: [first, second], costRule, bounds }) => ({
    kind: "two-rate",
    committed: { ratePerSec, depth: first },
    peak: { ratePerSec: multiply(ratePerSec, peak), depth: second },
    costRule,
    bounds,
  }));

export const tickQueues: fc.Arbitrary<DefinitionOf<"ticks">> = fc.record({
  kind: fc.constant("ticks" as const),
  tickNs: fc.oneof(fc.constantFrom(1n, 7n, 1000n, GIGA / 100n), fc.bigInt(1n, 10_000_000n)),
  quantumUnits: fc.oneof(fc.constantFrom(1n, 64n, 1500n, 9000n), fc.bigInt(1n, 3000n)),
  carriesResidue: fc.boolean(),
  isImmediate: fc.boolean(),
  costRule: costRules,
  bounds: fc.tuple(fc.boolean(), sizes, packetLimits).map(([isInPackets, size, packets]): QueueBounds => {
    return { count: isInPackets ? "packets" : "bytes", limit: isInPackets ? packets : size, delayMaxNs: null };
  }),
});

const NAMES: Readonly<Record<ShaperDefinition["kind"], ShaperName>> = {
  "leaky-bucket": "leaky-bucket",
  "token-bucket": "token-bucket",
  "two-rate": "two-rate",
  ticks: "tick-bytes",
};

/** The policies of those definitions that compile. */
export function shapersOf(definitions: fc.Arbitrary<ShaperDefinition>): fc.Arbitrary<ShaperPolicy> {
  return definitions
    .map((definition) => compiledOrNull(() => compileShaperDefinition(NAMES[definition.kind], definition)))
    .filter((policy) => policy !== null);
}

export const ANY_SHAPER: fc.Arbitrary<ShaperPolicy> = shapersOf(
  fc.oneof(leakyBuckets, tokenBuckets, twoRates, tickQueues),
);

/** Sizes at which a queue says otherwise: its limit, and what leaves within the longest wait. */
function sizesOf({ limit, delayMaxNs }: QueueBounds, ratePerSec: Fraction): readonly Fraction[] {
  const inTime = delayMaxNs === null ? [] : [multiply(ratePerSec, divide(delayMaxNs, fraction(GIGA)))];
  return [...(limit === null ? [] : [limit]), ...inTime];
}

/** The rates of a shaper and the sizes at which it says otherwise; at least one. */
export function shaperEdges({ definition }: ShaperPolicy): readonly Edge[] {
  const { costRule, bounds } = definition;
  const edge = (ratePerSec: Fraction, levels: readonly Fraction[]): Edge => {
    return { ratePerSec, levels: [...levels, ...sizesOf(bounds, ratePerSec)], costRule };
  };
  switch (definition.kind) {
    case "leaky-bucket":
      return [edge(definition.ratePerSec, [])];
    case "token-bucket":
      return [edge(definition.bucket.ratePerSec, [definition.bucket.depth])];
    case "two-rate":
      return [definition.committed, definition.peak].map(({ ratePerSec, depth }) => edge(ratePerSec, [depth]));
    case "ticks": {
      const quantum = fraction(definition.quantumUnits);
      return [edge(divide(multiply(quantum, fraction(GIGA)), fraction(definition.tickNs)), [quantum])];
    }
  }
}

/** Longer packets have no definite verdict, where only exact arithmetic bounds them. */
export function longestShaped({ definition, profile }: ShaperPolicy): bigint {
  const { kind, bounds } = definition;
  const isByDefinition =
    (bounds.limit !== null && bounds.count !== "packets") || kind === "token-bucket" || kind === "two-rate";
  const isOfTick = kind === "ticks" && !definition.carriesResidue;
  if (isByDefinition || isOfTick || definition.costRule.cost === "packets") return LENGTH_MAX;
  const { unitsMax } = profile.buckets[0];
  const longest = unitsMax - BigInt(definition.costRule.overheadBytes);
  return longest < LENGTH_MAX ? longest : LENGTH_MAX;
}

/** Bytes without overhead or minimum. */
export const PLAIN_BYTES: CostRule = { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 };
