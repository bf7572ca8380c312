// Goal: the twin's flow table and totals are those of the contract: entries, what may be dropped, classes, records.
import { describe, expect, test } from "vitest";
import { fraction } from "../src/reference/rational.ts";
import { REASON_BLOCKED, REASON_BUCKET, REASON_NONE, REASON_UNTRACKED } from "../src/reference/reason.ts";
import type { Count, MeterDefinition, MeterEngine, PacketClass } from "../src/types.ts";
import { runPackets, type Packet } from "./support/run.ts";
import { bucket, classOf, classPolicy, entry, policyOf, SECOND, twin } from "./support/twin.ts";

const NEVER = 2n ** 64n - 1n;

function one(perNs: bigint, depth: bigint, initial = 0n): MeterDefinition {
  return { kind: "bucket", bucket: bucket(perNs * SECOND, depth, { initialLevel: fraction(initial) }) };
}

/** Keys at times, 4 bytes each. */
function arrivals(...pairs: readonly (readonly [bigint, bigint])[]): Packet[] {
  return pairs.map(([timeNs, key]) => ({ timeNs, key, length: 4, nodeKeys: [key, 0n, 0n] }));
}

function keysOf(engine: MeterEngine): (readonly [number, bigint])[] {
  return [...engine.flows()].map(({ nodeId, key }) => [nodeId, key] as const);
}

describe("a full table", () => {
  test("drops the first flow that has drained, and refuses where none has", () => {
    const engine = twin(policyOf(one(1n, 4n)), { maxFlows: 2 });
    const outcome = runPackets(engine, arrivals([0n, 1n], [1n, 2n], [3n, 3n], [4n, 3n], [6n, 1n]));
    expect(outcome.colors).toEqual([0, 0, 2, 0, 0]);
    expect(outcome.reasons).toEqual([REASON_NONE, REASON_NONE, REASON_UNTRACKED, REASON_NONE, REASON_NONE]);
    expect(outcome.delays[2]).toBe(NEVER);
    expect(outcome.levels[2]).toEqual([0n, 0n]);
    expect(outcome.stats).toMatchObject({ flows: 2, evictedFlows: 2n, untracked: { packets: 1n, bytes: 4n } });
    expect(keysOf(engine)).toEqual([
      [0, 3n],
      [0, 1n],
    ]);
  });

  test("never drops a flow whose policy begins flows above 0", () => {
    const engine = twin(policyOf(one(4n, 8n, 1n)), { maxFlows: 1 });
    expect(runPackets(engine, arrivals([0n, 1n], [SECOND, 2n], [SECOND, 1n])).colors).toEqual([0, 2, 0]);
    expect(engine.stats().evictedFlows).toBe(0n);
  });

  test("counts every node of a path and every second bucket of multi, drops none of the packet's own", () => {
    const buckets = [4n, 8n, 12n].map((depth) => bucket(SECOND, depth));
    const path = classOf(entry(1, { kind: "multi", buckets }), entry(2, one(1n, 99n)), entry(3, one(0n, 99n)));
    const engine = twin(classPolicy("all-or-none", [path]), { maxFlows: 4 });
    // Two slots and two nodes above: full with one flow. Its nodes 1 and 2 have drained by 4 ns, node 3 never does.
    expect(runPackets(engine, arrivals([0n, 1n])).stats.flows).toBe(4);
    expect(runPackets(engine, arrivals([3n, 2n])).reasons).toEqual([REASON_UNTRACKED]);
    expect(engine.stats()).toMatchObject({ flows: 4, evictedFlows: 0n });
    expect(runPackets(engine, arrivals([4n, 2n])).colors).toEqual([0]);
    expect(engine.stats()).toMatchObject({ flows: 4, evictedFlows: 3n });
    expect(keysOf(engine)).toEqual([
      [3, 0n],
      [1, 2n],
      [2, 2n],
    ]);
  });

  test("too small for one path, it tracks nothing", () => {
    const path = classOf(entry(1, one(1n, 9n)), entry(2, one(1n, 9n)));
    const engine = twin(classPolicy("all-or-none", [path]), { maxFlows: 1 });
    expect(runPackets(engine, arrivals([0n, 1n])).reasons).toEqual([REASON_UNTRACKED]);
    expect(keysOf(engine)).toEqual([]);
  });

  test("an event counter below its clear level but above 0 stays, a weighted flow goes when it has drained", () => {
    const counter: MeterDefinition = {
      kind: "event-counter",
      bucket: bucket(SECOND, 9n),
      cap: fraction(9n),
      clear: fraction(2n),
    };
    const weighted: MeterDefinition = {
      kind: "weighted",
      bucket: bucket(SECOND, 9n),
      group: 0,
      weight: 1n,
      groupWeights: [1n],
    };
    for (const definition of [counter, weighted]) {
      const engine = twin(policyOf(definition), { maxFlows: 1 });
      expect(runPackets(engine, arrivals([0n, 1n], [3n, 2n], [4n, 2n])).colors).toEqual([0, 2, 0]);
      expect(keysOf(engine)).toEqual([[0, 2n]]);
    }
  });
});

