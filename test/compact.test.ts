// Goal: four flows a line, with nothing but a finish each, give the verdicts of two, whatever clock, table and batches do.
import { describe, expect, test } from "vitest";
import { BATCH, BATCH_PACKETS_MAX, COLUMN_HASH, PROBE_LINES_MAX, STAT_TABLE_LINES } from "../assembly/abi.ts";
import { Random, scramble } from "../bench/random.ts";
import { COMPACT_DRAIN_MAX, fitsCompact } from "../src/core/compact.ts";
import { type CoreEngine, createCoreEngine } from "../src/core/engine.ts";
import { type CoreBuild, coreModule } from "../src/core/module.node.ts";
import { viewsOf } from "../src/core/views.ts";
import { ConfigError } from "../src/errors.ts";
import { compilePolicy, compileShaper, type PolicyInput } from "../src/policies.ts";
import { createReferenceEngine } from "../src/reference/meter.ts";
import { CaptureMeter } from "../src/trace/meter.ts";
import type { EngineOptions, MeterProfile, MeterStats } from "../src/types.ts";
import { engineOptions } from "./support/engines.ts";
import { type Packet, runPackets } from "./support/run.ts";

const BUILDS: readonly CoreBuild[] = ["release", "scalar", "debug"];
const FIRST_LINE_BITS = 14;
const FIRST_LINES = 1 << FIRST_LINE_BITS;
const SECOND_NS = 1_000_000_000n;
const DAY_NS = 86_400n * SECOND_NS;
const YEAR_NS = 365n * DAY_NS;
/** Level steps for which the epoch stays where it is. */
const SPAN_STEPS = 2n ** 62n;

const METERS: Readonly<Record<string, PolicyInput>> = {
  "token bucket": { meter: "token-bucket", rate: "200 kB/s", burst: "3 kB" },
  "packets of any length": { meter: "leaky-bucket", rate: "100 packets/s", burst: "3 packets", cost: "packets" },
  "own size not tested": { meter: "leaky-bucket", rate: "200 kB/s", burst: "3 kB", check: "pre" },
  overdraft: { meter: "token-bucket", rate: "200 kB/s", burst: "3 kB", check: "overdraft" },
  "packets that never conform": { meter: "token-bucket", rate: "200 kB/s", burst: "700 B" },
  "an initial fill": { meter: "token-bucket", rate: "200 kB/s", burst: "30 kB", initial: "1 kB" },
  "a drain of many steps": { meter: "token-bucket", rate: "62501 B/s", burst: "3 kB" },
};

/** A bucket of one byte that drains `steps` level steps a ns, and takes so long to drain from full. */
function steepPolicy(steps: bigint, drainedAfterNs: bigint): EngineOptions["policy"] {
  const policy = compilePolicy({ meter: "token-bucket", rate: "1 kB/s", burst: "1000 B" });
  const [profile] = policy.profiles;
  const levelPerUnit = (steps * drainedAfterNs) / 1000n;
  const level = 1000n * levelPerUnit;
  const [bucket] = profile!.buckets;
  const steep = { ...bucket, drainPerNs: steps, levelPerUnit, depthLevel: level, testLevel: level, drainedAfterNs };
  return { ...policy, profiles: [{ ...profile!, buckets: [steep] } as unknown as MeterProfile] };
}

function compactEngine(
  policy: EngineOptions["policy"],
  changes: Partial<EngineOptions>,
  build?: CoreBuild,
): CoreEngine {
  const options = engineOptions(policy, { delays: false, compact: true, ...changes });
  return createCoreEngine(coreModule(build), options);
}

function keyOf(flow: number): bigint {
  return BigInt(scramble(flow));
}

/** Packets of so many flows; each next one up to `gapNs` later, or earlier by as much once in a while. */
function traffic(seed: number, packets: number, flows: number, gapNs: () => bigint): Packet[] {
  const random = new Random(seed);
  let timeNs = 1_700_000_000n * SECOND_NS;
  return Array.from({ length: packets }, () => {
    const gap = gapNs();
    timeNs += gap;
    const lateNs = random.below(20) === 0 ? gap : 0n;
    return { key: keyOf(random.below(flows)), timeNs: timeNs - lateNs, length: 64 + random.below(1400) };
  });
}

/** The same of two flows a line, which read its profile. */
function judgedByWide(policy: EngineOptions["policy"], packets: readonly Packet[]): Judged {
  const options = engineOptions(policy, { maxFlows: 1 << 18, delays: false });
  return runPackets(createCoreEngine(coreModule(), options), packets);
}

interface Judged {
  readonly colors: readonly number[];
  readonly stats: MeterStats;
}

/** Colors and totals of the same packets under the twin, which reads a policy's definition. */
function judged(policy: EngineOptions["policy"], packets: readonly Packet[]): Judged {
  return runPackets(createReferenceEngine(engineOptions(policy, { maxFlows: 1 << 18 })), packets);
}

