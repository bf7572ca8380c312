// Goal: meters that are the same by their definitions give the same columns, although each is written from its own.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { offer, type BucketState } from "../src/reference/bucket.ts";
import { Gcra } from "../src/reference/gcra.ts";
import { ZERO } from "../src/reference/rational.ts";
import { TokenBucket } from "../src/reference/tokenbucket.ts";
import type { MeterDefinition } from "../src/types.ts";
import { classOf, classPolicy, DEFINITIONS, entry, meter, policyOf, rfcBuckets, tracesOf } from "./support/twin.ts";

const SEEDED = { numRuns: 300, seed: 20_260_303 };
const pairs = fc.tuple(rfcBuckets, rfcBuckets, fc.boolean());

type Pair = typeof pairs extends fc.Arbitrary<infer T> ? T : never;

const IDENTITIES: readonly (readonly [string, (pair: Pair) => readonly [MeterDefinition, MeterDefinition]])[] = [
  [
    "srtcm = mef, coupled, with excess rate 0",
    ([committed, other, isAware]) => {
      const excess = { ...other, ratePerSec: ZERO };
      const rest = { committed, excess, isAware };
      return [
        { kind: "srtcm", ...rest },
        { kind: "mef", isCoupled: true, ...rest },
      ];
    },
  ],
  [
    "trtcm-4115 = mef, not coupled",
    ([committed, excess, isAware]) => {
      const rest = { committed, excess, isAware };
      return [
        { kind: "trtcm-4115", ...rest },
        { kind: "mef", isCoupled: false, ...rest },
      ];
    },
  ],
  [
    "color-blind trtcm = dual, coordinated, with tags",
    ([first, second]) => [
      { kind: "trtcm", peak: first, committed: second, isAware: false },
      { kind: "dual", peak: first, sustained: second, mode: "coordinated", tags: true },
    ],
  ],
  [
    "dual, coordinated = multi of two",
    ([first, second]) => [
      { kind: "dual", peak: first, sustained: second, mode: "coordinated", tags: false },
      { kind: "multi", buckets: [first, second] },
    ],
  ],
  [
    "multi of one = one bucket",
    ([first]) => [
      { kind: "multi", buckets: [first] },
      { kind: "bucket", bucket: first },
    ],
  ],
  [
    "dual, independent, of a bucket with itself = multi of it twice",
    ([first]) => [
      { kind: "dual", peak: first, sustained: first, mode: "independent", tags: false },
      { kind: "multi", buckets: [first, first] },
    ],
  ],
];

describe("identities", () => {
  test.each(IDENTITIES)("%s", (_, make) => {
    fc.assert(
      fc.property(pairs, tracesOf(60), (pair, packets) => {
        const [left, right] = make(pair);
        expect(meter(policyOf(left), packets)).toEqual(meter(policyOf(right), packets));
      }),
      SEEDED,
    );
  });
});

test("E1: the level, the theoretical arrival time and the tokens give the same verdicts with every check", () => {
  const withRate = DEFINITIONS.bucket.filter(({ bucket: { ratePerSec } }) => ratePerSec.num > 0n);
  fc.assert(
    fc.property(withRate, tracesOf(60), ({ bucket }, packets) => {
      const gcra = new Gcra(bucket);
      const tokens = new TokenBucket(bucket);
      let state: BucketState = { level: bucket.initialLevel, lastNs: packets[0]!.timeNs };
      for (const { timeNs, length } of packets) {
        const nowNs = timeNs > state.lastNs ? timeNs : state.lastNs;
        const { conforms, next } = offer(bucket, state, nowNs, BigInt(length));
        state = next;
        expect([gcra.offer(nowNs, BigInt(length)), tokens.offer(nowNs, BigInt(length))]).toEqual([conforms, conforms]);
      }
    }),
    SEEDED,
  );
});

describe("a path of buckets for one key", () => {
  const path = fc.tuple(DEFINITIONS.bucket, DEFINITIONS.bucket);
  const ofOneKey = tracesOf(60).map((packets) =>
    packets.map((packet) => ({ ...packet, key: 1n, nodeKeys: [1n], class: 0 })),
  );

  test.each([
    ["all-or-none", "coordinated"],
    ["series", "sequential"],
  ] as const)("%s = dual, %s", (charge, mode) => {
    fc.assert(
      fc.property(path, ofOneKey, ([leaf, root], packets) => {
        const ofPath = meter(classPolicy(charge, [classOf(entry(1, leaf), entry(2, root))]), packets);
        const rest = { mode, tags: false } as const;
        const dual = meter(policyOf({ kind: "dual", peak: leaf.bucket, sustained: root.bucket, ...rest }), packets);
        expect([ofPath.colors, ofPath.delays]).toEqual([dual.colors, dual.delays]);
        expect(ofPath.levels.map(([first]) => first)).toEqual(dual.levels.map(([first]) => first));
      }),
      SEEDED,
    );
  });
});