/** A red packet of a class. */
function packet(index: number, length: number, key = 1n): Packet {
  return { timeNs: 5n, length, key, class: index, nodeKeys: [0n], colorIn: 2 };
}

/** So many packets of 8 bytes. */
function times(packets: bigint): Count {
  return { packets, bytes: 8n * packets };
}

describe("classes", () => {
  const classes: readonly PacketClass[] = [
    { name: "voice", action: "pass", path: [] },
    { name: "worm", action: "block", path: [] },
    classOf(entry(1, one(1n, 8n), "rest"), entry(2, one(1n, 10n), "link")),
  ];

  test("pass, block, and the last for every index outside", () => {
    const engine = twin(classPolicy("all-or-none", classes));
    const packets = [packet(0, 9), packet(1, 9), packet(2, 8), packet(60_000, 8, 2n), packet(2, 1), packet(2, 11)];
    const { colors, reasons, delays, stats } = runPackets(engine, packets);
    expect(colors).toEqual([0, 2, 0, 2, 2, 2]);
    expect(reasons).toEqual([REASON_NONE, REASON_BLOCKED, REASON_NONE, REASON_BUCKET + 2, REASON_BUCKET, 1]);
    expect(delays).toEqual([0n, NEVER, 0n, 6n, 1n, NEVER]);
    expect(stats).toMatchObject({ green: { packets: 2n, bytes: 17n }, red: { packets: 4n, bytes: 29n }, flows: 3 });
    const [none, counts] = [
      { packets: 0n, bytes: 0n },
      { yellow: { packets: 0n, bytes: 0n }, untracked: { packets: 0n, bytes: 0n } },
    ];
    expect(engine.classStats()).toEqual([
      { name: "voice", ...counts, green: { packets: 1n, bytes: 9n }, red: none, oversize: none, refusedBy: [] },
      { name: "worm", ...counts, green: none, red: { packets: 1n, bytes: 9n }, oversize: none, refusedBy: [] },
      {
        name: "rest",
        ...counts,
        green: { packets: 1n, bytes: 8n },
        red: { packets: 3n, bytes: 20n },
        oversize: { packets: 1n, bytes: 11n },
        refusedBy: [
          { packets: 1n, bytes: 1n },
          { packets: 1n, bytes: 8n },
        ],
      },
    ]);
  });

  test("a policy of one meter has none", () => {
    expect(twin(policyOf(one(1n, 1n))).classStats()).toEqual([]);
  });

  test("records count a packet's color at every node, and keep the packet's own times", () => {
    const engine = twin(classPolicy("all-or-none", classes));
    const packets = [9n, 7n, 12n].map((timeNs, index): Packet => {
      return { timeNs, length: 8, key: BigInt(index % 2), class: 2, nodeKeys: [6n] };
    });
    const { colors, stats } = runPackets(engine, packets);
    expect(colors).toEqual([0, 2, 2]);
    expect(stats.regressions).toBe(1n);
    const none = { packets: 0n, bytes: 0n };
    expect([...engine.flows()]).toEqual([
      { nodeId: 1, key: 0n, green: times(1n), yellow: none, red: times(1n), firstNs: 9n, lastNs: 12n },
      { nodeId: 2, key: 6n, green: times(1n), yellow: none, red: times(2n), firstNs: 9n, lastNs: 12n },
      { nodeId: 1, key: 1n, green: none, yellow: none, red: times(1n), firstNs: 7n, lastNs: 7n },
    ]);
    expect(() => twin(classPolicy("all-or-none", classes), { records: false }).flows()).toThrow("records");
  });
});

test("columns that were not asked for are empty", () => {
  const { batch } = twin(policyOf(one(1n, 1n)), { delays: false, levels: false });
  expect([batch.reason.length, batch.levels.length, batch.class.length, batch.nodeKeys.length]).toEqual([0, 0, 0, 0]);
});
