/** Profiles: the definition in whole numbers, within the bounds of the engines; and the marking rules. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../src/errors.ts";
import { MULTI_BUCKETS_MAX, profilesOf } from "../src/policies.ts";
import { add, divide, floor, gcd, multiply, rational, ZERO } from "../src/rational.ts";
import type {
  BucketDefinition,
  BucketProfile,
  Check,
  MarkingRule,
  MeterDefinition,
  MeterProfile,
} from "../src/types.ts";
import { bucketOf } from "./support/profile.ts";

const SEED = 20_251_122;
const LEVEL_MAX = 2n ** 63n - 1n;
const NS_PER_SEC = rational(1_000_000_000n);

type Slot<Kernel extends MeterProfile["kernel"]> = Extract<MeterProfile, { readonly kernel: Kernel }>;

/** The one slot of a definition, under the kernel that is expected. */
function slotOf<Kernel extends MeterProfile["kernel"]>(definition: MeterDefinition, kernel: Kernel): Slot<Kernel> {
  const [slot, ...more] = profilesOf(definition);
  expect([slot?.kernel, more.length]).toEqual([kernel, 0]);
  return slot as Slot<Kernel>;
}

function bucket(ratePerSec: bigint, depth: bigint, rest: Partial<BucketDefinition> = {}): BucketDefinition {
  return bucketOf({ check: "post", ratePerSec: rational(ratePerSec), depth: rational(depth), ...rest });
}

const small = fc
  .tuple(fc.bigInt(0n, 1000n), fc.constantFrom(1n, 1n, 2n, 8n))
  .map(([num, den]) => rational(num * 1000n, den));
const fraction = fc.oneof(
  small,
  fc
    .tuple(fc.bigInt(0n, 10n ** 12n), fc.constantFrom(1n, 2n, 3n, 8n, 60n, 3600n, 1024n))
    .map(([num, den]) => rational(num, den)),
);
/** A share of the depth. */
const share = fc.bigInt(0n, 12n).map((twelfths) => rational(twelfths, 12n));
const checks = fc.constantFrom<Check>("post", "pre", "overdraft");
const buckets: fc.Arbitrary<BucketDefinition> = fc
  .tuple(checks, fraction, fraction, share, share)
  .map(([check, ratePerSec, depth, upTo, begun]) => {
    const levels = { threshold: multiply(depth, upTo), initialLevel: multiply(depth, begun) };
    return bucketOf({ check, ratePerSec, depth, ...levels });
  });

const posts = buckets.map((one): BucketDefinition => ({ ...one, check: "post" }));

/** The profiles, or undefined where a ConfigError says that they do not fit. */
function profilesIfFit(definition: MeterDefinition): readonly MeterProfile[] | undefined {
  try {
    return profilesOf(definition);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return undefined;
  }
}

/** Every number of a bucket's profile is that of its definition, and in its bounds; `levelMax` for the drain time. */
function expectExact(definition: BucketDefinition, profile: BucketProfile, levelMax?: bigint): void {
  const { levelPerUnit, drainPerNs, depthLevel, testLevel, unitsMax, drainedAfterNs, initialLevel } = profile;
  const { check, ratePerSec, depth, threshold } = definition;
  expect(divide(rational(drainPerNs), rational(levelPerUnit))).toEqual(divide(ratePerSec, NS_PER_SEC));
  expect(rational(depthLevel)).toEqual(multiply(depth, rational(levelPerUnit)));
  expect(rational(initialLevel)).toEqual(multiply(definition.initialLevel, rational(levelPerUnit)));
  expect(rational(testLevel + (check === "overdraft" ? 1n : 0n))).toEqual(multiply(threshold, rational(levelPerUnit)));
  expect(profile.testsOwnCost).toBe(check === "post");
  const highest = levelMax ?? (check === "post" ? depthLevel : depthLevel + unitsMax * levelPerUnit);
  expect(highest <= LEVEL_MAX && drainPerNs <= LEVEL_MAX && levelPerUnit <= LEVEL_MAX).toBe(true);
  expect(unitsMax * levelPerUnit <= LEVEL_MAX && unitsMax < 2n ** 53n).toBe(true);
  expect(drainedAfterNs * drainPerNs < 2n ** 64n).toBe(true);
  expect(drainPerNs === 0n ? drainedAfterNs === 0n : drainedAfterNs * drainPerNs > highest).toBe(true);
  expect(check === "post" ? unitsMax === floor(threshold) : unitsMax >= 65_535n).toBe(true);
}

