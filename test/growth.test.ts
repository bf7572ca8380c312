// Goal: a table grows in small steps, whose cost is counted work, and nobody can tell from a verdict that it does.
import { beforeAll, describe, expect, test } from "vitest";
import {
  BATCH,
  BATCH_PACKETS_MAX,
  COLUMN_HASH,
  CONFIG_FLOWS_EXPECTED,
  CONFIG_INTEGER_KEYS,
  EARLY_GROWTH,
  PROBE_LINES_MAX,
  STAT_EVICTED_FLOWS,
  STAT_FLOWS,
  STAT_MOVED_LINES,
  STAT_TABLE_LINES,
  STAT_UNTRACKED_PACKETS,
} from "../assembly/abi.ts";
import { Random, scramble } from "../bench/random.ts";
import { type CoreExports, instantiateCore } from "../src/core/instance.ts";
import { coreModule } from "../src/core/module.node.ts";
import { configureCore } from "../src/core/setup.ts";
import { viewsOf } from "../src/core/views.ts";
import { compilePolicy } from "../src/policies.ts";
import type { CompiledPolicy } from "../src/types.ts";
import { createReferenceEngine } from "../src/reference/meter.ts";
import { engineOptions } from "./support/engines.ts";
import { type Packet, runPackets } from "./support/run.ts";

/** Lines of the first table, which has as many flows when it begins to move. */
const FIRST_LINES = 16_384;
/** As growth.ts has it. */
const LINES_PER_ENTRY = 4;
/** With the next flow the table of 2^17 lines is made, and linear memory grows to what maxFlows may need. */
const FORESEEN_FLOWS = 65_536;

interface Settings {
  readonly policy: CompiledPolicy;
  readonly maxFlows: number;
  readonly expectedFlows?: number;
  readonly records?: boolean;
}

function createCore({ policy, maxFlows, expectedFlows = 0, records = false }: Settings): CoreExports {
  const core = instantiateCore(coreModule());
  configureCore(core, { policy, maxFlows, expectedFlows, records, secret: [5, 6, 7, 8], delays: false });
  viewsOf(core.memory).config[CONFIG_INTEGER_KEYS] = 1n;
  expect(core.initialize()).toBe(1);
  return core;
}

function stat(core: CoreExports, index: number): number {
  return Number(viewsOf(core.memory).stats[index]!);
}

/** Meters one batch; answers its colors. */
function runBatch(core: CoreExports, packets: readonly Packet[]): number[] {
  const { time, length, key } = viewsOf(core.memory);
  const times = new BigUint64Array(time.buffer, time.byteOffset, BATCH_PACKETS_MAX);
  const keys = new BigUint64Array(key.buffer, key.byteOffset, BATCH_PACKETS_MAX);
  for (const [index, packet] of packets.entries()) {
    times[index] = packet.timeNs;
    length[index] = packet.length;
    keys[index] = packet.key;
  }
  core.run(packets.length);
  return [...viewsOf(core.memory).color.subarray(0, packets.length)];
}

function newFlows(first: number, count: number): Packet[] {
  return Array.from({ length: count }, (_, index) => ({
    timeNs: BigInt(first + index),
    length: 100,
    key: BigInt(scramble(first + index)),
  }));
}

const policy = compilePolicy({ meter: "token-bucket", rate: "1 kbit/s", burst: "1000 B" });

describe.each([
  ["one bucket", policy],
  ["two buckets", compilePolicy({ meter: "srtcm", cir: "1 kbit/s", cbs: "1000 B", ebs: "1000 B" })],
] as const)("%s", (_, meter) => {
  test.each([BATCH_PACKETS_MAX, 100])("work a batch of %i new flows stays bounded up to 340,000 of them", (size) => {
    const core = createCore({ policy: meter, maxFlows: 1 << 19, records: true });
    let buffer: unknown;
    let [most, last] = [0, 0];
    for (let flows = 0; flows < 340_000; flows += size) {
      runBatch(core, newFlows(flows, size));
      most = Math.max(most, stat(core, STAT_MOVED_LINES) - last);
      last = stat(core, STAT_MOVED_LINES);
      if (flows <= FORESEEN_FLOWS) ({ buffer } = core.memory);
    }
    expect(stat(core, STAT_TABLE_LINES)).toBe(1 << 19);
    // Moves go on to a line with room, and over the spare lines behind the last one.
    expect(most).toBeLessThanOrEqual(LINES_PER_ENTRY * size + 2 * PROBE_LINES_MAX);
    expect(core.memory.buffer, "linear memory grows no more once it has foreseen the rest").toBe(buffer);
  });
});

