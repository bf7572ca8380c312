// Goal: over ten million packets the fast engines give the same verdicts, and the twin agrees at the start.
import { expect, test } from "vitest";
import { createColumns } from "../src/engine-js/columns.ts";
import { loopOf } from "../src/engine-js/loops.ts";
import { createJsEngine } from "../src/engine-js/meter.ts";
import { Tallies } from "../src/engine-js/tally.ts";
import { createReferenceEngine } from "../src/reference/meter.ts";
import type { Policy } from "../src/types.ts";
import { engineOptions, FAST_ENGINES, type EngineRow } from "./support/engines.ts";
import { meterColumns, PacketStream, type Verdicts } from "./support/stream.ts";
import { STREAM_ROWS } from "./support/streamed.ts";

const PACKETS_TOTAL = 10_000_000;
const CHUNK_PACKETS = 50_000;
/** Packets of each stream that the twin meters too. */
const TWIN_PACKETS = 3000;
const MAX_FLOWS = 1 << 18;

/** Each engine under its own secret and batch size; the first is the one that all others are held against. */
const RUNNERS: readonly {
  engine: EngineRow;
  batchPackets: number;
  secret: readonly [number, number, number, number];
}[] = [
  ...FAST_ENGINES.map((engine, index) => ({
    engine,
    batchPackets: [4096, 1000, 2777, 4095][index % 4]!,
    secret: [index, 17, 23, 99] as const,
  })),
  { engine: { name: "js again", searchesAll: true, create: createJsEngine }, batchPackets: 333, secret: [9, 8, 7, 6] },
];

/** What the pure-JS engine runs a policy on: other loops than BigInt's have a kernel. */
function jsLoopOf(policy: Policy): string {
  const options = engineOptions(policy);
  return loopOf(options, createColumns(options), new Tallies().oversize)?.kernel.constructor.name ?? "PathRunner";
}

test("ten million packets, and every loop of the pure-JS engine", () => {
  const total = STREAM_ROWS.reduce((sum, { packets }) => sum + packets, 0);
  expect(total).toBeGreaterThanOrEqual(PACKETS_TOTAL);
  expect(new Set(STREAM_ROWS.map(({ loop }) => loop)).size).toBe(5);
});

test.each(STREAM_ROWS)("$name", ({ policy, loop, packets, flows, gapMeanNs, hasYellow }) => {
  expect(jsLoopOf(policy)).toBe(loop);
  const engines = RUNNERS.map(({ engine, secret }) =>
    engine.create(engineOptions(policy, { maxFlows: MAX_FLOWS, secret })),
  );
  const classes = policy.meter === "classes" ? policy.classes.length : 1;
  const stream = new PacketStream({ seed: flows, flows, gapMeanNs, lengthMax: 1514, classes });
  const twin = createReferenceEngine(engineOptions(policy, { maxFlows: MAX_FLOWS }));
  const head = stream.next(TWIN_PACKETS);
  const judged = meterColumns(twin, head, 4096);
  for (const [index, engine] of engines.entries()) {
    expectEqual(meterColumns(engine, head, RUNNERS[index]!.batchPackets), judged, engine.name);
    expect(engine.stats()).toEqual(twin.stats());
  }
  for (let metered = TWIN_PACKETS; metered < packets; metered += CHUNK_PACKETS) {
    const chunk = stream.next(CHUNK_PACKETS);
    const [first, ...others] = engines.map((engine, index) =>
      meterColumns(engine, chunk, RUNNERS[index]!.batchPackets),
    );
    for (const [index, other] of others.entries()) expectEqual(other, first!, engines[index + 1]!.name);
  }
  const [stats, classStats] = [engines[0]!.stats(), engines[0]!.classStats()];
  for (const engine of engines) expect([engine.stats(), engine.classStats()]).toEqual([stats, classStats]);
  const seen = hasYellow ? [stats.green, stats.yellow, stats.red] : [stats.green, stats.red];
  for (const { packets: count } of seen) expect(count).toBeGreaterThan(1000n);
  expect(stats.regressions).toBeGreaterThan(50n);
  expect(stats.untracked.packets).toBe(0n);
});

function expectEqual(actual: Verdicts, expected: Verdicts, name: string): void {
  // Index of the first difference, -1 when there is none: says more than a dump of both, and takes no time.
  const firstOf = (column: keyof Verdicts) =>
    actual[column].findIndex((word, index) => word !== expected[column][index]);
  const [color, reason, delay] = [firstOf("color"), firstOf("reason"), firstOf("delay")];
  expect({ name, color, reason, delay }).toEqual({ name, color: -1, reason: -1, delay: -1 });
}
