/** Buckets that classes share: by priority, by weight, and by lending. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rational } from "../src/rational.ts";
import { bucketsOf } from "../src/policies.ts";
import type { ClassPolicy, CompiledPolicy } from "../src/types.ts";
import type { Packet } from "./support/run.ts";
import { compileClassesText, compileText } from "./support/policytext.ts";
import { meter } from "./support/twin.ts";

const SEEDED = { numRuns: 200, seed: 20_261_122 };

function policyAt(policy: ClassPolicy, className: string, index: number): CompiledPolicy {
  const found = policy.classes.find(({ name }) => name === className)?.path[index]?.policy;
  if (found === undefined) throw new Error(`${className} has no meter ${index}`);
  return found;
}

function bucketAt(policy: ClassPolicy, className: string, index: number) {
  const [bucket] = bucketsOf(policyAt(policy, className, index).definition);
  return bucket!;
}

function groupsText(mode: string, classes: string): string {
  return `{groups: [{name: g, rate: 100 Mbit/s, mode: ${mode}}, {name: h, rate: 1 MB/s}], classes: [${classes}]}`;
}

/** So many bytes a nanosecond, and bytes. */
function meterText([rate, burst]: readonly [number, number]): string {
  return `rate: ${rate} GB/s, burst: ${burst} B`;
}

describe("priority", () => {
  const text = `
nodes:
  - {name: up, rate: 10 Mbit/s, burst: 64 kB, parent: top, threshold: 3 ms}
  - {name: top, rate: 80 Mbit/s, burst: 100 kB}
classes:
  - {name: high, match: {dscp: 1}, parent: up}
  - {name: middle, match: {dscp: 2}, parent: up, threshold: 48 kB}
  - {name: low, match: {dscp: 3}, rate: 1 MB/s, burst: 9 kB, parent: up, threshold: 0.00001 ms}
  - {name: other, parent: top}
`;

  test("goes with any meter of one bucket", async () => {
    const policy = await compileClassesText(
      "{nodes: [{name: n, meter: gcra, increment: 10 us, mbs: 5}], classes: [{name: a, match: {dscp: 1}, parent: n, threshold: 20 us}, {name: b, parent: n}]}",
    );
    expect(bucketAt(policy, "a", 0)).toMatchObject({ check: "pre", threshold: rational(2n), depth: rational(4n) });
  });

  test("is a level of the shared bucket for each class, in one scale for all", async () => {
    const policy = await compileClassesText(text);
    const steps = [
      ["high", 0, rational(64_000n)],
      ["middle", 0, rational(48_000n)],
      ["low", 1, rational(1n, 80n)],
      ["high", 1, rational(30_000n)],
      ["other", 0, rational(100_000n)],
    ] as const;
    for (const [name, index, threshold] of steps) {
      expect(bucketAt(policy, name, index).threshold).toEqual(threshold);
      const [profile] = policyAt(policy, name, index).profiles;
      const { testLevel, levelPerUnit, depthLevel } = profile!.buckets[0];
      expect(rational(testLevel, levelPerUnit)).toEqual(threshold);
      expect(rational(depthLevel, levelPerUnit)).toEqual(bucketAt(policy, name, index).depth);
    }
    const scales = ["high", "middle"].map((name) => policyAt(policy, name, 0).profiles[0]!.buckets[0].levelPerUnit);
    expect(new Set([...scales, policyAt(policy, "low", 1).profiles[0]!.buckets[0].levelPerUnit]).size).toBe(1);
    expect(policyAt(policy, "high", 0).warnings).toEqual([]);
  });
});

