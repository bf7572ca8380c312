// Goal: the forms in which a bucket is written down mean the same.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compilePolicy, describePolicy } from "../../src/policies.ts";
import { offer, unitsOf, type BucketState } from "../../src/reference/bucket.ts";
import { Gcra } from "../../src/reference/gcra.ts";
import { floor, fraction, multiply, subtract, type Fraction } from "../../src/reference/rational.ts";
import { TokenBucket } from "../../src/reference/tokenbucket.ts";
import type { CompiledPolicy } from "../../src/types.ts";
import { expectEqual, meter } from "../support/agreement.ts";
import { ANY, policiesOf } from "../support/definitions.ts";
import { ENGINES } from "../support/engines.ts";
import type { Packet } from "../support/run.ts";
import { ordered, tracesOf } from "../support/traces.ts";

const SEEDED = { numRuns: 10_000, seed: 20_260_115 };

test("E1: the level, the theoretical arrival time and the tokens give the same verdicts", () => {
  const withRate = policiesOf(ANY, ["bucket"]).filter(({ definition }) => bucketOf(definition).ratePerSec.num > 0n);
  fc.assert(
    fc.property(tracesOf(withRate), ({ policy, packets }) => {
      const bucket = bucketOf(policy.definition);
      const gcra = new Map<bigint, Gcra>();
      const tokens = new Map<bigint, TokenBucket>();
      const levels = new Map<bigint, BucketState>();
      for (const { timeNs, length, key } of ordered(packets)) {
        const units = unitsOf(bucket.costRule, length);
        const state = levels.get(key) ?? { level: bucket.initialLevel, lastNs: timeNs };
        const { conforms, next } = offer(bucket, state, timeNs, units);
        levels.set(key, next);
        const others = [of(gcra, key, () => new Gcra(bucket)), of(tokens, key, () => new TokenBucket(bucket))];
        expectEqual(
          others.map((form) => form.offer(timeNs, units)),
          [conforms, conforms],
          "forms",
        );
      }
    }),
    SEEDED,
  );
});

function bucketOf(definition: CompiledPolicy["definition"]) {
  if (definition.kind !== "bucket") throw new RangeError(definition.kind);
  return definition.bucket;
}

function of<Form>(forms: Map<bigint, Form>, key: bigint, make: () => Form): Form {
  const form = forms.get(key) ?? make();
  forms.set(key, form);
  return form;
}

// ---- Maximum burst size ------------------------------------------------------------------------------------------------

interface Cells {
  readonly incrementNs: Fraction;
  /** Below the increment. */
  readonly spacingNs: bigint;
  readonly limitNs: Fraction;
}

/** M = floor(1 + tau / (T - spacing)). */
function burstSize({ incrementNs, spacingNs, limitNs }: Cells): bigint {
  const gain = subtract(incrementNs, fraction(spacingNs));
  return 1n + floor(multiply(limitNs, fraction(gain.den, gain.num)));
}

/** Exactly, in decimals: all times here are whole picoseconds. */
function nsText({ num, den }: Fraction): string {
  const picoseconds = String((num * 1000n) / den).padStart(4, "0");
  return `${picoseconds.slice(0, -3)}.${picoseconds.slice(-3)} ns`;
}

/** Bursts of so many cells that are `spacingNs` apart, each of a flow of its own, ordered by time. */
function bursts(spacings: readonly bigint[], cellCount: (spacingNs: bigint) => bigint): Packet[] {
  return spacings
    .flatMap((spacingNs) =>
      Array.from({ length: Number(cellCount(spacingNs)) }, (_, cell) => ({
        timeNs: BigInt(cell) * spacingNs,
        length: 53,
        key: spacingNs,
      })),
    )
    .toSorted((a, b) => Number(a.timeNs - b.timeNs));
}

