// Policies and small traces for the tests of the reference twin: definitions by hand, nothing compiled.
import * as fc from "fast-check";
import { createReferenceEngine } from "../../src/reference/meter.ts";
import { divide, fraction, greatestCommonDivisor, ZERO, type Fraction } from "../../src/reference/rational.ts";
import type {
  BucketDefinition,
  ChargeMode,
  Check,
  ClassPolicy,
  CompiledPolicy,
  CostRule,
  EngineOptions,
  MeterDefinition,
  MeterEngine,
  PacketClass,
  PathEntry,
  Policy,
} from "../../src/types.ts";
import { runPackets, type Outcome, type Packet } from "./run.ts";

export const BYTES: CostRule = { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 };
export const PACKETS: CostRule = { cost: "packets", overheadBytes: 0, minLengthBytes: 0 };
export const SECOND = 1_000_000_000n;

/** A bucket of so many units a second and so many units. */
export function bucket(
  perSec: bigint | Fraction,
  depth: bigint | Fraction,
  changes: Partial<BucketDefinition> = {},
): BucketDefinition {
  const held = asFraction(depth);
  const rest = { check: "post", threshold: held, initialLevel: ZERO, costRule: BYTES } as const;
  return { ratePerSec: asFraction(perSec), depth: held, ...rest, ...changes };
}

/** A bucket of GCRA's increment and limit, both in ns: ITU-T I.371 leaves the arriving cell out of its test. */
export function cells(incrementNs: bigint, limitNs: bigint): BucketDefinition {
  const perSec = fraction(SECOND, incrementNs);
  return bucket(perSec, fraction(limitNs, incrementNs), { check: "pre", costRule: PACKETS });
}

/** The policy of one meter. Its profile has the right level steps a unit, which is all that the twin reads of it. */
export function policyOf(definition: MeterDefinition): CompiledPolicy {
  const buckets = Object.values(definition)
    .flat()
    .filter((part): part is BucketDefinition => typeof part === "object" && part !== null && "ratePerSec" in part);
  const [first, second = first!] = buckets.map(profileStub);
  const profile = { kernel: "two-buckets", buckets: [first!, second], rules: [], isCoupled: false } as const;
  return { meter: "multi", length: "frame", definition, profiles: [profile], warnings: [] };
}

/** One entry of a path. */
export function entry(nodeId: number, definition: MeterDefinition, name = `node ${nodeId}`): PathEntry {
  return { nodeId, name, keying: { by: "all" }, policy: policyOf(definition) };
}

/** A class that is metered on this path, leaf first. */
export function classOf(...path: PathEntry[]): PacketClass {
  return { name: path[0]!.name, action: "meter", path };
}

export function classPolicy(charge: ChargeMode, classes: readonly PacketClass[]): ClassPolicy {
  return { meter: "classes", length: "frame", charge, classes, matches: [], warnings: [] };
}

/** The twin, with all columns. */
export function twin(policy: Policy, changes: Partial<EngineOptions> = {}): MeterEngine {
  const options = { maxFlows: 1000, secret: [1, 2, 3, 4], records: true, delays: true, levels: true } as const;
  return createReferenceEngine({ policy, ...options, ...changes });
}

/** Meters the packets on a new twin. */
export function meter(policy: Policy, packets: readonly Packet[], changes: Partial<EngineOptions> = {}): Outcome {
  return runPackets(twin(policy, changes), packets);
}

/** Colors as digits. */
export function colorText(policy: Policy, packets: readonly Packet[]): string {
  return meter(policy, packets).colors.join("");
}

/** Packets of one flow at these times. */
export function at(times: readonly bigint[], length: number): Packet[] {
  return times.map((timeNs) => ({ timeNs, length, key: 1n }));
}

/** Rates around a unit a nanosecond, and depths of a few units, so that ties are common. */
const ratePerSec = fc.oneof(
  fc.constant(ZERO),
  ...[9n, 9n, 99n].map((denMax) =>
    fc.tuple(fc.bigInt(1n, 9n), fc.bigInt(1n, denMax)).map(([num, den]) => fraction(num * SECOND, den)),
  ),
);

