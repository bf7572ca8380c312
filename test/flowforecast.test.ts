// Goal: a table that grows to what a capture will come to, foretold from its packets so far, and never far beyond it.
import { describe, expect, test } from "vitest";
import {
  CONFIG_CLASSES,
  CONFIG_COMPACT,
  CONFIG_FLOWS_EXPECTED,
  CONFIG_FLOWS_MAX,
  STAT_FLOWS,
  STAT_PACKETS,
  STAT_TABLE_LINES,
} from "../assembly/abi.ts";
import { Random } from "../bench/random.ts";
import { instantiateCore } from "../src/core/instance.ts";
import { coreModule } from "../src/core/module.node.ts";
import { viewsOf } from "../src/core/views.ts";
import { FlowForecast } from "../src/trace/flowforecast.ts";

const LINES = 16_384;
const MAX_FLOWS = 1 << 24;
/** Are taken whatever the captures have. */
const FEW_FLOWS = 2 ** 17;
const DONE_BYTES = 1000;

interface Seen {
  readonly flows: number;
  /** By color: green, yellow, red. */
  readonly packets: readonly [number, number, number];
  /** Of the captures: 1000 have been read. */
  readonly totalBytes: number | null;
  readonly maxFlows?: number;
  readonly stated?: number;
  readonly hasClasses?: boolean;
  readonly isCompact?: boolean;
  /** Of the table. */
  readonly lines?: number;
}

/** What the table is told to expect. */
function foretold(seen: Seen): number {
  const {
    flows,
    packets,
    totalBytes,
    maxFlows = MAX_FLOWS,
    stated = 0,
    hasClasses = false,
    isCompact = false,
    lines = LINES,
  } = seen;
  const views = viewsOf(instantiateCore(coreModule()).memory);
  const { config, stats } = views;
  config[CONFIG_FLOWS_MAX] = BigInt(maxFlows);
  config[CONFIG_FLOWS_EXPECTED] = BigInt(stated);
  config[CONFIG_CLASSES] = hasClasses ? 1n : 0n;
  config[CONFIG_COMPACT] = isCompact ? 1n : 0n;
  const forecast = new FlowForecast({ views });
  stats[STAT_TABLE_LINES] = BigInt(lines);
  stats[STAT_FLOWS] = BigInt(flows);
  for (const [color, count] of packets.entries()) stats[STAT_PACKETS + color] = BigInt(count);
  forecast.update(() => ({ doneBytes: DONE_BYTES, totalBytes }));
  return Number(config[CONFIG_FLOWS_EXPECTED]);
}

/** Flows among so many packets, each of one of `population` by chance. */
function drawn(population: number, packets: number, random: Random): number {
  const flows = new Set<number>();
  for (let packet = 0; packet < packets; packet += 1) flows.add(random.below(population));
  return flows.size;
}

