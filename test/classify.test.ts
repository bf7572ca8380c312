/** The classifier: for every frame, the class that a search through the rules, one after the other, gives. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../bench/random.ts";
import { mixedRules } from "../bench/ruleset.ts";
import type { CoreBuild } from "../src/core/module.node.ts";
import type { MatchRule } from "../src/types.ts";
import { classify } from "./support/classify.ts";
import { frameLists, ruleLists } from "./support/rulearbitrary.ts";
import {
  fieldsOf,
  frameBytes,
  type FrameSpec,
  matchLinear,
  prefixOf,
  SPEC,
  crowdedPrefixes,
} from "./support/rulewriter.ts";

const SEED = 20_261_122;
const OTHER = 60_000;
const BUILDS: readonly CoreBuild[] = ["debug", "release", "scalar"];

/** Classes of the frames by a core, and by the naive search. */
function bothWays(rules: readonly MatchRule[], specs: readonly FrameSpec[], build: CoreBuild) {
  const { classes } = classify(specs.map(frameBytes), { rules, defaultClass: OTHER, build });
  return { classes, naive: specs.map((spec) => matchLinear(rules, OTHER, fieldsOf(spec))) };
}

function expectNaive(rules: readonly MatchRule[], specs: readonly FrameSpec[], build: CoreBuild): void {
  const { classes, naive } = bothWays(rules, specs, build);
  expect(classes).toStrictEqual(naive);
}

function cases(rulesMax: number, framesMax: number) {
  return ruleLists(rulesMax).chain((rules) => fc.tuple(fc.constant(rules), frameLists(rules, framesMax)));
}

/** The same rules, each with a class of its own. */
function numbered(rules: readonly MatchRule[]): MatchRule[] {
  return rules.map((rule, index) => Object.assign({}, rule, { classIndex: index }));
}

describe("random rules, frames at the edges of their prefixes and ranges", () => {
  test.for(BUILDS)("a few rules, %s", (build) => {
    const property = fc.property(cases(12, 100), ([rules, specs]) => expectNaive(rules, specs, build));
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  test.for(BUILDS)("hundreds of rules, %s", (build) => {
    const property = fc.property(cases(400, 400), ([rules, specs]) => expectNaive(rules, specs, build));
    fc.assert(property, { seed: SEED, numRuns: 25 });
  });

  test("of a long list most rules decide some frames", () => {
    const [drawn] = fc.sample(ruleLists(60, 60), { seed: SEED, numRuns: 1 });
    const rules = numbered(drawn!);
    const [specs] = fc.sample(frameLists(rules, 6000), { seed: SEED, numRuns: 1 });
    const { classes, naive } = bothWays(rules, specs!, "release");
    expect(classes).toStrictEqual(naive);
    expect(new Set(classes).size).toBeGreaterThan(25);
  });
});

/** Frames of which most meet some of the rules: 10.0.0.0/8 and 2001:db8::/32 on both sides. */
function drawFrames(count: number, seed: number): FrameSpec[] {
  const random = new Random(seed);
  const address = (version: 4 | 6) =>
    version === 4
      ? BigInt(0x0a00_0000 + random.below(2 ** 24))
      : (0x2001_0db8n << 96n) | (BigInt(random.word()) << 64n);
  return Array.from({ length: count }, () => {
    const version = random.below(3) === 0 ? 6 : 4;
    return {
      ...SPEC,
      version,
      source: address(version),
      destination: address(version),
      protocol: [6, 17, 1][random.below(3)]!,
      destinationPort: [443, 80, 53, random.below(65_536)][random.below(4)]!,
    };
  });
}

describe("thousands of rules", () => {
  test.for([10_000, 16_384])("%i of every kind", (count) => {
    const rules = numbered(mixedRules(count, SEED));
    const { classes, naive } = bothWays(rules, drawFrames(2000, SEED), "release");
    expect(classes).toStrictEqual(naive);
    expect(new Set(classes).size).toBeGreaterThan(500);
  });

  test("of one class: a list of blocked networks", () => {
    const rules = mixedRules(10_000, SEED).map((rule) => Object.assign({}, rule, { classIndex: 7 }));
    expectNaive(rules, drawFrames(2000, SEED), "debug");
  });

  test.for([4, 6] as const)("prefixes of all lengths, whose ends crowd closer and closer, IPv%i", (version) => {
    const rules = numbered(crowdedPrefixes(version).map((prefix) => ({ sources: [prefix], classIndex: 0 })));
    const last = 2n ** BigInt(version === 4 ? 32 : 128) - 1n;
    const near = new Set(rules.flatMap(({ sources }) => [sources![0]!.address - 1n, sources![0]!.address]));
    const specs = [...near, last]
      .filter((value) => value >= 0n)
      .map((source) => Object.assign({}, SPEC, { version, source }));
    expectNaive(rules, specs, "debug");
  });

  test("more kinds of packets than the memo holds, by addresses and ports", () => {
    // 512 networks times 512 ranges of ports: 262,144 kinds, and rule n holds for network n with range n.
    const rules = Array.from({ length: 512 }, (_, index) => ({
      sources: [prefixOf(4, BigInt(0x0a00_0000 + index * 256), 24)],
      destinationPorts: [{ first: index * 128, last: index * 128 + 127 }],
      classIndex: index,
    }));
    expectPairs(rules, 512, (view, network, range) => {
      view.setUint32(IP + 12, 0x0a00_0000 + network * 256 + (range & 255));
      view.setUint16(IP + 20 + 2, range * 128 + (network & 127));
    });
  });

  test("more kinds of packets than the memo holds, by tags and code points", () => {
    const rules = Array.from({ length: 4096 }, (_, index) => ({
      vlans: [{ first: index, last: index }],
      dscps: [index % 64],
      classIndex: index,
    }));
    expectPairs(rules, 4096, (view, vlan, other) => {
      view.setUint16(14, vlan);
      view.setUint8(IP + 1, (other % 64) << 2);
    });
  });
});

/** Where IP begins in a frame with one tag. */
const IP = 18;

/**
 * Frames of two numbers: rule n holds for the first number n with the second one n. Half of them are such pairs. All
 * come twice: what the memo had of them has been overwritten, or is wrong.
 */
function expectPairs(
  rules: readonly MatchRule[],
  count: number,
  write: (view: DataView, first: number, second: number) => void,
): void {
  const random = new Random(SEED);
  const drawn = Array.from({ length: 150_000 }, () => {
    const first = random.below(count);
    return { first, second: random.below(2) === 0 ? first : random.below(count) };
  });
  const met = [...drawn, ...drawn];
  const template = frameBytes({ ...SPEC, tags: [[0x8100, 1]] });
  const frames = met.map(({ first, second }) => {
    const frame = template.slice();
    write(new DataView(frame.buffer), first, second);
    return frame;
  });
  const { classes } = classify(frames, { rules, defaultClass: OTHER, build: "release" });
  const sameClass = (first: number, second: number) => rules[first]!.dscps?.[0] === second % 64 || first === second;
  const wrong = met.filter(({ first, second }, at) => classes[at] !== (sameClass(first, second) ? first : OTHER));
  expect(wrong).toStrictEqual([]);
}