const costRules = fc.constantFrom<CostRule>(
  BYTES,
  BYTES,
  PACKETS,
  { cost: "bytes", overheadBytes: 2, minLengthBytes: 4 },
  { cost: "bytes", overheadBytes: -2, minLengthBytes: 0 },
);

const threeChecks = fc.constantFrom<Check>("post", "post", "pre", "overdraft");
const post = fc.constant<Check>("post");

/** Thresholds and levels, in sixths of a depth. */
const kept = fc.constantFrom(0n, 1n, 5n, 6n, 6n, 6n, 6n);
const fresh = fc.constantFrom(0n, 0n, 0n, 1n, 6n);

type Buckets = fc.Arbitrary<BucketDefinition>;

function bucketsWith(
  checks: fc.Arbitrary<Check>,
  rules: fc.Arbitrary<CostRule>,
  initial: fc.Arbitrary<bigint>,
): Buckets {
  const parts = fc.tuple(fc.bigInt(0n, 120n), kept, initial);
  return fc.tuple(checks, rules, ratePerSec, parts).map(([check, costRule, perSec, [sixths, most, first]]) => {
    const [threshold, initialLevel] = [fraction(sixths * most, 36n), fraction(sixths * first, 36n)];
    return bucket(perSec, fraction(sixths, 6n), { check, costRule, threshold, initialLevel });
  });
}

/** Buckets as the RFCs have them: of bytes, tested with the packet's own size. */
export const rfcBuckets = bucketsWith(post, fc.constant(BYTES), fresh);
const drainedBuckets = bucketsWith(post, costRules, fc.constant(0n));

function depthTimes({ depth }: BucketDefinition, num: bigint, den = 1n): Fraction {
  return fraction(depth.num * num, depth.den * den);
}

/** Definitions by kind; new flows begin at these parts of the depths, in sixths. */
function definitionsBegunAt(initial: fc.Arbitrary<bigint>) {
  const buckets = bucketsWith(threeChecks, costRules, initial);
  const ownSize = bucketsWith(post, costRules, initial);
  const isAware = fc.boolean();
  return {
    bucket: fc.record({ kind: fc.constant("bucket"), bucket: buckets }),
    turner: fc
      .tuple(ownSize, fc.bigInt(1n, 4n))
      .map(([own, factor]) => ({ kind: "turner", bucket: own, cap: depthTimes(own, factor) }) as const),
    "event-counter": fc.tuple(ownSize, fc.bigInt(1n, 3n), kept).map(
      ([own, factor, sixths]) =>
        ({
          kind: "event-counter",
          bucket: own,
          cap: depthTimes(own, factor),
          clear: depthTimes(own, sixths, 6n),
        }) as const,
    ),
    srtcm: fc.record({
      kind: fc.constant("srtcm"),
      committed: buckets,
      excess: buckets.map((excess) => bucket(ZERO, excess.depth, { ...excess, ratePerSec: ZERO })),
      isAware,
    }),
    trtcm: fc.record({ kind: fc.constant("trtcm"), peak: buckets, committed: buckets, isAware }),
    "trtcm-4115": fc.record({ kind: fc.constant("trtcm-4115"), committed: buckets, excess: buckets, isAware }),
    mef: fc.record({
      kind: fc.constant("mef"),
      committed: buckets,
      excess: buckets,
      isCoupled: fc.boolean(),
      isAware,
    }),
    dual: fc.record({
      kind: fc.constant("dual"),
      peak: buckets,
      sustained: buckets,
      mode: fc.constantFrom("coordinated", "sequential", "independent"),
      tags: fc.boolean(),
    }),
    "borrow-node": fc.record({ kind: fc.constant("borrow-node"), bucket: ownSize, ceiling: ownSize }),
    multi: fc.record({ kind: fc.constant("multi"), buckets: fc.array(buckets, { minLength: 1, maxLength: 5 }) }),
  } satisfies Record<string, fc.Arbitrary<MeterDefinition>>;
}

/** Definitions by kind, whose new flows may begin at a level above 0. */
export const DEFINITIONS = definitionsBegunAt(fresh);
/** Definitions by kind, whose new flows are drained. */
export const DRAINED_DEFINITIONS = definitionsBegunAt(fc.constant(0n));

