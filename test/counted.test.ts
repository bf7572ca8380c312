// What speed is made of, counted instead of timed: lines of the table a packet touches, calls into WebAssembly a
// packet, garbage a packet. Equal on every machine, so CI holds them where it cannot hold nanoseconds.
import { describe, expect, test } from "vitest";
import { ARENA_BASE, BATCH_PACKETS_MAX, CONFIG_INTEGER_KEYS, SLOT_BYTES, STAT_FLOWS } from "../assembly/abi.ts";
import type { HeapInput, HeapResult } from "../bench/heapcase.ts";
import { isolate } from "../bench/isolate.ts";
import { scramble } from "../bench/random.ts";
import { synthesize } from "../bench/synth.ts";
import { type CoreExports, instantiateCore } from "../src/core/instance.ts";
import { coreModule } from "../src/core/module.node.ts";
import { configureCore } from "../src/core/setup.ts";
import { viewsOf } from "../src/core/views.ts";
import { compilePolicy } from "../src/policies.ts";
import { CaptureMeter } from "../src/trace/meter.ts";

const POLICY = compilePolicy({ meter: "token-bucket", rate: "1 Mbit/s", burst: "4 kB" });
const OPTIONS = { policy: POLICY, secret: [1, 2, 3, 4], delays: false } as const;
const DISPLACEMENT_BIT = 50n;
const TOUCH_SHIFT = 56n;

/** A core that has metered one packet of each key, in a table that had its size from the start. */
function filledCore(keyOf: (index: number) => bigint, flows: number): CoreExports {
  const core = instantiateCore(coreModule());
  configureCore(core, { ...OPTIONS, records: false, maxFlows: flows, expectedFlows: flows });
  viewsOf(core.memory).config[CONFIG_INTEGER_KEYS] = 1n;
  expect(core.initialize()).toBeTruthy();
  for (let first = 0; first < flows; first += BATCH_PACKETS_MAX) {
    const { key, time, length } = viewsOf(core.memory);
    const keys = new BigUint64Array(key.buffer, key.byteOffset, BATCH_PACKETS_MAX);
    const count = Math.min(BATCH_PACKETS_MAX, flows - first);
    for (let row = 0; row < count; row += 1) keys[row] = keyOf(first + row);
    time.fill(1, 0, 2 * count);
    length.fill(100, 0, count);
    core.run(count);
  }
  return core;
}

/**
 * Lines between each flow's home line and its own, read from the slots' words (assembly/table/slot.ts): a lookup
 * touches one line more. The table is the only thing in the arena that looks like slots, which the count shows.
 */
function displacements(core: CoreExports): number[] {
  const words = new BigUint64Array(core.memory.buffer);
  const found: number[] = [];
  for (let at = Math.ceil(ARENA_BASE / 64) * 8; at < words.length; at += SLOT_BYTES / 8) {
    const word = words[at]!;
    if (word >> DISPLACEMENT_BIT > 0n && word >> TOUCH_SHIFT === 0n) found.push(Number(word >> DISPLACEMENT_BIT) - 1);
  }
  expect(found).toHaveLength(Number(viewsOf(core.memory).stats[STAT_FLOWS]));
  return found;
}

describe("lines of the table a packet touches, at the fullest a table gets before it grows", () => {
  const FLOWS = 2 ** 17;
  const patterns: readonly (readonly [string, (index: number) => bigint])[] = [
    ["one after the other", (index) => BigInt(index)],
    ["low bits alike", (index) => BigInt(index) << 16n],
    ["a stride of 4096", (index) => BigInt(index) * 4096n],
    ["high word only", (index) => BigInt(index) << 32n],
    ["scattered", (index) => (BigInt(scramble(index)) << 32n) | BigInt(index)],
  ];

  test.each(patterns)("keys %s: 1.18 in the mean, 24 at most", (_, keyOf) => {
    const lines = displacements(filledCore(keyOf, FLOWS)).map((far) => far + 1);
    expect(lines).toHaveLength(FLOWS);
    const mean = lines.reduce((sum, count) => sum + count, 0) / FLOWS;
    // Two keys a line at half load: 1.18 when every key is equally likely at home in every line.
    expect(mean).toBeGreaterThan(1.1);
    expect(mean).toBeLessThan(1.2);
    expect(lines.reduce((most, count) => Math.max(most, count), 0)).toBeLessThanOrEqual(24);
  });

  test("a table costs one line of 64 bytes a flow then, and nothing beside it", () => {
    const core = filledCore(BigInt, FLOWS);
    expect(core.tableBytes() / FLOWS).toBeLessThan(64.1);
    expect(core.memory.buffer.byteLength / FLOWS).toBeLessThan(76);
  });
});

test("a capture is metered with a few calls a batch, whatever the number of packets", () => {
  const [packets, windowBytes] = [40_000, 2 ** 18];
  const capture = synthesize({ packets, flows: 1000, seed: 1 });
  const meter = new CaptureMeter(coreModule(), {
    ...OPTIONS,
    keying: { by: "5-tuple" },
    captureCount: 1,
    maxFlows: 1000,
    records: true,
    skipOther: false,
  });
  let calls = 0;
  const counted = new Proxy(meter.core, {
    get: (core, name: keyof CoreExports) => {
      if (typeof core[name] === "function") calls += 1;
      return core[name];
    },
  });
  Object.assign(meter, { core: counted });
  let [at, metered] = [0, 0];
  for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
    if (step.kind === "batch") metered += step.packets;
    else {
      const space = meter.space(step.capture);
      const bytes = Math.min(space.length, capture.length - at);
      space.set(capture.subarray(at, at + bytes));
      meter.feed(step.capture, bytes);
      at += bytes;
    }
  }
  expect(metered).toBe(packets);
  // Decode, first frame, meter a batch; decode, space, its place, feed a window.
  const batches = Math.ceil(packets / BATCH_PACKETS_MAX);
  const windows = Math.ceil(capture.length / windowBytes);
  expect(calls).toBeLessThanOrEqual(4 * (batches + 2 * windows));
});

test.each(["core", "js"] as const)(
  "the %s engine leaves less than a byte of garbage for 16 packets",
  async (engine) => {
    const input: HeapInput = { engine, flows: 10_000, batches: 500 };
    const flags = ["--expose-gc", "--import", import.meta.resolve("tsx")];
    const { heapBytes, collections, packets } = await isolate<HeapResult>(
      new URL("../bench/heapcase.ts", import.meta.url),
      input,
      flags,
    );
    expect(packets).toBe(500 * BATCH_PACKETS_MAX);
    expect(collections).toBe(0);
    expect(heapBytes / packets).toBeLessThan(1 / 16);
  },
);
