// Goal: paths of nodes color, charge, lend and refuse as defined, and the theorems of trees hold on the twin.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { offer, type BucketState } from "../src/reference/bucket.ts";
import { fraction, ZERO } from "../src/reference/rational.ts";
import { REASON_BUCKET, REASON_COLOR_IN, REASON_NONE, REASON_OVERSIZE } from "../src/reference/reason.ts";
import type { BucketDefinition, ChargeMode, ClassPolicy, MeterDefinition } from "../src/types.ts";
import type { Packet } from "./support/run.ts";
import { at, bucket, classOf, classPolicy, entry, meter, SECOND, tracesOf, twin } from "./support/twin.ts";

const SEEDED = { numRuns: 300, seed: 20_260_505 };
const NEVER = 2n ** 64n - 1n;

function one(own: BucketDefinition): MeterDefinition {
  return { kind: "bucket", bucket: own };
}

/** The packets as the meter's clock sees them. */
function clocked(packets: readonly Packet[]): Packet[] {
  let nowNs = 0n;
  return packets.map((packet) => {
    if (packet.timeNs > nowNs) nowNs = packet.timeNs;
    return { ...packet, timeNs: nowNs };
  });
}

/** Whether these packets are all within one bucket. */
function areWithin(own: BucketDefinition, packets: readonly Packet[]): boolean {
  let state: BucketState = { level: ZERO, lastNs: 0n };
  return packets.every(({ timeNs, length }) => {
    const { conforms, next } = offer(own, state, timeNs, BigInt(length));
    state = next;
    return conforms;
  });
}

/** Nothing drains. */
function mef(cbs: bigint, ebs: bigint, isAware: boolean): MeterDefinition {
  const [committed, excess] = [bucket(0n, cbs), bucket(0n, ebs)];
  return { kind: "mef", committed, excess, isCoupled: false, isAware };
}

/** One class with these nodes, leaf first. */
function ofPath(charge: ChargeMode, ...nodes: MeterDefinition[]): ClassPolicy {
  return classPolicy(charge, [classOf(...nodes.map((node, index) => entry(index + 1, node)))]);
}

describe("by hand", () => {
  test("each node sees the color of the one below; the worst is the packet's, with the first such node's reason", () => {
    // The root gives an aware node's yellow packets what excess it has, and a blind node's all it has.
    for (const [isAware, colors, yellowLeft] of [
      [true, [0, 1, 2], 0n],
      [false, [0, 1, 1], 8n],
    ] as const) {
      const policy = ofPath("all-or-none", mef(4n, 12n, true), mef(12n, 4n, isAware));
      const { colors: given, reasons, levels } = meter(policy, at([0n, 0n, 0n], 4));
      expect(given).toEqual(colors);
      // The first slot is the leaf's; the second packet is yellow because of the leaf's committed bucket.
      expect(reasons).toEqual([REASON_NONE, REASON_BUCKET, isAware ? REASON_BUCKET + 3 : REASON_BUCKET]);
      expect(levels.at(-1)).toEqual([4n, isAware ? 4n : yellowLeft]);
    }
  });

  test("a packet that arrived yellow is yellow for that reason, one that no node can take is oversize", () => {
    const policy = ofPath("all-or-none", mef(4n, 8n, true), one(bucket(SECOND, 6n)));
    const packets = [
      { timeNs: 0n, length: 4, colorIn: 1, key: 1n },
      { timeNs: 0n, length: 1, colorIn: 2, key: 1n },
      { timeNs: 0n, length: 7, colorIn: 0, key: 1n },
      { timeNs: 0n, length: 4, colorIn: 0, key: 1n },
    ];
    const { colors, reasons, delays, stats } = meter(policy, packets);
    expect(colors).toEqual([1, 2, 2, 2]);
    expect(reasons).toEqual([REASON_COLOR_IN, REASON_COLOR_IN, REASON_OVERSIZE, REASON_BUCKET + 2]);
    expect(delays).toEqual([0n, NEVER, NEVER, 2n]);
    expect(stats.oversize).toEqual({ packets: 1n, bytes: 7n });
  });

  test("slots are numbered along the path, two buckets each", () => {
    const three = [9n, 9n, 9n].map((depth) => bucket(0n, depth));
    const policy = ofPath("all-or-none", { kind: "multi", buckets: three }, one(bucket(0n, 5n)));
    expect(meter(policy, at([0n, 0n], 4)).reasons).toEqual([REASON_NONE, REASON_BUCKET + 4]);
    const third = { kind: "multi", buckets: [...three.slice(1), bucket(0n, 5n)] } as const;
    expect(meter(ofPath("all-or-none", third), at([0n, 0n], 4)).reasons).toEqual([REASON_NONE, REASON_BUCKET + 2]);
  });

  test("borrowing: the leaf's own, then what the parent lends up to its threshold and the leaf's ceiling allows", () => {
    const leaf = bucket(SECOND, 4n);
    const parent = bucket(SECOND, 12n, { threshold: fraction(8n) });
    const ceiling = bucket(2n * SECOND, 10n, { threshold: fraction(6n) });
    const packets = at([0n, 0n, 0n, 0n, 1n, 2n], 2);
    const free = meter(ofPath("borrow", one(leaf), one(parent)), packets);
    expect(free.colors).toEqual([0, 0, 0, 0, 2, 0]);
    // At 1 ns the leaf has 3 + 2 and the parent 7 + 2: a nanosecond more does for either.
    expect(free.delays).toEqual([0n, 0n, 0n, 0n, 1n, 0n]);
    expect(free.reasons[4]).toBe(REASON_BUCKET);
    const capped = meter(ofPath("borrow", { kind: "borrow-node", bucket: leaf, ceiling }, one(parent)), packets);
    expect(capped.colors).toEqual([0, 0, 0, 2, 0, 0]);
    expect(capped.levels).toEqual([
      [2n, 2n],
      [4n, 4n],
      [4n, 6n],
      [4n, 6n],
      [3n, 6n],
      [4n, 6n],
    ]);
  });
});