test("a table that was sized up front moves nothing", () => {
  const core = createCore({ policy, maxFlows: 1 << 18, expectedFlows: 1 << 18 });
  for (let flows = 0; flows < 1 << 18; flows += BATCH_PACKETS_MAX) runBatch(core, newFlows(flows, BATCH_PACKETS_MAX));
  expect(stat(core, STAT_FLOWS)).toBe(1 << 18);
  expect(stat(core, STAT_MOVED_LINES)).toBe(0);
});

describe("a table that learns what to expect", () => {
  test.each([
    { expected: 100_000, lines: 1 << 17, name: "at once to the size that holds them" },
    { expected: 20_000, lines: 1 << 15, name: "twofold where that is less" },
    { expected: 1 << 30, lines: 1 << 18, name: "no further than maxFlows needs" },
  ])("grows $name", ({ expected, lines }) => {
    const core = createCore({ policy, maxFlows: 1 << 18 });
    viewsOf(core.memory).config[CONFIG_FLOWS_EXPECTED] = BigInt(expected);
    let flows = 0;
    for (; stat(core, STAT_TABLE_LINES) === FIRST_LINES; flows += 256) runBatch(core, newFlows(flows, 256));
    expect(stat(core, STAT_TABLE_LINES)).toBe(lines);
    expect(stat(core, STAT_FLOWS)).toBe(flows);
  });

  test("begins to grow at once where more than eight times what it is for is expected", () => {
    const [atOnce, waits] = [1, 0].map((more) => {
      const core = createCore({ policy, maxFlows: 1 << 18 });
      viewsOf(core.memory).config[CONFIG_FLOWS_EXPECTED] = BigInt(EARLY_GROWTH * FIRST_LINES + more);
      let flows = 0;
      for (; stat(core, STAT_TABLE_LINES) === FIRST_LINES; flows += 256) runBatch(core, newFlows(flows, 256));
      return { flows, lines: stat(core, STAT_TABLE_LINES) };
    });
    // A batch of 256 begins the move, and each of the next ones moves four lines a packet.
    expect(atOnce).toStrictEqual({ flows: 256 + FIRST_LINES / LINES_PER_ENTRY, lines: 2 * EARLY_GROWTH * FIRST_LINES });
    expect(waits!.lines).toBe(EARLY_GROWTH * FIRST_LINES);
    expect(waits!.flows).toBeGreaterThan(FIRST_LINES);
  });

  test("no verdict differs, whatever is foretold and when", () => {
    const random = new Random(20_261_123);
    const packets = Array.from({ length: 300_000 }, (_, index) => ({
      timeNs: BigInt(index) * 1000n,
      length: 64 + random.below(1400),
      key: BigInt(scramble(random.below(2) === 0 ? random.below(300) : random.below(90_000))),
    }));
    const { colors } = runPackets(createReferenceEngine(engineOptions(policy, { maxFlows: 1 << 18 })), packets);
    expect(colors.filter((color) => color !== 0).length).toBeGreaterThan(100_000);
    const core = createCore({ policy, maxFlows: 1 << 18 });
    for (let first = 0; first < packets.length;) {
      const end = first + 1 + random.below(BATCH_PACKETS_MAX);
      viewsOf(core.memory).config[CONFIG_FLOWS_EXPECTED] = BigInt(random.below(400_000));
      expect(runBatch(core, packets.slice(first, end))).toStrictEqual(colors.slice(first, end));
      first = end;
    }
    expect(stat(core, STAT_TABLE_LINES)).toBeGreaterThan(4 * FIRST_LINES);
  });
});