describe("flows foretold", () => {
  test.each([20_000, 40_000, 100_000])("of %i flows, all as busy: within a tenth", (population) => {
    const random = new Random(20_261_122 + population);
    const packets = 14_000;
    const flows = drawn(population, packets, random);
    const told = foretold({ flows, packets: [packets - 2000, 500, 1500], totalBytes: 1000 * DONE_BYTES });
    expect(Math.abs(told / population - 1)).toBeLessThan(0.1);
  });

  test("new flows without end: eight times the table", () => {
    expect(foretold({ flows: 12_000, packets: [12_000, 0, 0], totalBytes: 1000 * DONE_BYTES })).toBe(8 * LINES);
  });

  test("beyond 131,072 no more than one flow to sixteen packets of the captures, unless the table would double", () => {
    const lines = 2 ** 17;
    const seen: Seen = { flows: 100_000, packets: [100_000, 0, 0], totalBytes: 80 * DONE_BYTES, lines };
    expect(foretold(seen)).toBe(500_000);
    const few = foretold({ ...seen, totalBytes: 20 * DONE_BYTES });
    expect(few).toBeGreaterThan(1.9 * lines);
    expect(few).toBeLessThanOrEqual(2 * lines);
  });

  test("a table of compact flows holds two a line", () => {
    const seen: Seen = { flows: 12_000, packets: [12_000, 0, 0], totalBytes: 100 * DONE_BYTES, isCompact: true };
    expect(foretold(seen)).toBe(0);
    expect(foretold({ ...seen, flows: 17_000, packets: [17_000, 0, 0] })).toBe(FEW_FLOWS);
  });

  test("compact flows, more than eight times the table: of the first packets, one to sixteen packets of the captures", () => {
    const compact = { isCompact: true, lines: LINES / 2 };
    const seen: Seen = { flows: 4096, packets: [4096, 0, 0], totalBytes: 1000 * DONE_BYTES, ...compact };
    expect(foretold(seen)).toBe(256_000);
    expect(foretold({ ...seen, totalBytes: 10_000 * DONE_BYTES })).toBe(2 ** 20);
    expect(foretold({ ...seen, totalBytes: 10_000 * DONE_BYTES, maxFlows: 200_000 })).toBe(200_000);
    // What is not far more than the table is for waits until that is half full.
    expect(foretold({ ...seen, totalBytes: 512 * DONE_BYTES })).toBe(0);
    expect(foretold({ ...seen, totalBytes: 513 * DONE_BYTES })).toBe(131_328);
    expect(foretold({ ...seen, totalBytes: 1000 * DONE_BYTES, lines: LINES })).toBe(0);
    expect(foretold({ ...seen, totalBytes: 10_000 * DONE_BYTES, lines: 4 * LINES })).toBe(0);
    expect(foretold({ ...seen, totalBytes: 10_000 * DONE_BYTES, isCompact: false, lines: LINES })).toBe(0);
  });

  test("nothing of the first packets when their flows come again", () => {
    const random = new Random(20_261_123);
    for (const population of [100, 2000, 20_000, 60_000]) {
      const seen: Seen = {
        flows: drawn(population, 4096, random),
        packets: [4096, 0, 0],
        totalBytes: 1e4 * DONE_BYTES,
        isCompact: true,
        lines: LINES / 2,
      };
      expect(foretold(seen)).toBe(0);
    }
  });

  test("no more than the rest of the captures has packets, nor than maxFlows", () => {
    expect(foretold({ flows: 12_000, packets: [12_000, 0, 0], totalBytes: 1.5 * DONE_BYTES })).toBeLessThan(18_000);
    const seen: Seen = { flows: 12_000, packets: [12_000, 0, 0], totalBytes: 1000 * DONE_BYTES, maxFlows: 50_000 };
    expect(foretold(seen)).toBeLessThanOrEqual(50_000);
  });

  test("a capture that is over comes to the flows that it has", () => {
    const told = foretold({ flows: 12_000, packets: [70_000, 0, 0], totalBytes: DONE_BYTES });
    expect(told).toBeGreaterThanOrEqual(12_000);
    expect(told).toBeLessThan(12_010);
  });

  test("busy flows: hardly more than there are", () => {
    const told = foretold({ flows: 10_000, packets: [90_000, 0, 0], totalBytes: 1000 * DONE_BYTES });
    expect(told).toBeLessThan(10_100);
  });

  test("nothing is said of a table that is less than half full and may do, of pipes, of classes, nor where the user has said it", () => {
    const packets = [12_000, 0, 0] as const;
    expect(foretold({ flows: 8191, packets, totalBytes: 1000 * DONE_BYTES })).toBe(0);
    expect(foretold({ flows: 8192, packets, totalBytes: 1000 * DONE_BYTES })).toBeGreaterThan(8192);
    expect(foretold({ flows: 12_000, packets, totalBytes: null })).toBe(0);
    expect(foretold({ flows: 12_000, packets, totalBytes: 1000 * DONE_BYTES, hasClasses: true })).toBe(0);
    expect(foretold({ flows: 12_000, packets, totalBytes: 1000 * DONE_BYTES, stated: 77 })).toBe(77);
  });
});
