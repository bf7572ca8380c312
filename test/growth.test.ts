// Goal: a table grows in small steps, whose cost is counted work, and nobody can tell from a verdict that it does.
import { beforeAll, describe, expect, test } from "vitest";
import {
  BATCH_PACKETS_MAX,
  CONFIG_INTEGER_KEYS,
  PROBE_LINES_MAX,
  STAT_EVICTED_FLOWS,
  STAT_FLOWS,
  STAT_MOVED_LINES,
  STAT_TABLE_LINES,
  STAT_TOUCHED_PAGES,
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
/** As growth.ts and ahead.ts have them: lines moved an entry; a twelfth of the flows touches two lines for each of all. */
const LINES_PER_ENTRY = 4;
const PAGES_PER_4096_ENTRIES = 24 * 64 + 2;
/** By then the table of 2^17 lines is being made ready, and linear memory has grown to what maxFlows may need. */
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
    const most = { lines: 0, pages: 0 };
    let last = { lines: 0, pages: 0 };
    for (let flows = 0; flows < 340_000; flows += size) {
      runBatch(core, newFlows(flows, size));
      const now = { lines: stat(core, STAT_MOVED_LINES), pages: stat(core, STAT_TOUCHED_PAGES) };
      most.lines = Math.max(most.lines, now.lines - last.lines);
      most.pages = Math.max(most.pages, now.pages - last.pages);
      last = now;
      if (flows < FORESEEN_FLOWS) ({ buffer } = core.memory);
    }
    expect(stat(core, STAT_TABLE_LINES)).toBe(1 << 19);
    // Moves go on to a line with room, and over the spare lines behind the last one.
    expect(most.lines).toBeLessThanOrEqual(LINES_PER_ENTRY * size + 2 * PROBE_LINES_MAX);
    // Side entries add an eighth.
    expect(most.pages).toBeLessThanOrEqual(Math.ceil((PAGES_PER_4096_ENTRIES * size * 9) / (8 * 4096)) + 1);
    expect(last.pages).toBeGreaterThan((3 * 2 * (64 * FIRST_LINES)) / 4096);
    expect(core.memory.buffer, "linear memory grows no more once it has foreseen the rest").toBe(buffer);
  });
});

test("a table that was sized up front moves nothing and touches nothing", () => {
  const core = createCore({ policy, maxFlows: 1 << 18, expectedFlows: 1 << 18 });
  for (let flows = 0; flows < 1 << 18; flows += BATCH_PACKETS_MAX) runBatch(core, newFlows(flows, BATCH_PACKETS_MAX));
  expect(stat(core, STAT_FLOWS)).toBe(1 << 18);
  expect(stat(core, STAT_MOVED_LINES) + stat(core, STAT_TOUCHED_PAGES)).toBe(0);
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