/** Says which packet is the first that differs, where a dump of all would say less. */
function expectColors(colors: readonly number[], expected: Judged): void {
  expect(colors.findIndex((color, packet) => color !== expected.colors[packet])).toBe(-1);
  expect(colors).toHaveLength(expected.colors.length);
}

function expectEqual({ colors, stats }: Judged, expected: Judged): void {
  expectColors(colors, expected);
  expect(stats).toStrictEqual(expected.stats);
}

describe.each(Object.entries(METERS))("%s", (_, input) => {
  const policy = compilePolicy(input);
  const random = new Random(20_261_123);
  const packets = traffic(7, 30_000, 500, () => BigInt(random.below(60_000)));
  const expected = judged(policy, packets);

  test.each(BUILDS)("verdicts are the twin's in any batches: %s", (build) => {
    for (const cuts of [[], [1], [255, 3, 700]]) {
      expectEqual(runPackets(compactEngine(policy, {}, build), packets, cuts), expected);
    }
    expect(expected.stats.red.packets).toBeGreaterThan(0n);
  });
});

describe("the epoch", () => {
  test.each([
    ["1 step a ns, which times of years never leave", 1n, 2n],
    ["a drain at which years are many spans", 1000n, 100n],
    ["the steepest drain", COMPACT_DRAIN_MAX, 3n],
  ])("%s: levels that take a part of a span to drain", (_, steps, spans) => {
    const spanNs = SPAN_STEPS / steps;
    // Full, a bucket stays so for a third of a span.
    const policy = steepPolicy(steps, spanNs / 3n);
    expect(fitsCompact(policy)).toBe(true);
    const random = new Random(Number(steps));
    const longestNs = (spans * spanNs) / 4000n < YEAR_NS ? (spans * spanNs) / 4000n : YEAR_NS / 100n;
    const gapNs = () => (longestNs * BigInt(random.below(1000))) / 1000n;
    const packets = traffic(9, 8000, 50, gapNs);
    // Some far behind all others, twice in one batch.
    const jumpNs = steps === 1n ? 0n : 20n * spanNs;
    const jumps = packets.map(({ key, timeNs, length }, index) => {
      return { key, timeNs: timeNs + BigInt(Math.floor(index / 2500)) * jumpNs, length };
    });
    const expected = judgedByWide(policy, jumps);
    for (const cuts of [[], [1], [2600], [17, 800]]) {
      expectEqual(runPackets(compactEngine(policy, {}), jumps, cuts), expected);
    }
    expect(expected.stats.red.packets).toBeGreaterThan(100n);
    expect(expected.stats.green.packets).toBeGreaterThan(100n);
  });

  test("moves while the table does", () => {
    const spanNs = SPAN_STEPS / COMPACT_DRAIN_MAX;
    const policy = steepPolicy(COMPACT_DRAIN_MAX, spanNs / 3n);
    // Each flow four times, while a third of its bucket drains from one to the next. The table begins to move at packet
    // 131,072 and the epoch moves every 9000: at 135,000, when nearly all flows have moved.
    const packets = Array.from({ length: 140_000 }, (_, index) => ({
      key: keyOf(Math.max(0, (index >>> 2) - 175 * (index & 3))),
      timeNs: BigInt(index) * (spanNs / 9000n),
      length: 400 + (index % 300),
    }));
    const expected = judgedByWide(policy, packets);
    const engine = compactEngine(policy, { maxFlows: 1 << 17 });
    expectColors(runPackets(engine, packets, [1000]).colors, expected);
    expect(viewsOf(engine.core.memory).stats[STAT_TABLE_LINES]).toBe(BigInt(2 * FIRST_LINES));
    expect(expected.stats.red.packets).toBeGreaterThan(10_000n);
  });

  test("at rate 0 nothing drains, however late it is", () => {
    const policy = compilePolicy({ meter: "token-bucket", rate: "0 kB/s", burst: "1000 B" });
    const packets = [0n, 1n, 2n ** 63n, 2n ** 63n + 1n, 2n ** 64n - 1n].map((timeNs) => ({
      key: 5n,
      timeNs,
      length: 400,
    }));
    expect(runPackets(compactEngine(policy, {}), packets, [1]).colors).toStrictEqual([0, 0, 2, 2, 2]);
    expect(runPackets(compactEngine(policy, {}), packets).colors).toStrictEqual([0, 0, 2, 2, 2]);
  });
});

