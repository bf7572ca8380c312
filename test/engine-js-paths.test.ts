// Goal: policies of classes on the pure-JS engine: entries of all nodes in one table, and what is told of classes.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createJsEngine } from "../src/engine-js/meter.ts";
import { profilesOf } from "../src/policies.ts";
import { createReferenceEngine } from "../src/reference/meter.ts";
import { fraction } from "../src/reference/rational.ts";
import type { ClassPolicy, MeterDefinition, PacketClass, PathEntry } from "../src/types.ts";
import { compiledOrNull } from "./support/arbitrary.ts";
import { engineOptions } from "./support/engines.ts";
import { runPackets, type Packet } from "./support/run.ts";
import {
  bucket,
  classOf,
  classPolicy,
  entry,
  SECOND,
  tracesOf,
  treePolicies,
  weightedPolicies,
} from "./support/twin.ts";

const SEEDED = { numRuns: 300, seed: 20_260_707 };
const NEVER = 2n ** 64n - 1n;
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

/** The policy with real profiles; depths in a weighted group have to be whole in the same level steps. */
function compiled(policy: ClassPolicy): ClassPolicy {
  const levels = policy.classes
    .flatMap(({ path }) => path.map((node) => node.policy.definition))
    .flatMap((definition) => (definition.kind === "weighted" ? [definition.bucket] : []))
    .flatMap(({ depth, threshold }) => [depth, threshold]);
  const withProfiles = (node: PathEntry): PathEntry => {
    const profiles = profilesOf(node.policy.definition, undefined, levels);
    return { ...node, policy: { ...node.policy, profiles } };
  };
  return { ...policy, classes: policy.classes.map((one) => ({ ...one, path: one.path.map(withProfiles) })) };
}

/** A policy of compiled classes, and a run of it on the engine. */
function meter(policy: ClassPolicy, packets: readonly Packet[], maxFlows = 1000) {
  const engine = createJsEngine(engineOptions(compiled(policy), { maxFlows, records: true, levels: true }));
  const outcome = runPackets(engine, packets, [3]);
  return { ...outcome, classes: engine.classStats(), flows: [...engine.flows()] };
}

/** Nothing drains. */
function still(depth: bigint): MeterDefinition {
  return { kind: "bucket", bucket: bucket(0n, depth) };
}

/** A class without meters. */
function none(name: string, action: "pass" | "block"): PacketClass {
  return { name, action, path: [] };
}

function packet(key: bigint, length: number, changes: Partial<Packet> = {}): Packet {
  return { timeNs: 10n, length, key, nodeKeys: [50n, 60n, 70n], ...changes };
}

describe.each([
  ["paths", treePolicies],
  ["weighted groups", weightedPolicies],
])("%s", (_, policies) => {
  // Which drained entry is dropped differs between engines, and so how often one comes back.
  const sizes = fc.constantFrom(1000, 1000, 1, 2, 3, 5);

  test("equal the definition under any split into batches and in any table", () => {
    let untracked = 0n;
    let evicted = 0n;
    const compilable = policies
      .map((policy) => compiledOrNull(() => compiled(policy)))
      .filter((policy) => policy !== null);
    fc.assert(
      fc.property(compilable, tracesOf(80), cuts, sizes, (policy, packets, split, maxFlows) => {
        const options = engineOptions(policy, { maxFlows, records: true, levels: true });
        const [engine, judge] = [createJsEngine(options), createReferenceEngine(options)];
        const expected = runPackets(judge, packets);
        const outcome = runPackets(engine, packets, split);
        const evictedFlows = maxFlows === 1000 ? expected.stats.evictedFlows : outcome.stats.evictedFlows;
        expect(outcome).toEqual({ ...expected, stats: { ...expected.stats, evictedFlows } });
        expect(engine.classStats()).toEqual(judge.classStats());
        if (maxFlows === 1000) expect([...engine.flows()]).toEqual([...judge.flows()]);
        untracked += outcome.stats.untracked.packets;
        evicted += outcome.stats.evictedFlows;
      }),
      SEEDED,
    );
    expect(untracked).toBeGreaterThan(100n);
    expect(evicted).toBeGreaterThan(100n);
  });
});