describe("one bucket", () => {
  test("10 Mbit/s: 1,250,000 B/s are 1/800 B/ns, so a byte is 800 level steps", () => {
    const definition: MeterDefinition = { kind: "bucket", bucket: bucket(1_250_000n, 64_000n) };
    expect(slotOf(definition, "one-bucket").buckets).toEqual([
      {
        drainPerNs: 1n,
        levelPerUnit: 800n,
        depthLevel: 51_200_000n,
        testLevel: 51_200_000n,
        testsOwnCost: true,
        unitsMax: 64_000n,
        drainedAfterNs: 51_200_001n,
        initialLevel: 0n,
        costRule: { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 },
      },
    ]);
    expect(slotOf({ kind: "bucket", bucket: bucket(0n, 5n) }, "one-bucket").buckets[0].drainedAfterNs).toBe(0n);
  });

  test("is the definition in whole numbers, within every bound of the engines, in the smallest scale", () => {
    let compiled = 0;
    const property = fc.property(buckets, (definition) => {
      const [slot] = profilesIfFit({ kind: "bucket", bucket: definition }) ?? [];
      if (slot === undefined) return;
      compiled += 1;
      const [profile] = slot.buckets;
      expectExact(definition, profile);
      const { drainPerNs, levelPerUnit, depthLevel, testLevel, initialLevel } = profile;
      const threshold = testLevel + (definition.check === "overdraft" ? 1n : 0n);
      expect([drainPerNs, levelPerUnit, depthLevel, threshold, initialLevel].reduce(gcd)).toBe(1n);
    });
    fc.assert(property, { seed: SEED, numRuns: 2000 });
    expect(compiled).toBeGreaterThan(100);
  });

  test("levels of peers are whole in its scale", () => {
    const definition: MeterDefinition = { kind: "bucket", bucket: bucket(1_250_000n, 64_000n) };
    const [slot] = profilesOf(definition, undefined, [rational(1n, 3n), rational(7n, 64n)]);
    expect(slot?.buckets[0]).toMatchObject({ drainPerNs: 6n, levelPerUnit: 4800n });
  });
});