describe("the table", () => {
  const policy = compilePolicy({ meter: "token-bucket", rate: "1 Mbit/s", burst: "1000 B" });

  test("grows as others do, and takes 32 bytes a flow", () => {
    const flows = 1 << 17;
    const packets = [0, 1].flatMap((round) =>
      Array.from({ length: flows }, (_, flow) => {
        return { key: keyOf(flow), timeNs: BigInt(round * flows + flow) * 100n, length: 600 };
      }),
    );
    const engine = compactEngine(policy, { maxFlows: flows });
    expectEqual(runPackets(engine, packets, [3000, 4096, 1]), judged(policy, packets));
    expect(engine.core.tableBytes() / flows).toBeLessThan(32.1);
  });

  test.each([500, 100])("of %i flows: drained ones make room, and verdicts stay", (maxFlows) => {
    const random = new Random(maxFlows);
    // Far more than eight milliseconds until a flow comes again, but for a few.
    const packets = Array.from({ length: 40_000 }, (_, index) => ({
      key: keyOf(random.below(8) === 0 ? random.below(20) : 1000 + random.below(4000)),
      timeNs: BigInt(index) * 100_000n,
      length: 900,
    }));
    const expected = judged(policy, packets);
    for (const build of BUILDS) {
      for (const cuts of [[], [1]]) {
        const { colors, stats } = runPackets(compactEngine(policy, { maxFlows }, build), packets, cuts);
        expectColors(colors, expected);
        expect(stats.evictedFlows).toBeGreaterThan(1000n);
        expect(stats.flows).toBeLessThanOrEqual(maxFlows);
      }
    }
  });

  test("keys that crowd one line are all found, and where 63 lines are full the table moves at once", () => {
    const keys = crowdedKeys(compactEngine(policy, { maxFlows: 1 << 18 }));
    // Enough flows that a larger table is allowed.
    const others = Array.from({ length: FIRST_LINES }, (_, flow) => keyOf(flow));
    const round = (first: bigint) => [...others, ...keys].map((key) => ({ key, timeNs: first, length: 700 }));
    const packets = [...round(0n), ...round(1n)];
    const compact = compactEngine(policy, { maxFlows: 1 << 18 });
    const { colors, stats } = runPackets(compact, packets);
    expectColors(colors, judged(policy, packets));
    expect(stats.untracked.packets).toBe(0n);
    expect(viewsOf(compact.core.memory).stats[STAT_TABLE_LINES]).toBeGreaterThan(BigInt(FIRST_LINES));
  });
});

/**
 * Keys whose home is one line of the first table: more than there is room for beside the others in as many lines as a flow
 * is looked for in. In a larger one there is.
 */
function crowdedKeys(engine: CoreEngine): bigint[] {
  const keys: bigint[] = [];
  for (let first = 1 << 18; keys.length < 4 * PROBE_LINES_MAX - 40; first += BATCH_PACKETS_MAX) {
    const batch = Array.from({ length: BATCH_PACKETS_MAX }, (_, index) => keyOf(first + index));
    runPackets(
      engine,
      batch.map((key) => ({ key, timeNs: 0n, length: 0 })),
    );
    const { words } = viewsOf(engine.core.memory);
    for (const [row, key] of batch.entries()) {
      const hashHigh = words[(BATCH + COLUMN_HASH) / 4 + 2 * row + 1]!;
      if (hashHigh >>> (32 - FIRST_LINE_BITS) === 5000) keys.push(key);
    }
  }
  return keys;
}

describe("what does not fit", () => {
  const policy = compilePolicy({ meter: "token-bucket", rate: "1 Mbit/s", burst: "1000 B" });

  test.each(["records", "counts", "delays", "levels"] as const)("%s are asked for as well", (name) => {
    expect(() => compactEngine(policy, { [name]: true })).toThrow(
      `compact: true and ${name}: true: compact flows have their level alone; ask for one of them`,
    );
  });

  test("captures whose clock only passed packets carry, or with records", () => {
    const capture = { keying: { by: "5-tuple" }, captureCount: 1, maxFlows: 99, secret: [1, 2, 3, 4] } as const;
    const options = { ...capture, policy, records: false, delays: false, skipOther: false, compact: true };
    for (const name of ["passedClock", "records"] as const) {
      expect(() => new CaptureMeter(coreModule(), { ...options, [name]: true })).toThrow(
        new ConfigError(
          "CONFLICT",
          "compact",
          "true",
          `and ${name}: true: compact flows have their level alone; ask for one of them`,
        ),
      );
    }
    expect(() => new CaptureMeter(coreModule(), options)).not.toThrow();
  });

  test("policies of anything but one bucket, and levels or drains that a word does not hold", () => {
    const srtcm = compilePolicy({ meter: "srtcm", cir: "1 Mbit/s", cbs: "1 kB", ebs: "1 kB" });
    expect(() => compactEngine(srtcm, {})).toThrow(
      "compact: true does not fit srtcm, but meters of one bucket that drain at most 1048576 level steps a ns; leave it out",
    );
    expect(fitsCompact(compileShaper({ shaper: "leaky-bucket", rate: "1 Mbit/s", burst: "1 kB" }))).toBe(false);
    expect(fitsCompact(steepPolicy(COMPACT_DRAIN_MAX + 1n, 1000n))).toBe(false);
    expect(fitsCompact(steepPolicy(1n, SPAN_STEPS))).toBe(false);
    expect(fitsCompact(policy)).toBe(true);
  });
});