/** Keys of three nodes, each shared by more flows than the one before. */
function treeKeys({ key }: Packet): bigint[] {
  return [key, key / 2n, 0n];
}

function classOfThree(packet: Packet): number {
  return Math.min(packet.class ?? 0, 2);
}

/** The least bucket above these that may lend up to a level and keep what theorem E8 asks for. */
function lender(below: readonly BucketDefinition[], extraPerNs: bigint, lent: bigint): BucketDefinition {
  const perSec = below.reduce((total, { ratePerSec }) => total + ratePerSec.num, extraPerNs * SECOND);
  const depth = below.reduce((total, { depth: { num } }) => total + num, lent);
  return bucket(perSec, depth, { threshold: fraction(lent) });
}

describe("theorems", () => {
  const depths = fc.tuple(fc.bigInt(0n, 12n), fc.bigInt(0n, 16n), fc.bigInt(0n, 24n));
  const rates = fc.tuple(fc.bigInt(0n, 3n), fc.bigInt(0n, 3n), fc.bigInt(0n, 5n));

  test("E7: all or none keeps every node's contract, and the order of the nodes is immaterial", () => {
    fc.assert(
      fc.property(rates, depths, tracesOf(60), (perNs, held, packets) => {
        const nodes = held.map((depth, index) => bucket((perNs[index]! * SECOND) / 2n, depth));
        const entries = nodes.map((node, index) => entry(index + 1, one(node)));
        const run = (order: readonly number[]): number[] => {
          const path = classOf(...order.map((index) => entries[index]!));
          const keyed = packets.map((packet) => {
            const [key, ...nodeKeys] = order.map((index) => treeKeys(packet)[index]!);
            return { ...packet, key: key!, nodeKeys };
          });
          return meter(classPolicy("all-or-none", [path]), keyed).colors;
        };
        const colors = run([0, 1, 2]);
        expect(run([2, 0, 1])).toEqual(colors);
        const admitted = clocked(packets).filter((_, index) => colors[index] === 0);
        for (const [index, node] of nodes.entries()) {
          for (const key of [0n, 1n, 2n]) {
            expect(
              areWithin(
                node,
                admitted.filter((packet) => treeKeys(packet)[index] === key),
              ),
            ).toBe(true);
          }
        }
      }),
      SEEDED,
    );
  });

  test("E8: what is within a leaf's own contract is never refused, and no node lends above its own or a ceiling", () => {
    const seen = { borrowed: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.bigInt(0n, 2n), fc.bigInt(1n, 12n)), { minLength: 3, maxLength: 3 }),
        fc.tuple(fc.bigInt(0n, 3n), fc.bigInt(0n, 9n), fc.bigInt(0n, 9n)),
        tracesOf(60),
        (leaves, [spare, lentByMiddle, lentByRoot], packets) => {
          const [first, second, third] = leaves.map(([perNs, depth]) => bucket(perNs * SECOND, depth));
          const middle = lender([first!, second!], spare, lentByMiddle);
          const root = lender([middle, third!], 0n, lentByRoot);
          const ceiling = bucket(4n * SECOND, 20n, { threshold: fraction(20n - first!.depth.num) });
          const [top, inner] = [entry(9, one(root)), entry(8, one(middle))];
          const policy = classPolicy("borrow", [
            classOf(entry(1, { kind: "borrow-node", bucket: first!, ceiling }), inner, top),
            classOf(entry(2, one(second!)), inner, top),
            classOf(entry(3, one(third!)), top),
          ]);
          const trace = packets.map((packet) => ({ ...packet, key: 1n, nodeKeys: [7n, 7n] }));
          const { colors } = meter(policy, trace);
          const own: BucketState[] = leaves.map(() => ({ level: ZERO, lastNs: 0n }));
          const admitted = clocked(trace).filter((packet, index) => {
            const leaf = classOfThree(packet);
            const offered = offer([first!, second!, third!][leaf]!, own[leaf]!, packet.timeNs, BigInt(packet.length));
            own[leaf] = offered.next;
            // What is refused by the leaf's own bucket, charged with what is within it alone, may be borrowed.
            if (offered.conforms) expect(colors[index]).toBe(0);
            else if (colors[index] === 0) seen.borrowed += 1;
            else seen.refused += 1;
            return colors[index] === 0;
          });
          const ofFirst = admitted.filter((packet) => classOfThree(packet) === 0);
          expect(areWithin({ ...root, threshold: root.depth }, admitted)).toBe(true);
          expect(areWithin({ ...ceiling, threshold: ceiling.depth }, ofFirst)).toBe(true);
        },
      ),
      SEEDED,
    );
    expect(Math.min(seen.borrowed, seen.refused)).toBeGreaterThan(1000);
  });

  test("E9: classes of one bucket are protected from those with lower thresholds", () => {
    let kept = 0;
    fc.assert(
      fc.property(
        fc.bigInt(0n, 3n),
        fc.tuple(fc.bigInt(0n, 9n), fc.bigInt(0n, 9n)),
        tracesOf(60),
        (rate, steps, packets) => {
          const [low, between] = steps;
          const shared = bucket(rate * SECOND, low + between + 6n);
          const thresholds = [shared.depth, fraction(low + between), fraction(low)];
          const classes = thresholds.map((threshold) => classOf(entry(4, one({ ...shared, threshold }))));
          // Class 0 sends only what is within the rate and the depth less the next class's threshold.
          const own = bucket(rate * SECOND, 6n);
          let state: BucketState = { level: ZERO, lastNs: 0n };
          const trace = clocked(packets)
            .map(({ timeNs, length, class: index }) => ({ timeNs, length, key: 1n, class: (index ?? 0) % 3 }))
            .filter((packet) => {
              if (packet.class !== 0) return true;
              const { conforms, next } = offer(own, state, packet.timeNs, BigInt(packet.length));
              state = next;
              return conforms;
            });
          const { colors } = meter(classPolicy("all-or-none", classes), trace);
          for (const [index, packet] of trace.entries()) {
            if (packet.class !== 0) continue;
            expect(colors[index]).toBe(0);
            kept += 1;
          }
        },
      ),
      SEEDED,
    );
    expect(kept).toBeGreaterThan(1000);
  });
});

test("a borrowing tree refuses nodes that cannot lend", () => {
  const turner = { kind: "turner", bucket: bucket(0n, 4n), cap: fraction(4n) } as const;
  const policy = classPolicy("borrow", [classOf(entry(1, turner), entry(2, one(bucket(0n, 4n))))]);
  expect(() => meter(policy, at([0n], 1))).toThrow(RangeError);
  expect(twin(policy).stats().flows).toBe(0);
});