/** Colors of each burst on every engine: so many green, then one red. */
function expectBursts(
  policy: CompiledPolicy,
  spacings: readonly bigint[],
  sizeOf: (spacingNs: bigint) => bigint,
): void {
  const packets = bursts(spacings, (spacingNs) => sizeOf(spacingNs) + 1n);
  const seen = new Map<bigint, bigint>();
  const expected = packets.map(({ key }) => {
    const place = seen.get(key) ?? 0n;
    seen.set(key, place + 1n);
    return place < sizeOf(key) ? 0 : 2;
  });
  for (const row of ENGINES) {
    expectEqual(meter(row, { policy, packets }, { delays: false }).outcome.colors, expected, row.name);
  }
}

test("E11: MBS = floor(1 + tau / (T - spacing)) for all T below 12 and tau below 60", () => {
  for (let increment = 1n; increment < 12n; increment += 1n) {
    const spacings = Array.from({ length: Number(increment) }, (_, spacing) => BigInt(spacing));
    for (let limit = 0n; limit < 60n; limit += 1n) {
      const parameters = { increment: `${increment} ns`, limit: `${limit} ns`, cost: "packets" };
      const policy = compilePolicy({ meter: "gcra", ...parameters });
      const cells = { incrementNs: fraction(increment), limitNs: fraction(limit) };
      expectBursts(policy, spacings, (spacingNs) => burstSize({ ...cells, spacingNs }));
      for (const spacingNs of spacings) {
        const spaced = compilePolicy({ meter: "gcra", ...parameters, spacing: `${spacingNs} ns` });
        expect(describePolicy(spaced).mbs).toBe(Number(burstSize({ ...cells, spacingNs })));
      }
    }
  }
});

const cellRates = fc
  .record({
    incrementPs: fc.oneof(fc.bigInt(1n, 9000n), fc.bigInt(1n, 5_000_000n)),
    limitPs: fc.bigInt(0n, 20_000_000n),
    spacing: fc.nat(5000),
    isWhole: fc.boolean(),
    mbs: fc.bigInt(1n, 40n),
  })
  .map(({ incrementPs, limitPs, spacing, isWhole, mbs }) => {
    const incrementNs = fraction(incrementPs, 1000n);
    const spacingNs = BigInt(spacing) % (1n + (incrementPs - 1n) / 1000n);
    const gain = subtract(incrementNs, fraction(spacingNs));
    // A whole number of gains is a tie.
    const limitNs = isWhole ? multiply(gain, fraction(limitPs % 40n)) : fraction(limitPs, 1000n);
    return { incrementNs, spacingNs, limitNs, mbs };
  })
  .filter((cells) => burstSize(cells) <= 60n);

test("E11: the same for fractions of nanoseconds, and back: the limit that is made of an MBS lets that many pass", () => {
  fc.assert(
    fc.property(cellRates, ({ mbs, ...cells }) => {
      const { incrementNs, spacingNs, limitNs } = cells;
      const given = { meter: "gcra", increment: nsText(incrementNs), spacing: `${spacingNs} ns`, cost: "packets" };
      const forth = compilePolicy({ ...given, limit: nsText(limitNs) });
      expect(describePolicy(forth).mbs).toBe(Number(burstSize(cells)));
      const back = compilePolicy({ ...given, mbs: Number(mbs) });
      expect(describePolicy(back).mbs).toBe(Number(mbs));
      expectBursts(forth, [spacingNs], () => burstSize(cells));
      expectBursts(back, [spacingNs], () => mbs);
    }),
    { ...SEEDED, numRuns: 1000 },
  );
});

test("E11: spaced by the increment or more, cells conform without end", () => {
  for (const spacing of ["10 ns", "11 ns"]) {
    const policy = compilePolicy({ meter: "gcra", increment: "10 ns", limit: "45 ns", cost: "packets", spacing });
    expect(describePolicy(policy).mbs).toBe("unlimited");
    const packets = bursts([BigInt(spacing.slice(0, 2))], () => 4000n);
    for (const row of ENGINES) {
      const { stats } = meter(row, { policy, packets }, { delays: false }).outcome;
      expect([row.name, stats.green.packets]).toEqual([row.name, 4000n]);
    }
  }
});
