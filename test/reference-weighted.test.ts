// Goal: shares in whole ticks stay within the stated bound of the exact fluid, and keep its guarantees exactly.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filled, levelAt, type BucketState } from "../src/reference/bucket.ts";
import { FluidGroup } from "../src/reference/fluid.ts";
import type { Packet } from "../src/reference/flowmeter.ts";
import {
  add,
  atMost,
  divide,
  fraction,
  isBelow,
  multiply,
  subtract,
  sum,
  ZERO,
  type Fraction,
} from "../src/reference/rational.ts";
import { createWeighted, WeightedGroup, type Share } from "../src/reference/weighted.ts";
import type { BucketDefinition } from "../src/types.ts";
import { bucket, classOf, classPolicy, entry, meter, SECOND } from "./support/twin.ts";

const SEEDED = { numRuns: 300, seed: 20_260_404 };

interface Offer {
  readonly flow: number;
  readonly units: bigint;
  readonly nowNs: bigint;
}

/** A group of a few flows that drain a few units a nanosecond, and packets between which work does not divide. */
const groups = fc
  .record({
    num: fc.bigInt(1n, 12n),
    den: fc.bigInt(1n, 7n),
    weights: fc.array(fc.bigInt(1n, 7n), { minLength: 2, maxLength: 5 }),
    depths: fc.array(fc.bigInt(1n, 40n), { minLength: 5, maxLength: 5 }),
    steps: fc.array(fc.tuple(fc.nat(4), fc.bigInt(0n, 9n), fc.constantFrom(0n, 0n, 1n, 1n, 2n, 5n, 30n)), {
      maxLength: 60,
      size: "max",
    }),
  })
  .map(({ num, den, weights, depths, steps }) => {
    let nowNs = 5n;
    const offers = steps.map(([flow, units, gapNs]): Offer => {
      nowNs += gapNs;
      return { flow: flow % weights.length, units, nowNs };
    });
    return { ratePerSec: fraction(num * SECOND, den), weights, depths, offers, levelPerUnit: den };
  });
type Group = typeof groups extends fc.Arbitrary<infer T> ? T : never;

/** The group by whole ticks, with one meter and one share a flow. */
class Ticking {
  readonly group: WeightedGroup;
  readonly buckets: readonly BucketDefinition[];
  readonly #weights: readonly bigint[];
  readonly #meters;
  readonly #shares: Share[];

