/** What building a classifier promises: bounds on a packet's work, limits on its size, and errors that say them. */
import { describe, expect, test } from "vitest";
import {
  CLASSIFIER_BLOCK_WORDS,
  CLASSIFIER_DESTINATIONS4,
  CLASSIFIER_SOURCES4,
  CLASSIFIER_SOURCES6,
  ENTRY_NODE_SHIFT,
  ENTRY_OFFSET_MASK,
  NODE_CELLS,
  NODE_LAST_CELL,
  RULES_MAX,
  TREE_NODES_MAX,
  TREE_ROOT,
  WINDOW_DOUBLINGS_SHIFT,
} from "../assembly/abi/classifier.ts";
import { mixedRules, sourceRules } from "../bench/ruleset.ts";
import { buildClassifier } from "../src/core/classifier/build.ts";
import { ConfigError } from "../src/errors.ts";
import type { MatchRule, Prefix } from "../src/types.ts";
import { crowdedPrefixes, prefixOf } from "./support/rulewriter.ts";

const MEGABYTE = 1e6;

/** Most nodes on a way through the tree, and most doublings of a window. */
function depthOf(bytes: Uint8Array, head: number): { readonly nodes: number; readonly doublings: number } {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const below = (node: number): { nodes: number; doublings: number } => {
    const cells = words.subarray(
      (node + NODE_CELLS) / 4,
      (node + NODE_CELLS) / 4 + words[(node + NODE_LAST_CELL) / 4]! + 1,
    );
    let nodes = 1;
    let doublings = 0;
    for (const entry of cells) {
      const isNode = entry >>> ENTRY_NODE_SHIFT !== 0;
      const found = isNode
        ? below((entry & ENTRY_OFFSET_MASK) * 8)
        : { nodes: 0, doublings: entry >>> WINDOW_DOUBLINGS_SHIFT };
      nodes = Math.max(nodes, 1 + found.nodes);
      doublings = Math.max(doublings, found.doublings);
    }
    return { nodes, doublings };
  };
  return below(words[head / 4]! + TREE_ROOT);
}

/** Rules of one prefix each, the longest first: none hides another. */
function crowded(version: 4 | 6): MatchRule[] {
  return crowdedPrefixes(version).map((prefix, index) => ({ sources: [prefix], classIndex: index }));
}

describe("a packet's work is bounded", () => {
  test.for([
    ["nested prefixes", crowded(4), CLASSIFIER_SOURCES4],
    ["nested prefixes of IPv6", crowded(6), CLASSIFIER_SOURCES6],
    ["random prefixes", sourceRules(RULES_MAX, 1), CLASSIFIER_SOURCES4],
    ["rules of every kind", mixedRules(RULES_MAX, 1), CLASSIFIER_DESTINATIONS4],
  ] as [string, MatchRule[], number][])("searching %s", ([, rules, head]) => {
    const { nodes, doublings } = depthOf(buildClassifier(rules, 0), head);
    expect(nodes).toBeLessThanOrEqual(TREE_NODES_MAX);
    // 32,768 intervals at the most, in windows of four.
    expect(doublings).toBeLessThanOrEqual(13);
  });

  test("intersecting: 64 blocks of 4 words are all rules", () => {
    const rules = Array.from({ length: RULES_MAX }, (_, index) => ({
      sourcePorts: [{ first: index, last: 65_535 }],
      destinationPorts: [{ first: 0, last: 65_535 - index }],
      classIndex: index,
    }));
    const bytes = buildClassifier(rules, 0);
    expect(new DataView(bytes.buffer).getUint32(CLASSIFIER_BLOCK_WORDS, true)).toBe(4);
    expect(bytes.length).toBeLessThan(100 * MEGABYTE);
  });
});

describe("size", () => {
  test.for([
    ["one rule", sourceRules(1, 1), 0.1],
    ["10,000 source prefixes", sourceRules(10_000, 1), 1],
    ["10,000 rules of every kind", mixedRules(10_000, 1), 4],
  ] as [string, MatchRule[], number][])("%s", ([, rules, megabytes]) => {
    expect(buildClassifier(rules, 0).length).toBeLessThan(megabytes * MEGABYTE);
  });
});

function errorOf(rules: readonly MatchRule[]): ConfigError {
  try {
    buildClassifier(rules, 0);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("limits", () => {
  test("16,384 rules", () => {
    const rules = Array.from({ length: RULES_MAX + 1 }, (_, index) => ({
      protocols: [index % 256],
      classIndex: index,
    }));
    expect(() => buildClassifier(rules.slice(1), 0)).not.toThrow();
    const error = errorOf(rules);
    expect(error.code).toBe("RANGE");
    expect(error.message).toMatch(/^rules "16385": at most 16384 /u);
  });

  test("32,768 different sets of one field", () => {
    // Rule n holds for the ports with bit n: every port has a set of its own.
    const rules = Array.from({ length: 16 }, (_, bit) => ({
      sourcePorts: Array.from({ length: 65_536 }, (_each, port) => port)
        .filter((port) => ((port >>> bit) & 1) === 1)
        .map((port) => ({ first: port, last: port })),
      protocols: [6],
      classIndex: bit,
    }));
    const error = errorOf(rules);
    expect(error.code).toBe("RANGE");
    expect(error.message).toContain("32768 different ways");
  });

  test("64 MiB", () => {
    // Ranges that all overlap, in both ports and both addresses: every value has a set of its own, of many rules.
    const rules = Array.from({ length: RULES_MAX }, (_, index) => ({
      sources: networksFrom(index),
      destinations: networksFrom(index),
      sourcePorts: [{ first: index, last: 65_535 }],
      destinationPorts: [{ first: 0, last: 65_535 - index }],
      classIndex: index,
    }));
    const error = errorOf(rules);
    expect(error.code).toBe("RANGE");
    expect(error.message).toContain("64 MiB");
  });
});

/** The networks of 256 addresses of that number and above, up to 16,383, in as few prefixes as can be. */
function networksFrom(first: number): Prefix[] {
  const prefixes: Prefix[] = [];
  for (let next = first; next < RULES_MAX;) {
    const size = next === 0 ? RULES_MAX : next & -next;
    prefixes.push(prefixOf(4, BigInt(next * 256), 24 - Math.log2(size)));
    next += size;
  }
  return prefixes;
}
