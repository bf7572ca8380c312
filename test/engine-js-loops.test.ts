// Goal: every loop of the pure-JS engine is exact up to its bound, and hands over to the next one there.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createColumns } from "../src/engine-js/columns.ts";
import { loopOf } from "../src/engine-js/loops.ts";
import { createJsEngine } from "../src/engine-js/meter.ts";
import { Tally } from "../src/engine-js/tally.ts";
import { add, fraction, multiply, ZERO } from "../src/reference/rational.ts";
import { createReferenceEngine } from "../src/reference/meter.ts";
import type { BucketDefinition, ClassPolicy, CompiledPolicy, MeterDefinition, Policy } from "../src/types.ts";
import { engineOptions } from "./support/engines.ts";
import { compiledFromDefinition } from "./support/profile.ts";
import { runPackets, type Outcome, type Packet } from "./support/run.ts";

const SEEDED = { numRuns: 400, seed: 20_260_606 };
const GIGA = 1_000_000_000n;
const NO_RULE = { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 } as const;

/** Which loop a policy of one meter gets; "exact" is BigInt. */
function loopName(policy: Policy): string {
  const options = engineOptions(policy);
  return loopOf(options, createColumns(options), new Tally())?.kernel.constructor.name ?? "exact";
}

/** The same meter as the only class of a policy: it runs on BigInt, whatever its numbers. */
function asClass(policy: CompiledPolicy): ClassPolicy {
  const entry = { nodeId: 0, name: "leaf", keying: { by: "5-tuple" }, policy } as const;
  const classes = [{ name: "all", action: "meter", path: [entry] }] as const;
  return { meter: "classes", length: "frame", charge: "all-or-none", classes, matches: [], warnings: [] };
}

function outcomesOf(policy: Policy, packets: readonly Packet[], cuts: readonly number[]) {
  const options = engineOptions(policy, { levels: true, records: true });
  const engine = createJsEngine(options);
  return { outcome: runPackets(engine, packets, cuts), flows: [...engine.flows()] };
}

/** Level steps a unit are 2^bits, and the depth is some eighths of 2^53 level steps. */
interface Size {
  readonly bits: bigint;
  readonly eighths: bigint;
  readonly drain: bigint;
  readonly isPre: boolean;
}

const sizes: fc.Arbitrary<Size> = fc.record({
  bits: fc.bigInt(23n, 40n),
  eighths: fc.oneof(fc.bigInt(1n, 2n), fc.bigInt(1n, 9n)),
  drain: fc.bigInt(0n, 500n).map((value) => 2n * value + 1n),
  isPre: fc.constantFrom(false, false, true),
});

function bucketOf({ bits, eighths, drain, isPre }: Size): BucketDefinition {
  const depth = fraction(eighths * 2n ** 50n, 2n ** bits);
  const ratePerSec = fraction(drain * GIGA, 2n ** bits);
  const check = isPre && bits < 29n ? "pre" : "post";
  return { check, ratePerSec, depth, threshold: depth, initialLevel: ZERO, costRule: NO_RULE };
}

const KINDS: Readonly<Record<string, (first: BucketDefinition, second: BucketDefinition) => MeterDefinition>> = {
  bucket: (bucket) => ({ kind: "bucket", bucket }),
  turner: (bucket) => ({
    kind: "turner",
    bucket: { ...bucket, check: "post" },
    cap: multiply(bucket.depth, fraction(2n)),
  }),
  "event-counter": (bucket) => {
    const clear = multiply(bucket.depth, fraction(1n, 4n));
    return { kind: "event-counter", bucket: { ...bucket, check: "post" }, cap: bucket.depth, clear };
  },
  trtcm: (peak, committed) => ({ kind: "trtcm", peak, committed, isAware: true }),
  "srtcm, coupled": (committed, excess) => {
    return { kind: "srtcm", committed, excess: { ...excess, ratePerSec: ZERO }, isAware: true };
  },
  "mef, coupled": (committed, excess) => ({ kind: "mef", committed, excess, isCoupled: true, isAware: false }),
  "dual, independent": (peak, sustained) => ({ kind: "dual", peak, sustained, mode: "independent", tags: false }),
};

/** Parts of the depth and of the time it drains in, in sixteenths, and a little beside them. */
const moves = fc.array(
  fc.record({
    length: fc.bigInt(0n, 17n),
    gap: fc.oneof({ weight: 9, arbitrary: fc.bigInt(0n, 5n) }, { weight: 1, arbitrary: fc.bigInt(0n, 40n) }),
    beside: fc.bigInt(-1n, 1n),
    isFar: fc.nat(60).map((value) => value === 0),
    colorIn: fc.constantFrom(0, 0, 0, 1, 2),
    key: fc.bigInt(0n, 1n),
  }),
  { minLength: 1, maxLength: 60, size: "max" },
);
type Moves = typeof moves extends fc.Arbitrary<infer T> ? T : never;

function packetsOf({ bits, eighths, drain }: Size, steps: Moves): Packet[] {
  const levelMax = eighths * 2n ** 50n;
  let timeNs = 0n;
  return steps.map(({ length, gap, beside, isFar, colorIn, key }) => {
    timeNs += isFar ? 2n ** 60n : (levelMax * gap) / (16n * drain) + (gap > 0n ? beside : 0n);
    const lengthBytes = (length * levelMax) / (16n * 2n ** bits) + beside;
    const longest = 2n ** 32n - 1n;
    const clamped = lengthBytes < 0n ? 0n : lengthBytes > longest ? longest : lengthBytes;
    return { timeNs, length: Number(clamped), key, colorIn };
  });
}

