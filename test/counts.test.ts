// Goal: counters in the table say of each flow what its record would, through growth, eviction and every loop.
import { describe, expect, test } from "vitest";
import { Random } from "../bench/random.ts";
import { createCoreEngine, type CoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { compilePolicy, type PolicyInput } from "../src/policies.ts";
import type { EngineOptions } from "../src/types.ts";

const POLICIES: Readonly<Record<string, PolicyInput>> = {
  "token bucket": { meter: "token-bucket", rate: "200 kB/s", burst: "3 kB" },
  "packets of any length": { meter: "leaky-bucket", rate: "100 packets/s", burst: "3 packets", cost: "packets" },
  "packets that never conform": { meter: "token-bucket", rate: "200 kB/s", burst: "700 B" },
};
const COUNTER_MAX = 0xffff_ffff;

function engineOf(policy: PolicyInput, options: Partial<EngineOptions>): CoreEngine {
  const rest = { maxFlows: 1 << 16, secret: [1, 2, 3, 4], records: false, delays: false } as const;
  return createCoreEngine(coreModule("debug"), { policy: compilePolicy(policy), ...rest, ...options });
}

/** Packets of so many flows, some of them of the newest, in batches of any size; colors are thrown away. */
function play(engines: readonly CoreEngine[], seed: number, packets: number, flows: number): void {
  const random = new Random(seed);
  let nowNs = 0;
  for (let done = 0; done < packets;) {
    const rows = Math.min(packets - done, 1 + random.below(4096));
    for (let row = 0; row < rows; row += 1) {
      nowNs += random.below(20_000);
      const known = Math.max(1, Math.floor((flows * (done + row)) / packets));
      const [key, length] = [random.below(known), 64 + random.below(1400)];
      for (const { batch } of engines) {
        batch.time[2 * row] = nowNs % 2 ** 32;
        batch.time[2 * row + 1] = Math.floor(nowNs / 2 ** 32);
        batch.key[2 * row] = key;
        batch.key[2 * row + 1] = key % 7;
        batch.length[row] = length;
      }
    }
    for (const engine of engines) engine.run(rows);
    done += rows;
  }
}

/** Of all flows that are tracked now. */
function expectEqualCounts(counting: CoreEngine, recording: CoreEngine): number {
  let flows = 0;
  for (const { key, green, yellow, red } of recording.flows()) {
    const packets = Number(green.packets + yellow.packets + red.packets);
    expect(counting.countsOf(key)).toStrictEqual({ packets, refused: Number(red.packets) });
    flows += 1;
  }
  expect(counting.stats()).toStrictEqual(recording.stats());
  return flows;
}

describe.each(Object.entries(POLICIES))("%s", (_, policy) => {
  test.each([
    { name: "while the table grows", flows: 40_000, options: {} },
    { name: "trusted keys", flows: 1000, options: { trustedKeys: true } },
    { name: "with delays and levels", flows: 1000, options: { delays: true, levels: true } },
    { name: "while flows make room for others", flows: 4000, options: { maxFlows: 500 } },
  ])("$name", ({ flows, options }) => {
    const counting = engineOf(policy, { ...options, counts: true });
    const recording = engineOf(policy, { ...options, records: true });
    play([counting, recording], flows, 60_000, flows);
    expect(expectEqualCounts(counting, recording)).toBe(recording.stats().flows);
    expect(Number(recording.stats().red.packets)).toBeGreaterThan(0);
    expect(recording.stats().evictedFlows > 0n).toBe("maxFlows" in options);
  });
});

test("a flow that is not tracked has no counts", () => {
  const engine = engineOf(POLICIES["token bucket"]!, { counts: true });
  expect(engine.countsOf(0n)).toBeUndefined();
  play([engine], 1, 100, 1);
  expect(engine.countsOf(0n)).toMatchObject({ packets: 100 });
  expect(engine.countsOf(2n ** 64n - 1n)).toBeUndefined();
});

test("at 2^32 - 1 packets both counters stop, and verdicts go on", () => {
  const engine = engineOf(POLICIES["packets that never conform"]!, { counts: true });
  play([engine], 1, 100, 1);
  const { refused } = engine.countsOf(0n)!;
  const counters = new Uint32Array(engine.core.memory.buffer, engine.core.countsAt(0, 0), 2);
  counters[1] = COUNTER_MAX - 1;
  play([engine], 2, 100, 1);
  const after = engine.countsOf(0n)!;
  expect(after.packets).toBe(COUNTER_MAX);
  expect(after.refused - refused).toBeLessThanOrEqual(1);
  expect(engine.stats().red.packets).toBeGreaterThan(BigInt(after.refused));
});

test("one line says where there is no room for counters", () => {
  const bucket = POLICIES["token bucket"]!;
  expect(() => engineOf(bucket, { counts: true, records: true })).toThrow(
    "counts: true and records: true: records hold all counters; ask for one of them",
  );
  const marker: PolicyInput = { meter: "srtcm", cir: "1 kB/s", cbs: "1 kB", ebs: "2 kB" };
  expect(() => engineOf(marker, { counts: true })).toThrow(
    "counts: true: meters of one bucket have room for them, srtcm has not; ask for records",
  );
  expect(() => engineOf(bucket, {}).countsOf(0n)).toThrow("countsOf(): the engine was created without counts: true");
});
