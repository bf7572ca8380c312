// Meters of every kind.
import * as fc from "fast-check";
import { unlimitedCap } from "../../src/policy/define.ts";
import { add, fraction, multiply, ZERO, type Fraction } from "../../src/reference/rational.ts";
import type { BucketDefinition, CompiledPolicy, CostRule, DualMode, MeterDefinition } from "../../src/types.ts";
import {
  bucketsOf,
  BYTES,
  checks,
  compiled,
  depths,
  fractions,
  initialShares,
  plainDepths,
  plainRates,
  rates,
  shares,
  thresholdShares,
  type BucketParts,
} from "./arbitrary.ts";

/** All kinds that are a meter by themselves; a borrowing node is one in a tree only. */
export type MeterKind = Exclude<MeterDefinition["kind"], "borrow-node">;
export type Definition<Kind extends MeterDefinition["kind"]> = Extract<MeterDefinition, { readonly kind: Kind }>;
export type Definitions = { readonly [Kind in MeterKind]: fc.Arbitrary<Definition<Kind>> };

/** What all buckets of a run of tests have in common. */
export interface Flavor {
  /** Level of new flows, in parts of the depth. */
  readonly initial: fc.Arbitrary<Fraction>;
  readonly isAware: fc.Arbitrary<boolean>;
  /** Whether rates and depths that go with few others are tried, too. */
  readonly hasExtremes: boolean;
}

export const ANY: Flavor = { initial: initialShares, isAware: fc.boolean(), hasExtremes: true };
export const DRAINED: Flavor = { ...ANY, initial: fc.constant(ZERO) };

const PLAIN = { ratePerSec: plainRates, depth: plainDepths };
const EXTREME = { ratePerSec: fc.oneof(rates, plainRates), depth: fc.oneof(depths, plainDepths) };

/** How far above the depth the level of a counter may go, in depths; null: as far as the integers reach. */
const caps = fc.constantFrom<Fraction | null>(ZERO, ZERO, fraction(1n), fraction(7n, 2n), null);

function capOf(bucket: BucketDefinition, above: Fraction | null): Fraction {
  if (above === null && bucket.depth.num > 0n) return unlimitedCap(bucket);
  return add(bucket.depth, multiply(bucket.depth, above ?? ZERO));
}

/** Two buckets; mostly of one cost, as the compiler has them. */
function pairsOf(
  bucket: fc.Arbitrary<BucketDefinition>,
  mixes: boolean,
): fc.Arbitrary<readonly [BucketDefinition, BucketDefinition]> {
  return fc
    .tuple(bucket, bucket, fc.constantFrom(false, false, mixes))
    .map(([first, second, isMixed]) => [first, isMixed ? second : { ...second, costRule: first.costRule }]);
}

/** Buckets with any check and threshold. */
export function anyBuckets({ initial, hasExtremes }: Flavor): fc.Arbitrary<BucketDefinition> {
  const sizes = hasExtremes ? EXTREME : PLAIN;
  return bucketsOf({ ...sizes, initial, check: checks, threshold: thresholdShares });
}

/** Events count 1; the alarm level is the depth. */
function countersOf(initial: BucketParts["initial"]): fc.Arbitrary<Definition<"event-counter">> {
  const events: CostRule = { ...BYTES, cost: "packets" };
  const alarms = bucketsOf({
    ...PLAIN,
    initial,
    depth: fc.oneof(
      fc.bigInt(1n, 12n).map((count) => fraction(count)),
      fractions(40n, 3n),
    ),
    costRule: fc.constantFrom(events, events, BYTES),
  });
  const clears = shares([0n, 1n], [0n, 1n], [1n, 2n], [9n, 10n]);
  return fc.tuple(alarms, caps, clears).map(([bucket, above, part]) => ({
    kind: "event-counter",
    bucket,
    cap: capOf(bucket, above),
    clear: multiply(bucket.depth, part),
  }));
}

/** All or none of up to so many buckets: a few of any size, or many that surely compile. */
export function multisOf(flavor: Flavor, bucketsMax: number): fc.Arbitrary<Definition<"multi">> {
  const few = fc.array(anyBuckets(flavor), { minLength: 1, maxLength: Math.min(bucketsMax, 2) });
  const plain = anyBuckets({ ...flavor, hasExtremes: false });
  const many = fc.array(plain, { minLength: 1, maxLength: bucketsMax, size: "max" });
  return fc.oneof(few, many).map((buckets) => ({ kind: "multi", buckets }));
}

/** Several buckets of a marker; the RFCs test with the packet's own size. */
function markersOf({ initial, isAware: aware }: Flavor): Pick<Definitions, "srtcm" | "trtcm" | "trtcm-4115" | "mef"> {
  const pair = pairsOf(bucketsOf({ ...PLAIN, initial }), true);
  // Coupled buckets hand on what they hold, so they hold the same.
  const alike = pairsOf(bucketsOf({ ...PLAIN, initial }), false);
  return {
    srtcm: fc.tuple(alike, aware).map(([[committed, excess], isAware]) => ({
      kind: "srtcm",
      committed,
      excess: { ...excess, ratePerSec: ZERO },
      isAware,
    })),
    trtcm: fc.tuple(pair, aware).map(([[peak, committed], isAware]) => ({ kind: "trtcm", peak, committed, isAware })),
    "trtcm-4115": fc
      .tuple(pair, aware)
      .map(([[committed, excess], isAware]) => ({ kind: "trtcm-4115", committed, excess, isAware })),
    mef: fc
      .tuple(alike, fc.boolean(), aware)
      .map(([[committed, excess], isCoupled, isAware]) => ({ kind: "mef", committed, excess, isCoupled, isAware })),
  };
}

const DUALS = [
  { mode: "coordinated", tags: false },
  { mode: "coordinated", tags: true },
  { mode: "sequential", tags: false },
  { mode: "independent", tags: false },
] as const satisfies readonly { readonly mode: DualMode; readonly tags: boolean }[];

/** Definitions by kind. */
export function definitionsOf(flavor: Flavor): Definitions {
  const bucket = anyBuckets(flavor);
  const sizes = flavor.hasExtremes ? EXTREME : PLAIN;
  const counted = bucketsOf({ ...sizes, initial: flavor.initial, threshold: thresholdShares });
  const shared = bucketsOf({ ...PLAIN, initial: fc.constant(ZERO) });
  return {
    ...markersOf(flavor),
    bucket: bucket.map((one) => ({ kind: "bucket", bucket: one })),
    turner: fc.tuple(counted, caps).map(([one, above]) => ({ kind: "turner", bucket: one, cap: capOf(one, above) })),
    "event-counter": countersOf(flavor.initial),
    dual: fc
      .tuple(pairsOf(bucket, true), fc.constantFrom(...DUALS))
      .map(([[peak, sustained], { mode, tags }]) => ({ kind: "dual", peak, sustained, mode, tags })),
    multi: multisOf(flavor, 8),
    weighted: shared.map((one) => ({ kind: "weighted", bucket: one, group: 0, weight: 1n, groupWeights: [1n] })),
  };
}

export const METER_KINDS: readonly MeterKind[] = Object.keys(definitionsOf(ANY)) as MeterKind[];

/** Policies of one meter, of some kinds. */
export function policiesOf(flavor: Flavor, kinds: readonly MeterKind[] = METER_KINDS): fc.Arbitrary<CompiledPolicy> {
  const definitions = definitionsOf(flavor);
  return compiled(fc.oneof(...kinds.map((kind) => definitions[kind])));
}