describe("entries", () => {
  const twoNodes = classPolicy("all-or-none", [classOf(entry(1, still(10n)), entry(2, still(100n)))]);

  test("a packet that does not find room for its whole path leaves nothing behind", () => {
    const { colors, stats, flows } = meter(twoNodes, [packet(1n, 1), packet(2n, 1), packet(1n, 1)], 2);
    expect(colors).toEqual([0, 2, 0]);
    expect([stats.flows, stats.evictedFlows, stats.untracked.packets]).toEqual([2, 0n, 1n]);
    expect(flows.map(({ nodeId, key, green }) => [nodeId, key, green.packets])).toEqual([
      [1, 1n, 2n],
      [2, 50n, 2n],
    ]);
  });

  test("a packet does not drop the entries of its own path, drained as they are", () => {
    const { colors, stats } = meter(twoNodes, [packet(1n, 0), packet(1n, 0, { nodeKeys: [51n, 0n, 0n] })], 2);
    expect(colors).toEqual([0, 0]);
    expect([stats.flows, stats.evictedFlows]).toEqual([2, 1n]);
    expect(meter(twoNodes, [packet(1n, 0)], 1).colors).toEqual([2]);
  });

  test("a node of several slots has several entries and one record", () => {
    const buckets = [9n, 8n, 7n].map((depth) => bucket(0n, depth));
    const policy = classPolicy("series", [classOf(entry(1, { kind: "multi", buckets }), entry(2, still(100n)))]);
    const { reasons, stats, flows } = meter(policy, [packet(1n, 4), packet(1n, 4)]);
    expect(reasons).toEqual([0, 16 + 2]);
    expect(stats.flows).toBe(3);
    expect(flows).toHaveLength(2);
  });

  test("classes that share a node share its buckets, each up to its own threshold", () => {
    const shared = bucket(0n, 10n);
    const low = { kind: "bucket", bucket: { ...shared, threshold: fraction(4n) } } as const;
    const policy = classPolicy("all-or-none", [
      classOf(entry(1, { kind: "bucket", bucket: shared })),
      classOf(entry(1, low)),
    ]);
    const packets = [0, 1, 0, 1, 0].map((index) => packet(1n, 3, { class: index }));
    const { colors, levels, stats } = meter(policy, packets);
    expect(colors).toEqual([0, 2, 0, 2, 0]);
    expect(levels.map(([level]) => level)).toEqual([3n, 3n, 6n, 6n, 9n]);
    expect(stats.flows).toBe(1);
  });
});

describe("classes", () => {
  test("pass and block without any entry, and the last class takes what is beyond", () => {
    const policy = classPolicy("all-or-none", [
      classOf(entry(1, still(5n))),
      none("open", "pass"),
      none("shut", "block"),
    ]);
    const packets = [0, 1, 2, 3, 65_535].map((index) => packet(1n, 4, { class: index }));
    const { colors, reasons, delays, levels, stats, classes } = meter(policy, packets);
    expect(colors).toEqual([0, 0, 2, 2, 2]);
    expect(reasons).toEqual([0, 0, 4, 4, 4]);
    expect(delays).toEqual([0n, 0n, NEVER, NEVER, NEVER]);
    expect(levels.slice(1)).toEqual(Array.from({ length: 4 }, () => [0n, 0n]));
    expect(stats.flows).toBe(1);
    expect(classes.map(({ name, green, red }) => [name, green.packets, red.packets])).toEqual([
      ["node 1", 1n, 0n],
      ["open", 1n, 0n],
      ["shut", 0n, 3n],
    ]);
  });

  test("refusals are counted for the node, what can never pass and what found no room apart", () => {
    const policy = classPolicy("all-or-none", [classOf(entry(1, still(5n)), entry(2, still(8n)))]);
    const packets = [packet(1n, 5), packet(1n, 1), packet(2n, 1), packet(2n, 4), packet(2n, 6), packet(3n, 1)];
    const { reasons, classes } = meter(policy, packets, 3);
    expect(reasons).toEqual([0, 16, 0, 18, 1, 2]);
    expect(classes).toEqual([
      {
        name: "node 1",
        green: { packets: 2n, bytes: 6n },
        yellow: { packets: 0n, bytes: 0n },
        red: { packets: 4n, bytes: 12n },
        oversize: { packets: 1n, bytes: 6n },
        untracked: { packets: 1n, bytes: 1n },
        refusedBy: [
          { packets: 1n, bytes: 1n },
          { packets: 1n, bytes: 4n },
        ],
      },
    ]);
  });

  test("in a policy that borrows, a meter of another kind goes by its own rules", () => {
    const turner: MeterDefinition = { kind: "turner", bucket: bucket(SECOND, 4n), cap: fraction(4n) };
    const policy = classPolicy("borrow", [
      classOf(entry(1, turner)),
      classOf(entry(2, still(2n)), entry(3, still(6n))),
    ]);
    const packets = [0, 0, 1, 1, 1, 1].map((index) => packet(1n, 2, { class: index }));
    const late = [packet(1n, 1, { timeNs: 12n }), packet(1n, 3, { timeNs: 12n }), packet(1n, 1, { timeNs: 13n })];
    expect(meter(policy, [...packets, ...late]).colors).toEqual([0, 0, 0, 0, 0, 2, 0, 2, 0]);
  });
});

test("a policy of one meter tells of no classes, and refuses flows that were not recorded", () => {
  const [{ path }] = classPolicy("series", [classOf(entry(1, still(5n)))]).classes as [PacketClass];
  const definition = path[0]!.policy.definition;
  const engine = createJsEngine(engineOptions({ ...path[0]!.policy, profiles: profilesOf(definition) }));
  expect(engine.classStats()).toEqual([]);
  expect(() => engine.flows()).toThrow("records: true");
});
