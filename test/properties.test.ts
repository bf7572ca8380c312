// Goal: the theorems of the meter hold on every engine, on traces made to break them.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { offer, unitsOf, type BucketState } from "../src/reference/bucket.ts";
import { Gcra } from "../src/reference/gcra.ts";
import { ZERO } from "../src/reference/rational.ts";
import { TokenBucket } from "../src/reference/tokenbucket.ts";
import type { EngineOptions } from "../src/types.ts";
import { cuts, ordered, traces, type Trace } from "./support/arbitrary.ts";
import { ENGINES, engineOptions, type EngineRow } from "./support/engines.ts";
import { compiledFromDefinition } from "./support/profile.ts";
import { digestOf, runPackets, sortedFlows } from "./support/run.ts";
import {
  bucket,
  BYTES,
  floodPackets,
  gentleTraces,
  liveFlowsMax,
  scaledTrace,
  stridedPackets,
} from "./support/traces.ts";

const RUNS = 400;
const PACKETS_MAX = 120;
const SEEDED = { numRuns: RUNS, seed: 20_260_101 };

const [JUDGE] = ENGINES as [EngineRow, ...EngineRow[]];

async function colorsOf(row: EngineRow, { policy, packets }: Trace, options: Partial<EngineOptions> = {}) {
  return runPackets(await row.create(engineOptions(policy, options)), packets).colors;
}

describe.each(ENGINES)("$name", (row) => {
  test("equals the definition under any split into batches", async () => {
    await fc.assert(
      fc.asyncProperty(traces(PACKETS_MAX), cuts, async ({ policy, packets }, sizes) => {
        const options = engineOptions(policy, { records: true });
        const judge = await JUDGE.create(options);
        const engine = await row.create(options);
        const expected = runPackets(judge, packets);
        expect(runPackets(engine, packets, sizes)).toEqual(expected);
        expect(sortedFlows(engine)).toEqual(sortedFlows(judge));
      }),
      SEEDED,
    );
  });

  test("E5: what was admitted is admitted again", async () => {
    await fc.assert(
      fc.asyncProperty(traces(PACKETS_MAX), async ({ policy, packets }) => {
        const clocked = ordered(packets);
        const colors = await colorsOf(row, { policy, packets: clocked });
        const admitted = clocked.filter((_, index) => colors[index] === 0);
        expect((await colorsOf(row, { policy, packets: admitted })).every((color) => color === 0)).toBe(true);
      }),
      SEEDED,
    );
  });

  test("E6: neither the unit, nor the time's scale, nor its origin matters", async () => {
    const scales = fc.tuple(fc.bigInt(1n, 50n), fc.bigInt(1n, 50n), fc.bigInt(0n, 2n ** 62n));
    await fc.assert(
      fc.asyncProperty(gentleTraces(PACKETS_MAX), scales, async (trace, [unitScale, timeScale, shiftNs]) => {
        const scaled = scaledTrace(trace, unitScale, timeScale, shiftNs);
        expect(await colorsOf(row, scaled)).toEqual(await colorsOf(row, trace));
      }),
      SEEDED,
    );
  });

  test("E19: the digest depends on neither batch size, table size nor secret", async () => {
    await fc.assert(
      fc.asyncProperty(traces(PACKETS_MAX), cuts, fc.array(fc.nat(), { minLength: 4 }), async (trace, sizes, words) => {
        const secret = [words[0]!, words[1]!, words[2]!, words[3]!] as const;
        const other = await row.create(engineOptions(trace.policy, { secret, maxFlows: 50_000, delays: false }));
        const digest = digestOf(runPackets(other, trace.packets, sizes).colors);
        expect(digest).toBe(digestOf(await colorsOf(row, trace)));
      }),
      SEEDED,
    );
  });

  test("a table far larger than its first size keeps every key apart", async () => {
    const packets = stridedPackets(4000);
    const policy = compiledFromDefinition(bucket(1_000_000n, 3000n), { ...BYTES, minLengthBytes: 64 });
    const options = engineOptions(policy, { maxFlows: 5000, records: true });
    const judge = await JUDGE.create(options);
    const engine = await row.create(options);
    const expected = runPackets(judge, packets);
    expect(expected.stats.flows).toBe(4000);
    expect(runPackets(engine, packets, [4096, 100, 1])).toEqual(expected);
    expect([...engine.flows()]).toEqual([...judge.flows()]);
  });
});