describe("weights", () => {
  const SHARES = `{name: a, match: {dscp: 1}, group: g, weight: 3, burst: 64 kB},
    {name: b, match: {dscp: 2}, group: g, weight: 4, burst: 9 kB, by: src, overhead: 4},
    {name: c, match: {dscp: 3}, group: h, weight: 5, burst: 9 kB}`;

  test("static: ordinary buckets whose rates are exact fractions of the group's", async () => {
    const policy = await compileClassesText(groupsText("static", SHARES));
    expect(policyAt(policy, "a", 0)).toMatchObject({ meter: "token-bucket", definition: { kind: "bucket" } });
    expect(bucketAt(policy, "a", 0).ratePerSec).toEqual(rational(12_500_000n * 3n, 7n));
    expect(bucketAt(policy, "b", 0).ratePerSec).toEqual(rational(12_500_000n * 4n, 7n));
  });

  test("shared: one virtual time a group, in one scale; a class is one flow unless it says otherwise", async () => {
    const policy = await compileClassesText(groupsText("shared", SHARES));
    const weighted = { kind: "weighted", group: 0, groupWeights: [3n, 4n] };
    expect(policyAt(policy, "a", 0)).toMatchObject({ meter: "weighted", definition: { ...weighted, weight: 3n } });
    expect(policyAt(policy, "b", 0)).toMatchObject({ definition: { ...weighted, weight: 4n } });
    expect(policyAt(policy, "c", 0)).toMatchObject({ definition: { group: 1, groupWeights: [5n] } });
    expect(bucketAt(policy, "b", 0).costRule.overheadBytes).toBe(4);
    const [a, b] = ["a", "b"].map((name) => policyAt(policy, name, 0).profiles[0]!.buckets[0]);
    expect([a!.levelPerUnit, a!.drainPerNs]).toEqual([b!.levelPerUnit, b!.drainPerNs]);
    expect(policy.classes.slice(0, 3).map(({ path }) => path[0]?.keying)).toEqual([
      { by: "all" },
      { by: "source" },
      { by: "all" },
    ]);
  });

  test("a weighted meter of its own is a group of its own", async () => {
    const own = "{name: d, meter: weighted, rate: 1 MB/s, burst: 9 kB}";
    const policy = await compileClassesText(groupsText("shared", `${SHARES}, ${own}`));
    expect(policyAt(policy, "d", 0)).toMatchObject({ definition: { kind: "weighted", group: 2, weight: 1n } });
    expect(policy.classes.at(-1)?.path[0]?.keying).toEqual({ by: "5-tuple" });
  });
});