describe("counters", () => {
  test("turner: a level up to the cap, room for one packet above it", () => {
    let compiled = 0;
    const property = fc.property(fraction, fraction, fraction, (ratePerSec, depth, more) => {
      const ofBucket = bucketOf({ check: "post", ratePerSec, depth });
      const cap = add(depth, more);
      const [slot] = profilesIfFit({ kind: "turner", bucket: ofBucket, cap }) ?? [];
      if (slot?.kernel !== "turner") return;
      compiled += 1;
      const { levelPerUnit } = slot.buckets[0];
      expect(rational(slot.capLevel)).toEqual(multiply(cap, rational(levelPerUnit)));
      expectExact(ofBucket, slot.buckets[0], slot.capLevel);
      expect(slot.capLevel + 65_535n * levelPerUnit <= LEVEL_MAX).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
    expect(compiled).toBeGreaterThan(100);
  });

  test("event-counter: reaching the alarm is enough for red", () => {
    const costRule = { cost: "packets", overheadBytes: 0, minLengthBytes: 0 } as const;
    const slot = slotOf(
      {
        kind: "event-counter",
        bucket: bucket(3n, 5n, { costRule }),
        cap: rational(15n, 2n),
        clear: rational(1n, 3n),
      },
      "event-counter",
    );
    expect(slot).toMatchObject({ capLevel: 22_500_000_000n, clearLevel: 1_000_000_000n });
    expect(slot.buckets[0]).toMatchObject({ drainPerNs: 9n, testLevel: 14_999_999_999n, unitsMax: 4n });
    expect(slot.buckets[0].drainedAfterNs).toBe(2_500_000_001n);
  });
});

describe("two buckets", () => {
  test("not coupled: each in its own scale; coupled: one scale, and time in which the first drains both", () => {
    const compiled = { true: 0, false: 0 };
    const property = fc.property(posts, posts, fc.boolean(), (committed, excess, isCoupled) => {
      const [slot] = profilesIfFit({ kind: "mef", committed, excess, isCoupled, isAware: true }) ?? [];
      if (slot?.kernel !== "two-buckets") return;
      compiled[`${isCoupled}`] += 1;
      const [one, other] = slot.buckets;
      expect(slot.isCoupled).toBe(isCoupled);
      expectExact(excess, other);
      const together = one.depthLevel + other.depthLevel;
      expectExact(committed, one, isCoupled ? together : undefined);
      if (!isCoupled) return;
      expect(one.levelPerUnit).toBe(other.levelPerUnit);
      expect(together + one.drainPerNs <= LEVEL_MAX && together + other.drainPerNs <= LEVEL_MAX).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 2000 });
    expect(Math.min(compiled.true, compiled.false)).toBeGreaterThan(100);
  });

  test("srtcm is mef coupled with excess rate 0, trtcm-4115 is mef not coupled", () => {
    const property = fc.property(posts, fraction, fraction, fc.boolean(), (committed, eir, ebs, isAware) => {
      const excess = bucketOf({ check: "post", ratePerSec: eir, depth: ebs });
      const fed = { ...excess, ratePerSec: ZERO };
      expect(profilesIfFit({ kind: "srtcm", committed, excess: fed, isAware })).toEqual(
        profilesIfFit({ kind: "mef", committed, excess: fed, isCoupled: true, isAware }),
      );
      expect(profilesIfFit({ kind: "trtcm-4115", committed, excess, isAware })).toEqual(
        profilesIfFit({ kind: "mef", committed, excess, isCoupled: false, isAware }),
      );
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });

  test("multi: two buckets a slot, the last alone when they are odd", () => {
    const many = Array.from({ length: MULTI_BUCKETS_MAX - 1 }, (_, index) => bucket(1000n, BigInt(index)));
    const slots = profilesOf({ kind: "multi", buckets: many });
    const kernels = slots.map(({ kernel }) => kernel);
    expect(kernels).toEqual(["two-buckets", "two-buckets", "two-buckets", "one-bucket"]);
    expect(slots.flatMap((slot) => slot.buckets.map(({ unitsMax }) => unitsMax))).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n]);
    const tooMany = Array.from({ length: MULTI_BUCKETS_MAX + 1 }, () => bucket(1n, 1n));
    expect(() => profilesOf({ kind: "multi", buckets: tooMany })).toThrow(RangeError);
  });
});

/** "Y1:0": yellow, charged to bucket 1, bucket 0 at fault. */
function textOf({ color, charges, reason }: MarkingRule): string {
  const charged = charges.map((isCharged, index) => (isCharged ? index : "")).join("");
  const fault = reason === null ? "" : `:${reason === "color-in" ? "in" : reason}`;
  return `${"GYR"[color]}${charged}${fault}`;
}

describe("marking rules", () => {
  const one = bucket(1n, 1n);
  const excess = { committed: one, excess: one };
  const peak = { peak: one, committed: one };
  const dual = { kind: "dual", peak: one, sustained: one } as const;
  // Per incoming color, by what fits: neither, only bucket 1, only bucket 0, both. Color, buckets charged : at fault.
  const rows: [string, MeterDefinition, string][] = [
    [
      "RFC 2697, 4115",
      { kind: "srtcm", ...excess, isAware: true },
      "R:1 Y1:0 G0 G0 | R:1 Y1:in R:1 Y1:in | R:in R:in R:in R:in",
    ],
    ["blind", { kind: "trtcm-4115", ...excess, isAware: false }, "R:1 Y1:0 G0 G0 | R:1 Y1:0 G0 G0 | R:1 Y1:0 G0 G0"],
    [
      "RFC 2698",
      { kind: "trtcm", ...peak, isAware: true },
      "R:0 R:0 Y0:1 G01 | R:0 R:0 Y0:in Y0:in | R:in R:in R:in R:in",
    ],
    ["blind", { kind: "trtcm", ...peak, isAware: false }, "R:0 R:0 Y0:1 G01 | R:0 R:0 Y0:1 G01 | R:0 R:0 Y0:1 G01"],
    [
      "coordinated",
      { ...dual, mode: "coordinated", tags: false },
      "R:0 R:0 R:1 G01 | R:0 R:0 R:1 G01 | R:0 R:0 R:1 G01",
    ],
    ["tag", { ...dual, mode: "coordinated", tags: true }, "R:0 R:0 Y0:1 G01 | R:0 R:0 Y0:1 G01 | R:0 R:0 Y0:1 G01"],
    [
      "sequential",
      { ...dual, mode: "sequential", tags: false },
      "R:0 R:0 R0:1 G01 | R:0 R:0 R0:1 G01 | R:0 R:0 R0:1 G01",
    ],
    [
      "independent",
      { ...dual, mode: "independent", tags: false },
      "R:0 R1:0 R0:1 G01 | R:0 R1:0 R0:1 G01 | R:0 R1:0 R0:1 G01",
    ],
    ["all or none", { kind: "multi", buckets: [one, one] }, "R:0 R:0 R:1 G01 | R:0 R:0 R:1 G01 | R:0 R:0 R:1 G01"],
    [
      "borrow",
      { kind: "borrow-node", bucket: one, ceiling: one },
      "R:0 R:0 R:1 G01 | R:0 R:0 R:1 G01 | R:0 R:0 R:1 G01",
    ],
  ];

  test.each(rows)("%s", (_, definition, expected) => {
    const { rules } = slotOf(definition, "two-buckets");
    const groups = [0, 4, 8].map((from) =>
      rules
        .slice(from, from + 4)
        .map(textOf)
        .join(" "),
    );
    expect(groups.join(" | ")).toBe(expected);
  });
});

describe("weighted", () => {
  test("ticks are whole for every weight, and a level step is one number of them times weight", () => {
    const weights = [1n, 2n, 3n, 10n];
    for (const weight of weights) {
      const definition: MeterDefinition = {
        kind: "weighted",
        bucket: bucket(1_250_000n, 10_000n),
        group: 2,
        weight,
        groupWeights: weights,
      };
      const slot = slotOf(definition, "weighted");
      expect(slot).toMatchObject({ group: 2, weight, ticksPerLevel: 30n, ticksPerUnit: (800n * 30n) / weight });
    }
  });

  test("a full bucket is below 2^62 ticks times weight", () => {
    const weights = [1n, 7n, 1000n];
    let compiled = 0;
    const property = fc.property(fraction, fraction, fc.constantFrom(...weights), (rate, depth, weight) => {
      const one = bucketOf({ check: "post", ratePerSec: rate, depth });
      const definition: MeterDefinition = { kind: "weighted", bucket: one, group: 0, weight, groupWeights: weights };
      const [slot] = profilesIfFit(definition) ?? [];
      if (slot?.kernel !== "weighted") return;
      compiled += 1;
      const [{ depthLevel, drainPerNs }] = slot.buckets;
      expect((depthLevel + drainPerNs) * slot.ticksPerLevel < 2n ** 62n).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 1000 });
    expect(compiled).toBeGreaterThan(100);
  });
});