describe.each(Object.entries(KINDS))("%s around 2^53", (_, definitionOf) => {
  test("equals the definition, in floating point, in words or on BigInt", () => {
    const loops = new Map<string, number>();
    fc.assert(
      fc.property(sizes, sizes, moves, fc.constantFrom(1, 7, 4096), (first, second, steps, cut) => {
        const definition = definitionOf(bucketOf(first), bucketOf({ ...second, bits: first.bits }));
        const policy = compiledFromDefinition(definition);
        const name = loopName(policy);
        loops.set(name, (loops.get(name) ?? 0) + 1);
        const packets = packetsOf(first, steps);
        const { outcome, flows } = outcomesOf(policy, packets, [cut]);
        const options = engineOptions(policy, { levels: true, records: true });
        const reference = createReferenceEngine(options);
        expectSame(outcome, runPackets(reference, packets));
        expect(flows).toEqual([...reference.flows()]);
        const exact = outcomesOf(asClass(policy), packets, [cut]);
        expectSame(exact.outcome, outcome);
        expect(exact.flows).toEqual(flows);
      }),
      SEEDED,
    );
    expect(loops.size).toBe(2);
    for (const runs of loops.values()) expect(runs).toBeGreaterThan(50);
  });
});

function expectSame(actual: Outcome, expected: Outcome): void {
  expect(actual.colors).toEqual(expected.colors);
  expect(actual).toEqual(expected);
}

describe("the loop is chosen by the numbers", () => {
  const small: BucketDefinition = bucketOf({ bits: 23n, eighths: 1n, drain: 1n, isPre: false });
  const large: BucketDefinition = { ...small, depth: fraction(2n ** 38n), threshold: fraction(2n ** 38n) };
  const rows: readonly (readonly [string, MeterDefinition, string])[] = [
    ["one bucket", { kind: "bucket", bucket: small }, "NarrowKernel"],
    ["one deep bucket", { kind: "bucket", bucket: large }, "WideKernel"],
    ["a multi of one", { kind: "multi", buckets: [small] }, "NarrowKernel"],
    ["a multi of two", { kind: "multi", buckets: [small, small] }, "NarrowPairKernel"],
    ["a multi of three", { kind: "multi", buckets: [small, small, small] }, "exact"],
    ["two buckets, one of them deep", { kind: "trtcm", peak: large, committed: small, isAware: false }, "exact"],
    ["a counter", { kind: "turner", bucket: small, cap: small.depth }, "NarrowCounterKernel"],
    ["a counter up to a high cap", { kind: "turner", bucket: small, cap: fraction(2n ** 39n) }, "exact"],
    ["weights", { kind: "weighted", bucket: small, group: 0, weight: 1n, groupWeights: [1n] }, "exact"],
  ];

  test.each(rows)("%s", (_, definition, name) => {
    expect(loopName(compiledFromDefinition(definition))).toBe(name);
  });

  test("two buckets that fit apart do not fit coupled when their sum does not", () => {
    const half: BucketDefinition = bucketOf({ bits: 23n, eighths: 3n, drain: 1n, isPre: false });
    for (const [isCoupled, name] of [
      [false, "NarrowPairKernel"],
      [true, "exact"],
    ] as const) {
      const definition = { kind: "mef", committed: half, excess: half, isCoupled, isAware: false } as const;
      expect(loopName(compiledFromDefinition(definition))).toBe(name);
    }
  });
});

test("a flow that begins above level 0 begins so in every loop, and is never dropped", () => {
  const parts = fraction(1n, 3n);
  for (const depth of [fraction(900n), fraction(90_000n)]) {
    const bucket: BucketDefinition = {
      check: "post",
      ratePerSec: add(fraction(GIGA), fraction(1n, 1024n)),
      depth,
      threshold: depth,
      initialLevel: multiply(depth, parts),
      costRule: NO_RULE,
    };
    const kinds: readonly MeterDefinition[] = [
      { kind: "bucket", bucket },
      { kind: "trtcm", peak: bucket, committed: bucket, isAware: false },
      { kind: "turner", bucket, cap: depth },
    ];
    for (const definition of kinds) {
      const policy = compiledFromDefinition(definition);
      const packets = [1n, 2n, 3n, 1n].map((key, index) => ({
        timeNs: 5n + BigInt(index) * 2n ** 50n,
        length: 0,
        key,
      }));
      for (const run of [policy, asClass(policy)]) {
        const options = engineOptions(run, { levels: true, maxFlows: 2 });
        const outcome = runPackets(createJsEngine(options), packets);
        expectSame(outcome, runPackets(createReferenceEngine(options), packets));
        expect(outcome.colors).toEqual([0, 0, 2, 0]);
        const [begun] = policy.profiles[0]!.buckets;
        expect(outcome.levels.map(([level]) => level)).toEqual([begun.initialLevel, begun.initialLevel, 0n, 0n]);
        expect(outcome.stats.untracked.packets).toBe(1n);
      }
    }
  }
});