  constructor({ ratePerSec, weights, depths, levelPerUnit }: Group) {
    this.group = new WeightedGroup(ratePerSec, weights, levelPerUnit);
    this.#weights = weights;
    this.buckets = weights.map((_, flow) => bucket(ratePerSec, depths[flow]!));
    this.#meters = weights.map((weight, flow) => {
      const definition = { kind: "weighted", group: 0, weight, groupWeights: weights } as const;
      return createWeighted({ ...definition, bucket: this.buckets[flow]! }, this.group);
    });
    this.#shares = this.#meters.map((own) => own.fresh(0n));
  }

  admits({ flow, units, nowNs }: Offer): boolean {
    return this.#meters[flow]!.offer(this.#shares[flow]!, packetOf(units), nowNs).color === 0;
  }

  levels(nowNs: bigint): Fraction[] {
    return this.#meters.map((own, flow) => own.levels(this.#shares[flow]!, nowNs)[0]!);
  }

  /** Sum of the weights of the flows that are active now. */
  activeWeight(nowNs: bigint): bigint {
    return this.levels(nowNs).reduce((total, { num }, flow) => (num > 0n ? total + this.#weights[flow]! : total), 0n);
  }
}

function packetOf(units: bigint): Packet {
  return { lengthBytes: Number(units), colorIn: 0 };
}

function distance(a: Fraction, b: Fraction): Fraction {
  return isBelow(a, b) ? subtract(b, a) : subtract(a, b);
}

describe("a shared rate", () => {
  test("E10: levels and verdicts are those of the fluid within the bound, whose sum over flows is exact", () => {
    const seen = { apart: 0, refused: 0 };
    fc.assert(
      fc.property(groups, (given) => {
        const ticking = new Ticking(given);
        const fluid = new FluidGroup<number>(given.ratePerSec);
        const whole = bucket(given.ratePerSec, 0n);
        let total: BucketState = { level: ZERO, lastNs: 0n };
        // Sum of w W / (w + W) over the joins since the group was last idle, in ticks times weight.
        let shifted = ZERO;
        for (const offered of given.offers) {
          const { flow, units, nowNs } = offered;
          fluid.advance(nowNs);
          const before = ticking.levels(nowNs);
          const weight = given.weights[flow]!;
          const activeWeight = ticking.activeWeight(nowNs);
          if (activeWeight === 0n) shifted = ZERO;

          const work = (amount: Fraction): Fraction => divide(amount, fraction(ticking.group.workPerUnit));
          const bounds = given.weights.map((own) => work(add(shifted, fraction(own))));
          for (const [index, level] of before.entries()) {
            const apart = distance(level, fluid.levelOf(index));
            expect(apart.num === 0n || isBelow(apart, bounds[index]!)).toBe(true);
            if (apart.num > 0n) seen.apart += 1;
          }

          const surplus = subtract(sum(before), levelAt(whole, total, nowNs));
          expect(surplus.num >= 0n && isBelow(surplus, work(fraction(activeWeight === 0n ? 1n : activeWeight)))).toBe(
            true,
          );

          const room = subtract(ticking.buckets[flow]!.depth, fraction(units));
          const admits = ticking.admits(offered);
          if (admits !== atMost(fluid.levelOf(flow), room)) {
            expect(isBelow(distance(fluid.levelOf(flow), room), bounds[flow]!)).toBe(true);
          }
          if (!admits) {
            seen.refused += 1;
            continue;
          }
          if (units > 0n && before[flow]!.num === 0n) {
            shifted = add(shifted, fraction(weight * activeWeight, weight + activeWeight));
          }
          fluid.charge(flow, weight, units);
          total = filled(whole, total, packetOf(units), nowNs);
        }
      }),
      SEEDED,
    );
    expect(Math.min(seen.apart, seen.refused)).toBeGreaterThan(1000);
  });

  test("a flow within its part of the rate by weight and its own depth is never refused", () => {
    let kept = 0;
    fc.assert(
      fc.property(groups, (given) => {
        const ticking = new Ticking(given);
        const weights = given.weights.reduce((total, weight) => total + weight, 0n);
        const part = bucket(multiply(given.ratePerSec, fraction(given.weights[0]!, weights)), given.depths[0]!);
        let state: BucketState = { level: ZERO, lastNs: 0n };
        for (const offered of given.offers) {
          if (offered.flow === 0) {
            const next = filled(part, state, packetOf(offered.units), offered.nowNs);
            if (!atMost(next.level, part.depth)) continue;
            state = next;
            kept += 1;
          }
          const admits = ticking.admits(offered);
          if (offered.flow === 0) expect(admits).toBe(true);
        }
      }),
      { ...SEEDED, numRuns: 1000 },
    );
    expect(kept).toBeGreaterThan(5000);
  });

  test("does not depend on when it is looked at", () => {
    fc.assert(
      fc.property(groups, (given) => {
        const [rarely, often] = [new Ticking(given), new Ticking(given)];
        let nowNs = 0n;
        for (const offered of given.offers) {
          for (; nowNs <= offered.nowNs; nowNs += 1n) often.group.advance(nowNs);
          expect(often.admits(offered)).toBe(rarely.admits(offered));
          expect(often.levels(offered.nowNs)).toEqual(rarely.levels(offered.nowNs));
        }
      }),
      SEEDED,
    );
  });
});

test("two classes share 3 bytes a ns as 1 to 2 while both are active, and one alone has all", () => {
  const weights = [1n, 2n];
  const classes = weights.map((weight, index) => {
    const definition = { kind: "weighted", group: 7, weight, groupWeights: weights } as const;
    return classOf(entry(index + 1, { ...definition, bucket: bucket(3n * SECOND, 60n) }));
  });
  const packets = [
    [0n, 0, 60],
    [0n, 1, 60],
    // 10 ns: 10 and 20 drained.
    [10n, 0, 11],
    [10n, 0, 10],
    [10n, 1, 20],
    // 30 ns more: 60 of the second, which is then alone to have drained; the first has 30 left and 3 a ns.
    [40n, 0, 31],
    [50n, 0, 60],
    [50n, 0, 1],
  ] as const;
  const seen = meter(
    classPolicy("all-or-none", classes),
    packets.map(([timeNs, index, length]) => ({ timeNs, length, key: 5n, class: index })),
  );
  expect(seen.colors).toEqual([0, 0, 2, 0, 0, 2, 0, 2]);
  expect(seen.levels.map(([first]) => first)).toEqual([60n, 60n, 50n, 60n, 60n, 30n, 60n, 60n]);
  // 1 ns for the byte of 11 too much; alone, 1 byte of 31 and then 1 of 60 take a third of a ns.
  expect(seen.delays).toEqual([0n, 0n, 1n, 0n, 0n, 1n, 0n, 1n]);
});