describe("a full table that has begun to move", () => {
  /** A packet drains in 0.8 ms. */
  const draining = compilePolicy({
    meter: "token-bucket",
    rate: "1250 packets/s",
    burst: "3 packets",
    cost: "packets",
  });
  const LATER_NS = 1_000_000_000n;
  /** Lines at its beginning, whose flows are busy when all others have drained. */
  const BUSY_LINES = 100;
  const SHIFT = 50n;

  /** Keys by the line of the first table where they are at home. */
  function homesOf(keys: readonly bigint[]): number[] {
    const core = createCore({ policy: draining, maxFlows: 1 << 20 });
    return Array.from({ length: Math.ceil(keys.length / BATCH_PACKETS_MAX) }, (_, batch) => {
      const part = keys.slice(batch * BATCH_PACKETS_MAX, (batch + 1) * BATCH_PACKETS_MAX);
      runBatch(
        core,
        part.map((key) => ({ timeNs: 0n, length: 100, key })),
      );
      const hashes = new BigUint64Array(core.memory.buffer, BATCH + COLUMN_HASH, part.length);
      return [...hashes].map((hash) => Number(hash >> SHIFT));
    }).flat();
  }

  function later(key: bigint): Packet[] {
    return [{ timeNs: LATER_NS, length: 100, key }];
  }

  test("is searched for drained flows on both sides of where the move has come to", () => {
    const core = createCore({ policy: draining, maxFlows: FIRST_LINES + 1 });
    const keys = Array.from({ length: 4 * FIRST_LINES }, (_, index) => BigInt(scramble(index)));
    const homes = homesOf(keys);
    const first = keys.slice(0, FIRST_LINES);
    for (let at = 0; at < FIRST_LINES; at += BATCH_PACKETS_MAX) {
      const part = first.slice(at, at + BATCH_PACKETS_MAX);
      runBatch(
        core,
        part.map((key) => ({ timeNs: 0n, length: 100, key })),
      );
    }
    for (const [index, key] of first.entries()) if (homes[index]! < BUSY_LINES) runBatch(core, later(key));
    // One flow more fills the table and begins the move; a known one takes it a few lines on.
    const far = keys.findIndex((_, index) => index >= FIRST_LINES && homes[index]! > FIRST_LINES / 2);
    runBatch(core, later(keys[far]!));
    runBatch(core, later(keys[far]!));
    const moved = stat(core, STAT_MOVED_LINES);
    expect(moved).toBeGreaterThanOrEqual(LINES_PER_ENTRY);
    const near = keys.findIndex((_, index) => index >= FIRST_LINES && homes[index]! < moved);
    expect(stat(core, STAT_EVICTED_FLOWS)).toBe(0);
    expect(runBatch(core, later(keys[near]!))).toStrictEqual([0]);
    expect(stat(core, STAT_TABLE_LINES)).toBe(FIRST_LINES);
    expect(stat(core, STAT_EVICTED_FLOWS)).toBeGreaterThan(0);
    expect(stat(core, STAT_UNTRACKED_PACKETS)).toBe(0);
  });
});

describe("flows that drain and come back while a full table moves", () => {
  const KEYS = 40_000;
  /** Half of the packets: twice what these flows may send, so that any level that is lost shows. */
  const HOT_KEYS = 2000;
  /** A packet drains in 0.8 ms, in which 8000 arrive. */
  const draining = compilePolicy({
    meter: "token-bucket",
    rate: "1250 packets/s",
    burst: "3 packets",
    cost: "packets",
  });
  let packets: Packet[] = [];
  let colors: number[] = [];

  beforeAll(() => {
    const random = new Random(20_260_501);
    packets = Array.from({ length: 120_000 }, (_, index) => ({
      timeNs: BigInt(index) * 100n,
      length: 64,
      key: BigInt(random.below(2) === 0 ? random.below(HOT_KEYS) : random.below(KEYS)),
    }));
    ({ colors } = runPackets(createReferenceEngine(engineOptions(draining, { maxFlows: KEYS })), packets));
    expect(colors.filter((color) => color !== 0).length).toBeGreaterThan(20_000);
  });

  test.each([4096, 64, 3])("batches of %i: no verdict differs", (size) => {
    // A few more flows than the first table is made for: it moves, and is full before it has moved.
    const core = createCore({ policy: draining, maxFlows: FIRST_LINES + 100, records: true });
    let evictedWhileMoving = 0;
    for (let first = 0; first < packets.length; first += size) {
      const batch = packets.slice(first, first + size);
      const evicted = stat(core, STAT_EVICTED_FLOWS);
      expect(runBatch(core, batch)).toStrictEqual(colors.slice(first, first + size));
      if (stat(core, STAT_TABLE_LINES) === FIRST_LINES) evictedWhileMoving += stat(core, STAT_EVICTED_FLOWS) - evicted;
    }
    expect(stat(core, STAT_UNTRACKED_PACKETS)).toBe(0);
    expect(stat(core, STAT_TABLE_LINES)).toBe(2 * FIRST_LINES);
    if (size < 4096) expect(evictedWhileMoving).toBeGreaterThan(500);
  });
});
