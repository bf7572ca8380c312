// Goal: nobody can tell that slots are found, and new flows admitted, before the packets of their block are metered.
import { describe, expect, test } from "vitest";
import {
  BATCH,
  BATCH_PACKETS_MAX,
  CHUNK_RECORDS_BITS,
  COLUMN_HASH,
  COMPACT_SLOTS,
  LINE_BYTES,
  PROBE_LINES_MAX,
  SLOT_BYTES,
  STAT_TABLE_LINES,
} from "../assembly/abi.ts";
import { Random, scramble } from "../bench/random.ts";
import { type CoreEngine, createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { viewsOf } from "../src/core/views.ts";
import { compilePolicy, compileShaper } from "../src/policies.ts";
import type { EngineOptions, FlowRecord } from "../src/types.ts";
import { engineOptions } from "./support/engines.ts";
import { type Packet, runPackets } from "./support/run.ts";

/** What one chunk of records has, but for the one of untracked packets and that of a node above the flows. */
const CHUNK_FLOWS = (1 << CHUNK_RECORDS_BITS) - 2;
const ROOM = 1 << 18;
const FIRST_LINE_BITS = 14;
const FIRST_LINES = 1 << FIRST_LINE_BITS;
/** Any line. */
const CROWDED_LINE = 5000;
/** The bucket holds 1000 bytes and takes eight milliseconds to drain. */
const LENGTHS = [0, 900, 1001];
const PACKETS = 60_000;

const rate = "1 Mbit/s";

/** A path of as many nodes; those above the leaf have one key for all. */
function treeOf(levels: number): EngineOptions["policy"] {
  const policy = compilePolicy({ meter: "token-bucket", rate, burst: "1000 B" });
  const path = Array.from({ length: levels }, (_, node) => {
    return { nodeId: node + 1, name: `level ${node + 1}`, keying: { by: "5-tuple" as const }, policy };
  });
  const classes = [{ name: "all", action: "meter" as const, path }];
  return { meter: "classes", length: "frame", charge: "all-or-none", classes, matches: [], warnings: [] };
}

interface Meter {
  readonly name: string;
  readonly policy: EngineOptions["policy"];
  readonly records: boolean;
  readonly compact?: boolean;
}

const ONE_BUCKET = compilePolicy({ meter: "token-bucket", rate, burst: "1000 B" });
const HALF_FULL = compilePolicy({ meter: "token-bucket", rate, burst: "1000 B", initial: "50%" });
const TWO_BUCKETS = compilePolicy({ meter: "srtcm", cir: rate, cbs: "1000 B", ebs: "1000 B" });
const FLUID = compileShaper({ shaper: "leaky-bucket", rate, burst: "1000 B" });
const OF_BYTES = compileShaper({ shaper: "leaky-bucket", rate, burst: "1000 B", count: "bytes" });
const TWO_RATES = compileShaper({
  shaper: "two-rate",
  cir: rate,
  cbs: "1000 B",
  pir: "2 Mbit/s",
  pbs: "1000 B",
  limit: "3 kB",
});

const METERS: readonly Meter[] = [
  { name: "one bucket", policy: ONE_BUCKET, records: true },
  { name: "two buckets", policy: TWO_BUCKETS, records: true },
  { name: "a fluid shaper", policy: FLUID, records: true },
  { name: "a shaper of bytes", policy: OF_BYTES, records: true },
  { name: "a path of one node", policy: treeOf(1), records: true },
  { name: "a path of two nodes", policy: treeOf(2), records: true },
  // Whose new flows are a word in the table, but for those with levels to begin with, or a queue beside the slot.
  { name: "one bucket without records", policy: ONE_BUCKET, records: false },
  { name: "one bucket without records, half full", policy: HALF_FULL, records: false },
  { name: "one compact bucket", policy: ONE_BUCKET, records: false, compact: true },
  { name: "one compact bucket, half full", policy: HALF_FULL, records: false, compact: true },
  { name: "two buckets without records", policy: TWO_BUCKETS, records: false },
  { name: "a shaper of two rates without records", policy: TWO_RATES, records: false },
];

interface Case {
  readonly name: string;
  readonly maxFlows: number;
  readonly expectedFlows?: number;
  /** Flows that are there, drained, before the traffic begins. */
  readonly flows: number;
  readonly memoryEnds?: boolean;
}

const CASES: readonly Case[] = [
  { name: "a table that grows", maxFlows: ROOM, flows: 16_000 },
  { name: "a table with room", maxFlows: ROOM, expectedFlows: ROOM, flows: 16_000 },
  { name: "a table that fills up", maxFlows: 17_000, expectedFlows: 17_000, flows: 16_000 },
  { name: "a full table", maxFlows: 16_000, flows: 16_000 },
  // In a table that one chunk of records does not fill.
  { name: "ended memory", maxFlows: ROOM, expectedFlows: ROOM, flows: CHUNK_FLOWS, memoryEnds: true },
];

function keyOf(flow: number): bigint {
  return BigInt(scramble(flow));
}

function createEngine(
  { policy, records, compact = false }: Meter,
  { maxFlows, expectedFlows = 0, flows, memoryEnds }: Case,
): CoreEngine {
  const options = engineOptions(policy, { maxFlows, expectedFlows, records, compact, delays: false });
  const engine = createCoreEngine(coreModule(), options);
  const first = Array.from({ length: flows }, (_, flow) => ({ key: keyOf(flow), timeNs: 0n, length: 0 }));
  runPackets(engine, first);
  if (memoryEnds !== true) return engine;
  for (let bytes = 2 ** 31; bytes >= 64; bytes /= 2) while (engine.core.reserve(bytes) !== 0);
  return engine;
}

/** In the order of their first packets. */
function flowsOf(engine: CoreEngine, { records }: Meter): FlowRecord[] {
  return records ? [...engine.flows()] : [];
}

/** Half of the packets are of flows that are there or were, half of few that come again before they have drained. */
function traffic({ flows }: Case, seed: number): Packet[] {
  const random = new Random(seed);
  return Array.from({ length: PACKETS }, (_, index) => ({
    key: keyOf(random.below(2) === 0 ? random.below(2 * flows) : 2 * flows + random.below(300)),
    timeNs: BigInt(index - (index % 3)) * 1000n,
    length: LENGTHS[random.below(LENGTHS.length)]!,
  }));
}

/** Keys whose home is one line of the first table: more than as many lines hold as a flow is looked for in. */
function crowdedKeys(meter: Meter): bigint[] {
  const engine = createEngine(meter, { name: "", maxFlows: 16_000, flows: 0 });
  const slotsOfLine = meter.compact === true ? COMPACT_SLOTS : LINE_BYTES / SLOT_BYTES;
  const hashes = meter.policy.meter === "classes" ? engine.core.hashColumn(0) : BATCH + COLUMN_HASH;
  const keys: bigint[] = [];
  for (let first = ROOM; keys.length < slotsOfLine * PROBE_LINES_MAX + 10; first += BATCH_PACKETS_MAX) {
    const batch = Array.from({ length: BATCH_PACKETS_MAX }, (_, index) => keyOf(first + index));
    runPackets(
      engine,
      batch.map((key) => ({ key, timeNs: 0n, length: 0 })),
    );
    const { words } = viewsOf(engine.core.memory);
    for (const [row, key] of batch.entries()) {
      const hashHigh = words[hashes / 4 + 2 * row + 1]!;
      if (hashHigh >>> (32 - FIRST_LINE_BITS) === CROWDED_LINE) keys.push(key);
    }
  }
  return keys;
}

describe.each(METERS)("$name", (meter) => {
  // Without records no memory is asked for once the table has its size.
  test.each(CASES.filter(({ memoryEnds }) => memoryEnds !== true || meter.records))(
    "$name: colors and totals are those of packets metered one by one",
    (setting) => {
      const packets = traffic(setting, 20_261_124);
      const [alone, together] = [[1], []].map((cuts) => {
        const engine = createEngine(meter, setting);
        const { colors, stats } = runPackets(engine, packets, cuts);
        return { colors, stats, flows: flowsOf(engine, meter) };
      });
      expect(together).toStrictEqual(alone);
      // A flow that began half full would begin anew with another level.
      const mayEvict = meter.policy !== HALF_FULL;
      expect(alone!.stats.evictedFlows > 0n).toBe(mayEvict && (setting.maxFlows < ROOM || setting.memoryEnds === true));
    },
  );

  test("where keys crowd one place, the table moves at once, and no packet is metered in the old one", () => {
    const setting = { name: "", maxFlows: ROOM, flows: FIRST_LINES / 2 };
    // One that is known behind each: whatever moves the table has one to be found again in the same block.
    const batch = crowdedKeys(meter).flatMap((key, flow) => [key, keyOf(flow)]);
    const packets = [...batch, ...batch].map((key, index) => ({ key, timeNs: BigInt(index), length: 900 }));
    const [alone, together] = [[1], [batch.length]].map((cuts) => {
      const engine = createEngine(meter, setting);
      const { colors, stats } = runPackets(engine, packets, cuts);
      const lines = viewsOf(engine.core.memory).stats[STAT_TABLE_LINES]!;
      return { colors, stats, flows: flowsOf(engine, meter), lines };
    });
    expect(together).toStrictEqual(alone);
    expect(alone!.lines).toBeGreaterThan(BigInt(FIRST_LINES));
  });
});