describe("lending", () => {
  const text = `
charge: borrow
nodes:
  - {name: root, rate: 10 MB/s, burst: 500 kB}
  - {name: site, by: src/24, rate: 1 MB/s, burst: 100 kB, instances: 4, parent: root, lends-up-to: 20 kB, ceiling-rate: 2 MB/s, ceiling-burst: 130 kB}
classes:
  - {name: a, match: {dscp: 1}, by: src/24, rate: 500 kB/s, burst: 50 kB, parent: site}
  - {name: b, match: {dscp: 2}, by: src, instances: 3, rate: 100 kB/s, burst: 10 kB, parent: site}
  - {name: c, by: class, rate: 1 MB/s, burst: 60 kB, parent: root}
`;

  test("is up to what the children leave, or less where the node says so; leaves keep their depth", async () => {
    const policy = await compileClassesText(text);
    expect(policy.warnings).toEqual([]);
    // 500 kB - 4 x 100 kB - 60 kB
    expect(bucketAt(policy, "c", 1).threshold).toEqual(rational(40_000n));
    expect(bucketAt(policy, "a", 1).threshold).toEqual(rational(20_000n));
    expect(bucketAt(policy, "b", 0).threshold).toEqual(rational(10_000n));
  });

  test("stops at the ceiling, which keeps room for the node's own burst", async () => {
    const policy = await compileClassesText(text);
    const { definition, profiles } = policyAt(policy, "a", 1);
    if (definition.kind !== "borrow-node") throw new Error("expected a ceiling");
    expect(definition.ceiling).toMatchObject({ ratePerSec: rational(2_000_000n), depth: rational(130_000n) });
    expect(definition.ceiling.threshold).toEqual(rational(30_000n));
    expect(profiles).toMatchObject([{ kernel: "two-buckets", isCoupled: false }]);
  });

  test("counts a child once where its key follows from the parent's", async () => {
    const keys = [
      ["src/24", "src/24", true],
      ["src/24", "src/16", true],
      ["src/24", "src", false],
      ["src", "src/64", true],
      ["src", "dst", false],
      ["pair", "dst/8", true],
      ["5-tuple", "pair", true],
      ["all", "5-tuple", false],
      ["dst/8", "pair", false],
      ["class", "all", true],
      ["class", "src", false],
    ] as const;
    for (const [parent, child, isKnown] of keys) {
      const compiled = compileText(
        `{charge: borrow, nodes: [{name: n, by: ${parent}, rate: 1 MB/s, burst: 90 kB}], classes: [{name: a, by: ${child}, rate: 1 MB/s, burst: 9 kB, parent: n}]}`,
      );
      const outcome = compiled.then(
        () => true,
        () => false,
      );
      expect(await outcome, `${child} below ${parent}`).toBe(isKnown);
    }
  });

  test("warns where nothing can be borrowed", async () => {
    const node = "{name: n, rate: 1 MB/s, burst: 90 kB}";
    const policy = await compileClassesText(
      `{charge: borrow, nodes: [${node}], classes: [{name: a, by: all, rate: 1 kB/s, burst: 90 kB, parent: n, ceiling-rate: 1 MB/s, ceiling-burst: 90 kB}]}`,
    );
    expect(policy.warnings).toEqual([
      'class a: ceiling-burst "90 kB": is the burst, so nothing can be borrowed',
      "node n: lends up to 0 B: packets can never be borrowed from it",
    ]);
  });

  const tree = fc.record({
    root: fc.tuple(fc.nat(9), fc.nat(60)),
    site: fc.tuple(fc.nat(5), fc.nat(25)),
    leaf: fc.tuple(fc.nat(3), fc.nat(12)),
    other: fc.tuple(fc.nat(3), fc.nat(12)),
    lends: fc.option(fc.nat(12), { nil: undefined }),
    instances: fc.integer({ min: 1, max: 3 }),
    ceiling: fc.option(fc.tuple(fc.nat(4), fc.nat(9)), { nil: undefined }),
  });

  test("is taken exactly when each node holds what it promises", async () => {
    const property = fc.asyncProperty(tree, async ({ root, site, leaf, other, lends, instances }) => {
      if ([root, site, leaf, other].some(([rate, burst]) => rate === 0 && burst === 0)) return;
      const fits =
        leaf[0] <= site[0] &&
        leaf[1] + (lends ?? 0) <= site[1] &&
        site[0] * instances + other[0] <= root[0] &&
        site[1] * instances + other[1] <= root[1];
      const lending = lends === undefined ? "" : `, lends-up-to: ${lends} B`;
      const compiled = compileText(
        `{charge: borrow, nodes: [{name: root, ${meterText(root)}}, {name: site, by: src, ${meterText(site)}, parent: root, instances: ${instances}${lending}}], classes: [{name: leaf, match: {dscp: 1}, by: src, ${meterText(leaf)}, parent: site}, {name: other, by: class, ${meterText(other)}, parent: root}]}`,
      );
      const isTaken = compiled.then(
        () => true,
        () => false,
      );
      expect(await isTaken).toBe(fits);
    });
    await fc.assert(property, SEEDED);
  });

  test("never refuses what is within a leaf's own contract (theorem E8)", async () => {
    const packets = fc.array(
      fc.record({ gap: fc.nat(3), length: fc.nat(9), isOther: fc.boolean(), src: fc.bigInt(1n, 3n) }),
      {
        minLength: 30,
        maxLength: 80,
      },
    );
    let assuredCount = 0;
    let borrowedCount = 0;
    const property = fc.asyncProperty(
      tree,
      packets,
      async ({ leaf, other, lends, instances, ceiling, site }, steps) => {
        const own = [leaf[0] + site[0], leaf[1] + (lends ?? 0) + site[1]] as const;
        const all = [own[0] * instances + other[0] + 1, own[1] * instances + other[1] + 9] as const;
        if (leaf[1] === 0 || other[1] === 0) return;
        const top = ceiling && [own[0] + ceiling[0], own[1] + ceiling[1]];
        const ceilingText = top === undefined ? "" : `, ceiling-rate: ${top[0]} GB/s, ceiling-burst: ${top[1]} B`;
        const policy = await compileClassesText(
          `{charge: borrow, nodes: [{name: root, ${meterText(all)}}, {name: site, by: src, ${meterText(own)}, parent: root, instances: ${instances}${ceilingText}}], classes: [{name: leaf, match: {dscp: 1}, by: src, ${meterText(leaf)}, parent: site}, {name: other, by: class, ${meterText(other)}, parent: root}]}`,
        );
        let timeNs = 0n;
        const trace = steps.map(({ gap, length, isOther, src }): Packet => {
          timeNs += BigInt(gap);
          const key = src > BigInt(instances) ? 1n : src;
          return isOther
            ? { timeNs, length, key: 0n, class: 1, nodeKeys: [0n] }
            : { timeNs, length, key, class: 0, nodeKeys: [key, 0n] };
        });
        const { colors } = meter(policy, trace);
        const levels = new Map<string, { level: number; last: bigint }>();
        for (const [index, packet] of trace.entries()) {
          const [rate, burst] = packet.class === 1 ? other : leaf;
          const flow = `${packet.class} ${packet.key}`;
          const state = levels.get(flow) ?? { level: 0, last: packet.timeNs };
          const level = Math.max(0, state.level - rate * Number(packet.timeNs - state.last));
          const isAssured = level + packet.length <= burst;
          // What is borrowed does not count in the leaf's own bucket.
          levels.set(flow, { level: isAssured ? level + packet.length : level, last: packet.timeNs });
          assuredCount += isAssured ? 1 : 0;
          borrowedCount += !isAssured && colors[index] === 0 ? 1 : 0;
          if (isAssured) expect(colors[index]).toBe(0);
        }
      },
    );
    await fc.assert(property, SEEDED);
    expect(Math.min(assuredCount, borrowedCount)).toBeGreaterThan(500);
  });
});