test("E1: the level, the theoretical arrival time and the tokens give the same verdicts", () => {
  const withRate = traces(PACKETS_MAX).filter(({ policy }) => policy.bucket.ratePerSec.num > 0n);
  fc.assert(
    fc.property(withRate, ({ policy: { bucket: definition, costRule }, packets }) => {
      const gcra = new Gcra(definition);
      const tokens = new TokenBucket(definition);
      let state: BucketState = { level: ZERO, lastNs: 0n };
      for (const { timeNs, length } of ordered(packets)) {
        const units = unitsOf(costRule, length);
        const { conforms, next } = offer(definition, state, timeNs, units);
        state = next;
        expect([gcra.offer(timeNs, units), tokens.offer(timeNs, units)]).toEqual([conforms, conforms]);
      }
    }),
    SEEDED,
  );
});

describe("E12: dropping drained flows changes no verdict", () => {
  test.each(ENGINES.filter(({ searchesAll }) => searchesAll))(
    "$name, the smallest table that suffices",
    async (row) => {
      let evictedFlows = 0n;
      await fc.assert(
        fc.asyncProperty(traces(PACKETS_MAX), cuts, async (trace, sizes) => {
          const maxFlows = liveFlowsMax(trace) + 1;
          const engine = await row.create(engineOptions(trace.policy, { maxFlows, records: true }));
          const { colors, stats } = runPackets(engine, trace.packets, sizes);
          expect(colors).toEqual(await colorsOf(row, trace));
          expect(stats.untracked.packets).toBe(0n);
          expect([...engine.flows()]).toHaveLength(stats.flows);
          evictedFlows += stats.evictedFlows;
        }),
        SEEDED,
      );
      expect(evictedFlows).toBeGreaterThan(1000n);
    },
  );

  test.each(ENGINES)("$name, a flood of flows that come once", async (row) => {
    const policy = compiledFromDefinition(bucket(750_000n, 1n), { ...BYTES, cost: "packets" });
    const packets = floodPackets(50_000);
    const full = await row.create(engineOptions(policy, { maxFlows: 16_384, records: true }));
    const { colors, stats } = runPackets(full, packets, [4096, 77]);
    expect(digestOf(colors)).toBe(digestOf(await colorsOf(row, { policy, packets }, { maxFlows: 65_536 })));
    expect(stats.untracked.packets).toBe(0n);
    expect(stats.evictedFlows).toBeGreaterThan(5000n);
    expect(stats.red.packets).toBeGreaterThan(1000n);
  });
});

test.each(ENGINES)("$name: a full table of flows that have not drained refuses new ones only", async (row) => {
  const policy = compiledFromDefinition(bucket(0n, 200n), BYTES);
  const engine = await row.create(engineOptions(policy, { maxFlows: 2, records: true }));
  const packets = [5n, 6n, 7n, 5n, 8n, 6n].map((key, index) => ({ timeNs: BigInt(index), length: 100, key }));
  const { colors, delays, stats } = runPackets(engine, packets, [1]);
  expect(colors).toEqual([0, 0, 2, 0, 2, 0]);
  expect(delays).toEqual([0n, 0n, 2n ** 64n - 1n, 0n, 2n ** 64n - 1n, 0n]);
  expect(stats.untracked).toEqual({ packets: 2n, bytes: 200n });
  expect(stats.red).toEqual({ packets: 2n, bytes: 200n });
  expect(sortedFlows(engine).map(({ key, green, red }) => [key, green.packets, red.packets])).toEqual([
    [5n, 2n, 0n],
    [6n, 2n, 0n],
  ]);
});

test.each(ENGINES)("$name: run refuses a packet count outside the batch", async (row) => {
  const engine = await row.create(engineOptions(compiledFromDefinition(bucket(1n, 1n), BYTES)));
  for (const packetCount of [-1, 0.5, engine.batchPacketsMax + 1, Number.NaN]) {
    expect(() => engine.run(packetCount)).toThrow(RangeError);
  }
  expect(engine.stats().green.packets).toBe(0n);
});
