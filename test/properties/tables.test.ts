// Goal: the flow table never shows in a verdict: dropping drained flows, full tables, growth.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fraction } from "../../src/reference/rational.ts";
import { createReferenceEngine } from "../../src/reference/meter.ts";
import { expectEqual, meter } from "../support/agreement.ts";
import { BYTES } from "../support/arbitrary.ts";
import { ANY, DRAINED } from "../support/definitions.ts";
import { ENGINES, engineOptions, FAST_ENGINES } from "../support/engines.ts";
import { byNodeAndKey } from "../support/play.ts";
import { compiledFromDefinition } from "../support/profile.ts";
import { digestOf, runPackets, type Packet } from "../support/run.ts";
import { allTracesOf, cuts, type Trace } from "../support/traces.ts";

const SEEDED = { numRuns: 10_000, seed: 20_260_112 };

function untrackedWith({ policy, packets }: Trace, maxFlows: number): bigint {
  const twin = createReferenceEngine(engineOptions(policy, { maxFlows, delays: false }));
  return runPackets(twin, packets).stats.untracked.packets;
}

/** The fewest flows with which the twin refuses none for lack of room: more never refuse more. */
function fewestFlows(trace: Trace): number {
  let [tooFew, enough] = [0, Math.max(1, trace.outcome.stats.flows)];
  while (enough - tooFew > 1) {
    const middle = (tooFew + enough) >>> 1;
    if (untrackedWith(trace, middle) === 0n) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

const searching = FAST_ENGINES.filter(({ searchesAll }) => searchesAll);

test("E12: the smallest table that suffices gives the same verdicts; of flows that do not begin drained it drops none", () => {
  const seen = { evicted: 0n, kept: 0 };
  fc.assert(
    fc.property(fc.oneof(allTracesOf(DRAINED), allTracesOf(ANY)), cuts, (trace, sizes) => {
      const maxFlows = fewestFlows(trace);
      const { stats: all, ...verdicts } = trace.outcome;
      for (const row of searching) {
        const { stats, ...outcome } = meter(row, trace, { maxFlows }, sizes).outcome;
        expectEqual(outcome, { ...verdicts, levels: [] }, row.name);
        expectEqual(stats.untracked.packets, 0n, row.name);
        seen.evicted += stats.evictedFlows;
      }
      if (maxFlows === all.flows) seen.kept += 1;
    }),
    SEEDED,
  );
  expect(seen.evicted).toBeGreaterThan(20_000n);
  expect(seen.kept).toBeGreaterThan(1000);
});

test("a table with room for one flow less refuses the same packets in every engine", () => {
  let untracked = 0n;
  fc.assert(
    fc.property(allTracesOf(ANY), cuts, (trace, sizes) => {
      const maxFlows = fewestFlows(trace) - 1;
      if (maxFlows === 0) return;
      const twin = createReferenceEngine(engineOptions(trace.policy, { maxFlows }));
      const { stats: expected, ...verdicts } = runPackets(twin, trace.packets);
      for (const row of searching) {
        const { stats, ...outcome } = meter(row, trace, { maxFlows }, sizes).outcome;
        expectEqual(outcome, verdicts, row.name);
        expectEqual(stats.untracked, expected.untracked, row.name);
      }
      untracked += expected.untracked.packets;
    }),
    { ...SEEDED, numRuns: 2000 },
  );
  expect(untracked).toBeGreaterThan(2000n);
});

function bucketOf(
  perSec: bigint,
  depth: bigint,
  changes: { readonly cost?: "packets"; readonly minLengthBytes?: number },
) {
  const costRule = { ...BYTES, ...changes };
  return compiledFromDefinition({ check: "post", ratePerSec: fraction(perSec), depth: fraction(depth), costRule });
}

/** Three packets a flow, under keys that differ in few bits. */
function stridedPackets(flows: number): Packet[] {
  const shifts = [0n, 16n, 32n, 44n];
  return Array.from({ length: 3 * flows }, (_, index) => {
    const flow = BigInt(index % flows);
    const key = (flow / 4n + 1n) << shifts[Number(flow % 4n)]!;
    return { timeNs: BigInt(index) * 50n, length: (index * 37) % 1501, key: key * 2n ** 4n + (flow % 4n) };
  });
}

/** Two busy flows between flows of one packet, each of which drains within a few packets. */
function floodPackets(count: number): Packet[] {
  return Array.from({ length: count }, (_, index) => {
    const busy = index % 3 === 0;
    const key = busy ? 7n + BigInt((index / 3) % 2) : 1000n + BigInt(index);
    return { timeNs: BigInt(index) * 200n + BigInt((index * 7919) % 150), length: 64, key };
  });
}

describe.each(ENGINES)("$name", (row) => {
  test("a table far larger than its first size keeps every key apart", () => {
    const packets = stridedPackets(4000);
    const policy = bucketOf(1_000_000n, 3000n, { minLengthBytes: 64 });
    const options = { maxFlows: 5000, records: true };
    const twin = meter(ENGINES[0]!, { policy, packets }, options);
    const { engine, outcome } = meter(row, { policy, packets }, options, [4096, 100, 1]);
    expect(twin.outcome.stats.flows).toBe(4000);
    expect(outcome).toEqual(twin.outcome);
    expect([...engine.flows()]).toEqual([...twin.engine.flows()]);
  });

  test("E12: a flood of flows that come once", () => {
    const policy = bucketOf(750_000n, 1n, { cost: "packets" });
    const packets = floodPackets(50_000);
    const { colors, stats } = meter(row, { policy, packets }, { maxFlows: 16_384, records: true }, [4096, 77]).outcome;
    const roomy = meter(row, { policy, packets }, { maxFlows: 65_536, delays: false }).outcome;
    expect(digestOf(colors)).toBe(digestOf(roomy.colors));
    expect(stats.untracked.packets).toBe(0n);
    expect(stats.evictedFlows).toBeGreaterThan(5000n);
    expect(stats.red.packets).toBeGreaterThan(1000n);
  });

  test("a full table of flows that have not drained refuses new ones only", () => {
    const policy = bucketOf(0n, 200n, {});
    const packets = [5n, 6n, 7n, 5n, 8n, 6n].map((key, index) => ({ timeNs: BigInt(index), length: 100, key }));
    const { engine, outcome } = meter(row, { policy, packets }, { maxFlows: 2, records: true }, [1]);
    const { colors, delays, stats } = outcome;
    expect(colors).toEqual([0, 0, 2, 0, 2, 0]);
    expect(delays).toEqual([0n, 0n, 2n ** 64n - 1n, 0n, 2n ** 64n - 1n, 0n]);
    expect(stats.untracked).toEqual({ packets: 2n, bytes: 200n });
    expect(stats.red).toEqual({ packets: 2n, bytes: 200n });
    expect(byNodeAndKey(engine.flows()).map(({ key, green, red }) => [key, green.packets, red.packets])).toEqual([
      [5n, 2n, 0n],
      [6n, 2n, 0n],
    ]);
  });

  test("run refuses a packet count outside the batch", () => {
    const engine = row.create(engineOptions(bucketOf(1n, 1n, {})));
    for (const packetCount of [-1, 0.5, engine.batchPacketsMax + 1, Number.NaN]) {
      expect(() => engine.run(packetCount)).toThrow(RangeError);
    }
    expect(engine.stats().green.packets).toBe(0n);
  });
});
