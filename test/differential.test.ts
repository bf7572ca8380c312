// Goal: over ten million packets the fast engines give the same colors and delays, and the twin agrees at the start.
import { expect, test } from "vitest";
import { fraction } from "../src/reference/rational.ts";
import { createReferenceEngine } from "../src/reference/meter.ts";
import { createJsEngine } from "../src/engine-js/meter.ts";
import { fitsNarrow } from "../src/engine-js/narrow.ts";
import type { Check, CompiledPolicy, CostRule, MeterEngine } from "../src/types.ts";
import { engineOptions, FAST_ENGINES, type EngineRow } from "./support/engines.ts";
import { compiledFromDefinition } from "./support/profile.ts";
import { meterColumns, PacketStream } from "./support/stream.ts";

const PACKETS_TOTAL = 10_000_000;
const CHUNK_PACKETS = 50_000;
/** Packets of each stream that the twin meters too. */
const REFERENCE_PACKETS = 10_000;
const MAX_FLOWS = 1 << 18;

interface Row {
  readonly name: string;
  readonly policy: CompiledPolicy;
  /** Whether the pure-JS engine runs it in float64; both kernels must be covered. */
  readonly narrow: boolean;
  readonly flows: number;
  readonly gapMeanNs: number;
}

const BYTES: CostRule = { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 };
const FRAME: CostRule = { cost: "bytes", overheadBytes: 24, minLengthBytes: 84 };
const PACKETS: CostRule = { cost: "packets", overheadBytes: 0, minLengthBytes: 0 };

function policyOf(check: Check, rate: [bigint, bigint], depth: [bigint, bigint], rule: CostRule): CompiledPolicy {
  return compiledFromDefinition({ check, ratePerSec: fraction(...rate), depth: fraction(...depth) }, rule);
}

const ROWS: readonly Row[] = [
  row("round rate, many flows", policyOf("post", [125_000n, 1n], [15_000n, 1n], BYTES), true, 200_000, 40),
  row("odd rate, few flows", policyOf("post", [1_250_003n, 1n], [9000n, 1n], FRAME), true, 1000, 700),
  row("rational rate, packets, pre", policyOf("pre", [65_998n, 61n], [7n, 2n], PACKETS), true, 50_000, 20),
  row("rational rate, large depth", policyOf("post", [824_072n, 7n], [100_000_003n, 3n], BYTES), false, 100, 100_000),
  row("pre form in bytes", policyOf("pre", [1_000_003n, 1n], [3000n, 1n], FRAME), false, 100_000, 10),
  row("terabytes a second", policyOf("post", [2n ** 44n, 1n], [2n ** 33n, 1n], BYTES), false, 20, 3),
];

function row(name: string, policy: CompiledPolicy, narrow: boolean, flows: number, gapMeanNs: number): Row {
  return { name, policy, narrow, flows, gapMeanNs };
}

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

test.each(ROWS)(
  "$name",
  async ({ policy, narrow, flows, gapMeanNs }) => {
    expect(fitsNarrow(policy)).toBe(narrow);
    const engines: MeterEngine[] = [];
    for (const { engine, secret } of RUNNERS) {
      engines.push(await engine.create(engineOptions(policy, { maxFlows: MAX_FLOWS, secret })));
    }
    const stream = new PacketStream({ seed: flows, flows, gapMeanNs, lengthMax: 1514 });
    const reference = createReferenceEngine(engineOptions(policy, { maxFlows: MAX_FLOWS }));
    const head = stream.next(REFERENCE_PACKETS);
    const judged = meterColumns(reference, head, 4096);
    for (const [index, engine] of engines.entries()) {
      expectEqual(meterColumns(engine, head, RUNNERS[index]!.batchPackets), judged, engine.name);
      expect(engine.stats()).toEqual(reference.stats());
    }
    for (let metered = REFERENCE_PACKETS; metered < PACKETS_TOTAL / ROWS.length; metered += CHUNK_PACKETS) {
      const chunk = stream.next(CHUNK_PACKETS);
      const [first, ...others] = engines.map((engine, index) =>
        meterColumns(engine, chunk, RUNNERS[index]!.batchPackets),
      );
      for (const [index, other] of others.entries()) expectEqual(other, first!, engines[index + 1]!.name);
    }
    const stats = engines[0]!.stats();
    for (const engine of engines) expect(engine.stats()).toEqual(stats);
    for (const seen of [stats.green, stats.red]) expect(seen.packets).toBeGreaterThan(1000n);
    expect(stats.regressions).toBeGreaterThan(1000n);
    expect(stats.untracked.packets).toBe(0n);
  },
  120_000,
);

function expectEqual(actual: [Uint8Array, Uint32Array], expected: [Uint8Array, Uint32Array], name: string): void {
  // Index of the first difference, -1 when there is none: says more than a dump of both, and takes no time.
  const colorAt = actual[0].findIndex((color, index) => color !== expected[0][index]);
  const delayAt = actual[1].findIndex((word, index) => word !== expected[1][index]);
  expect({ name, colorAt, delayAt }).toEqual({ name, colorAt: -1, delayAt: -1 });
}
