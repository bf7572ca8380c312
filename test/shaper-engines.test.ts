// Goal: what engines do with shapers beside the departures: tables that grow and fill, room for what waits, records.
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { compileShaper, type ShaperInput } from "../src/policies.ts";
import type { EngineOptions } from "../src/types.ts";
import { createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { ENGINES, engineOptions, FAST_ENGINES, type EngineRow } from "./support/engines.ts";
import { runPackets, sortedFlows, type Departure, type Packet } from "./support/run.ts";

const MS = 1_000_000n;
const REASON_UNTRACKED = 2;
const REASON_MEMORY_FULL = 14;

const FLUID = { shaper: "leaky-bucket", rate: "1 Mbit/s", burst: "4 kB" } as const;
const BYTES = { ...FLUID, count: "bytes" } as const;
const PACKETS = { ...FLUID, burst: "3 packets" } as const;
const TOKENS = { shaper: "token-bucket", rate: "1 Mbit/s", burst: "2 kB", limit: "4 kB" } as const;
const TWO = {
  shaper: "two-rate",
  cir: "1 Mbit/s",
  cbs: "4 kB",
  pir: "2 Mbit/s",
  pbs: "1600 B",
  limit: "4 kB",
} as const;
/** Levels of so many steps that those who wait find no place above them. */
const FINE = { ...TWO, cir: "124999 B/s", pir: "250007 B/s" } as const;
const TICKS = { shaper: "tick-bytes", tick: "5 ms", quantum: "1600 B", limit: "4 kB" } as const;
const SHAPERS: readonly ShaperInput[] = [FLUID, BYTES, PACKETS, TOKENS, TWO, FINE, TICKS];
/** Those whose flows may be dropped once they are drained. */
const DRAINING = SHAPERS.filter((input) => input !== TICKS);

/** Bursts of three packets of each of `flows` flows, at intervals in which they drain, `rounds` times. */
function bursts(flows: number, rounds: number): Packet[] {
  return Array.from({ length: 3 * flows * rounds }, (_, index) => {
    const round = Math.floor(index / (3 * flows));
    const flow = Math.floor(index / 3) % flows;
    return {
      timeNs: BigInt(round) * 1000n * MS + BigInt(flow),
      length: 700 + ((index * 7919) % 800),
      key: BigInt(flow),
    };
  });
}

/** Flows up to the one with which a table of the usual first size starts to grow, and some thousand more. */
const BEFORE_GROWTH = 15_000;
const BEHIND = 900;

/** A packet a flow; near growth six, of which most wait, and one more of a flow that came before and still has packets. */
function revisits(): Packet[] {
  const quiet = Array.from({ length: BEFORE_GROWTH }, (_, flow) => ({ flow, length: 300 }));
  const busy = Array.from({ length: 7 * 3000 }, (_, index) => {
    const flow = BEFORE_GROWTH + Math.floor(index / 7);
    return { flow: index % 7 === 6 ? flow - BEHIND : flow, length: 300 + ((index * 7919) % 300) * ((flow % 3) + 1) };
  });
  return [...quiet, ...busy].map(({ flow, length }, index) => ({ timeNs: BigInt(index), length, key: BigInt(flow) }));
}

/** Shapers whose queues are shorter than, as long as, and longer than what lies in the words of a flow. */
const LONG: readonly ShaperInput[] = [
  { ...BYTES, burst: "12 kB" },
  { ...PACKETS, burst: "2 packets" },
  { ...PACKETS, burst: "9 packets" },
  { ...TOKENS, limit: "12 kB" },
  { ...TOKENS, limit: "4 packets" },
  { ...TWO, limit: "12 kB" },
  { ...TWO, limit: "4 packets" },
  { ...FINE, limit: "12 kB" },
  { ...TICKS, limit: "12 kB" },
  { ...TICKS, limit: "12 kB", immediate: true },
  { ...TICKS, tick: "40 ms", quantum: "9 kB", limit: "20 kB" },
  { shaper: "tick-packets", tick: "3 ms", limit: "7 packets" },
];

/** Packets of three flows, small or large, at once or with pauses of all lengths. */
function mixed(packets: number): Packet[] {
  let state = 1;
  let timeNs = 0n;
  const below = (count: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
  return Array.from({ length: packets }, () => {
    const pauseNs = below(3) === 0 ? 0 : below(10 ** (3 + below(5)));
    timeNs += BigInt(below(50) === 0 ? 40 * pauseNs : pauseNs);
    return { timeNs, length: 1 + below(below(3) === 0 ? 80 : 1514), key: BigInt(below(3)) };
  });
}

function departuresOf(row: EngineRow, input: ShaperInput, packets: readonly Packet[], changes: Partial<EngineOptions>) {
  const engine = row.create(engineOptions(compileShaper(input), { delays: false, ...changes }));
  return { engine, ...runPackets(engine, packets) };
}

describe.each(FAST_ENGINES)("$name", (row) => {
  test.each(SHAPERS)("a table that grows changes no departure: $shaper $cir $count", (input) => {
    const packets = bursts(20_000, 2);
    const small = departuresOf(row, input, packets, { maxFlows: 100_000 });
    const large = departuresOf(row, input, packets, {
      maxFlows: 100_000,
      expectedFlows: 100_000,
      secret: [9, 8, 7, 6],
    });
    const waited = small.departures.filter((departure, index) => (departure?.ns ?? 0n) > packets[index]!.timeNs);
    expect(waited.length).toBeGreaterThan(packets.length / 4);
    expect(small.engine.stats()).toEqual(large.engine.stats());
    const differs = small.departures.findIndex((departure, index) => !isSame(departure, large.departures[index]));
    expect(differs).toBe(-1);
  });

  test.each([PACKETS, TOKENS, TWO, FINE])(
    "what waits moves with its flow into a larger table: $shaper $cir $count",
    (input) => {
      const packets = revisits();
      const small = departuresOf(row, input, packets, { maxFlows: 100_000 });
      const large = departuresOf(row, input, packets, { maxFlows: 100_000, expectedFlows: 100_000 });
      expect(isDeepStrictEqual(small.departures, large.departures)).toBe(true);
      expect(large.departures.filter((departure) => departure === null).length).toBeGreaterThan(100);
    },
  );

  test.each(LONG)("queues of every length depart as the definition says: %o", (input) => {
    const packets = mixed(6000);
    const { departures } = departuresOf(row, input, packets, {});
    const defined = departuresOf(
      ENGINES.find(({ name }) => name === "reference")!,
      input,
      packets,
      {},
    );
    expect(departures).toEqual(defined.departures);
    expect(departures.filter((departure) => departure === null).length).toBeGreaterThan(20);
  });

  test.each(DRAINING)("a full table drops drained flows, which no departure shows: $shaper $cir $count", (input) => {
    // Each round's flows are new ones: those of the round before have drained and left their packets behind.
    const packets = bursts(40, 50).map((packet, index) =>
      Object.assign({}, packet, { key: BigInt(Math.floor(index / 3)) }),
    );
    const full = departuresOf(row, input, packets, { maxFlows: 48, records: true });
    const open = departuresOf(row, input, packets, { maxFlows: 4096, records: true });
    expect(full.departures).toEqual(open.departures);
    expect(full.engine.stats()).toMatchObject({ flows: expect.any(Number), untracked: { packets: 0n } });
    expect(full.engine.stats().evictedFlows).toBeGreaterThan(1900n);
    expect(sortedFlows(full.engine).length).toBeLessThanOrEqual(48);
  });

  test("flows whose ticks would begin anew are never dropped: a full table refuses new ones, and counts them", () => {
    const packets = bursts(4, 1).map((packet, index) =>
      Object.assign({}, packet, { timeNs: BigInt(index) * 1000n * MS }),
    );
    const engine = row.create(engineOptions(compileShaper(TICKS), { maxFlows: 2 }));
    const { reasons, departures, stats } = runPackets(engine, packets);
    expect(reasons.slice(6)).toEqual(Array.from({ length: 6 }, () => REASON_UNTRACKED));
    expect(departures.slice(6)).toEqual([null, null, null, null, null, null]);
    expect(stats).toMatchObject({ flows: 2, evictedFlows: 0n, untracked: { packets: 6n } });
  });
});

function isSame(left: Departure | null, right: Departure | null | undefined): boolean {
  return left?.ns === right?.ns && left?.rest === right?.rest;
}

describe.each(ENGINES)("$name", (row) => {
  test.each([BYTES, PACKETS, TOKENS, TWO, FINE, TICKS])(
    "room for what waits is bounded and counted: $shaper $cir $count",
    (input) => {
      // Ten flows with bursts of three; nearly all of them wait.
      const packets = bursts(10, 3);
      const [judge] = ENGINES;
      const options = { maxFlows: 50, maxQueued: 7, levels: true, delays: true };
      const expected = departuresOf(judge!, input, packets, options);
      const found = departuresOf(row, input, packets, options);
      const { unqueued } = found.stats;
      expect(unqueued.packets).toBeGreaterThan(10n);
      expect(found.reasons.filter((reason) => reason === REASON_MEMORY_FULL)).toHaveLength(Number(unqueued.packets));
      const { engine: _, ...outcome } = found;
      const { engine: __, ...judged } = expected;
      expect(outcome).toEqual(judged);
    },
  );

  test("no room at all: what leaves at once is sent, and what would wait is dropped", () => {
    const packets = [0, 1, 2].map((index) => ({ timeNs: BigInt(index), length: 1500, key: 1n }));
    const { departures, stats } = departuresOf(row, TOKENS, packets, { maxQueued: 0 });
    expect(departures).toEqual([{ ns: 0n, rest: 0n }, null, null]);
    expect(stats.unqueued).toEqual({ packets: 2n, bytes: 3000n });
  });

  test("a clock that goes back: departures use the newest time, and the packet is counted", () => {
    const at = [10n * MS, 4n * MS];
    const packets = at.map((timeNs) => ({ timeNs, length: 1250, key: 1n }));
    const { departures, stats } = departuresOf(row, FLUID, packets, {});
    expect(departures.map((departure) => departure?.ns)).toEqual([20n * MS, 30n * MS]);
    expect(stats.regressions).toBe(1n);
  });

  test("who would leave after the end of time is dropped for his delay", () => {
    const end = 2n ** 64n - 1n;
    const packets = [end - 11n * MS, end - 10n * MS, end].map((timeNs) => ({ timeNs, length: 1250, key: 1n }));
    const { departures, reasons } = departuresOf(row, FLUID, packets, { delays: true });
    expect(departures).toEqual([{ ns: end - MS, rest: 0n }, null, null]);
    expect(reasons).toEqual([0, 17, 17]);
  });
});

test("a batch of the core has no departure columns unless the policy is a shaper", () => {
  const engine = createCoreEngine(coreModule(), engineOptions(compileShaper(FLUID)));
  expect([engine.batch.departure.length, engine.batch.departureRest.length]).toEqual([8192, 8192]);
});