/** Classes that share a rate by weight, each with a depth of its own. */
export const weightedPolicies = fc
  .record({
    shared: ratePerSec,
    weights: fc.array(fc.bigInt(1n, 6n), { minLength: 1, maxLength: 4 }),
    own: fc.array(drainedBuckets, { minLength: 4, maxLength: 4 }),
  })
  .map(({ shared, weights, own }) => {
    const entries = weights.map((weight, index) => {
      const definition = { kind: "weighted", group: 3, weight, groupWeights: weights } as const;
      return entry(index + 1, { ...definition, bucket: { ...own[index]!, ratePerSec: shared } });
    });
    const scale = entries.reduce((steps, { policy }) => lcm(steps, scaleOf(policy)), 1n);
    const classes = entries.map((path) => classOf({ ...path, policy: withScale(path.policy, scale) }));
    return classPolicy("all-or-none", classes);
  });

function pathOf(nodes: readonly MeterDefinition[]): PacketClass[] {
  return [classOf(...nodes.map((node, index) => entry(index + 1, node)))];
}

const { bucket: oneBucket, mef, trtcm, srtcm, multi } = DRAINED_DEFINITIONS;
const NODES_MAX = { minLength: 2, maxLength: 4 };

/** Paths of several nodes, under each mode. */
export const treePolicies = fc.oneof(
  fc
    .tuple(
      fc.constantFrom<ChargeMode>("all-or-none", "series"),
      fc.array(fc.oneof<fc.Arbitrary<MeterDefinition>[]>(oneBucket, mef, trtcm, srtcm, multi), NODES_MAX),
    )
    .map(([charge, nodes]) => classPolicy(charge, pathOf(nodes))),
  fc
    .array(
      fc.oneof<fc.Arbitrary<MeterDefinition>[]>(
        drainedBuckets.map((own) => ({ kind: "bucket", bucket: own })),
        DRAINED_DEFINITIONS["borrow-node"],
      ),
      NODES_MAX,
    )
    .map((nodes) => classPolicy("borrow", pathOf(nodes))),
);

/** Packets a few nanoseconds apart, sometimes too late, of a few flows and classes, in all colors. */
export function tracesOf(packetsMax: number): fc.Arbitrary<Packet[]> {
  const step = fc.record({
    gapNs: fc.constantFrom(0n, 0n, 1n, 2n, 3n, 7n, 20n, -2n),
    length: fc.oneof(fc.nat(6), fc.nat(6), fc.nat(20)),
    colorIn: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
    key: fc.constantFrom(1n, 1n, 2n),
    class: fc.nat(4),
  });
  return fc.array(step, { minLength: 1, maxLength: packetsMax, size: "max" }).map((steps) => {
    let timeNs = 1000n;
    return steps.map(({ gapNs, ...packet }) => {
      timeNs += gapNs;
      return { ...packet, timeNs, nodeKeys: [packet.key, 9n, 9n] };
    });
  });
}

/** Level steps a unit with which rate a ns, depth and threshold are whole. */
function scaleOf({ profiles }: CompiledPolicy): bigint {
  return profiles[0]!.buckets[0].levelPerUnit;
}

function withScale(policy: CompiledPolicy, levelPerUnit: bigint): CompiledPolicy {
  const [profile] = policy.profiles;
  if (profile?.kernel !== "two-buckets") throw new RangeError("not made by policyOf");
  const [first, second] = profile.buckets;
  return { ...policy, profiles: [{ ...profile, buckets: [{ ...first, levelPerUnit }, second] }] };
}

function profileStub({ ratePerSec: rate, depth, threshold, initialLevel, costRule: rule }: BucketDefinition) {
  const dens = [divide(rate, fraction(SECOND)), depth, threshold, initialLevel].map(({ den }) => den);
  const none = { drainPerNs: 0n, depthLevel: 0n, testLevel: 0n, unitsMax: 0n, drainedAfterNs: 0n, initialLevel: 0n };
  return { ...none, testsOwnCost: true, levelPerUnit: dens.reduce(lcm, 1n), costRule: rule };
}

function lcm(a: bigint, b: bigint): bigint {
  return (a / greatestCommonDivisor(a, b)) * b;
}

function asFraction(value: bigint | Fraction): Fraction {
  return typeof value === "bigint" ? fraction(value) : value;
}
