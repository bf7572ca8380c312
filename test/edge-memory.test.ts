// Goal: a meter takes no memory after its creation, whatever keys come, and calls that reuse their answer leave no
// garbage, on the core as on the engine without WebAssembly.
// The large form, 100 M decisions over 10 M keys, is `npm run bench -- limiters`.
import { describe, expect, test } from "vitest";
import { isolate } from "../bench/isolate.ts";
import { readInFull } from "../src/edge/fullpolicy.ts";
import { Meter } from "../src/edge/meter.ts";
import { settingsOf } from "../src/edge/options.ts";
import type { MeterOptions } from "../src/edge/types.ts";
import { EDGE_ENGINES } from "./support/edge.ts";
import type { CallGarbage, GarbageInput, GarbageResult } from "./support/edgegarbage.ts";
import type { SteadyInput, SteadyResult } from "../bench/limiters/steady.ts";

const MODULE = new URL("../bench/limiters/steady.ts", import.meta.url);
const MIB = 2 ** 20;
/**
 * What a round leaves when calls leave nothing: the measure itself takes 25 kB, and code that is compiled late or feedback
 * for it some more, once. It does not grow with the calls: a million leave as much as ten million.
 */
const ROUND_BYTES_MAX = 100_000;
const GARBAGE = new URL("support/edgegarbage.ts", import.meta.url);
const SMALL = { keys: 200_000, decisions: 1_000_000 };
const FLAGS = ["--expose-gc", "--import", import.meta.resolve("tsx")];

/** A busy machine compiles later, within what is measured: calls that leave garbage do so in every process. */
const PROCESSES_MAX = 3;

async function steady(input: Omit<SteadyInput, "keys" | "decisions">): Promise<SteadyResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await isolate<SteadyResult>(MODULE, { ...SMALL, ...input }, FLAGS);
    const isClean = result.collections === 0 && result.grownBytes < ROUND_BYTES_MAX;
    if (isClean || attempt === PROCESSES_MAX) return result;
  }
}

test.each([
  { engine: "wasm", key: "u32", maxFlows: 200_000 },
  { engine: "wasm", key: "u32", maxFlows: 20_000 },
  { engine: "wasm", key: "string", maxFlows: 20_000 },
  { engine: "js", key: "u32", maxFlows: 20_000 },
] as const)("$engine, $key keys, room for $maxFlows: flat, no garbage", async (input) => {
  const { tenths, created, collections, grownBytes, statedBytes, untracked, forgotten } = await steady({
    ...input,
    reusesAnswer: true,
  });
  expect(forgotten).toBe(0);
  // Half of the table is in use: none of 256 places having drained is as rare as 110 heads in a row.
  expect(untracked).toBe(0);
  expect(collections).toBe(0);
  // What the counters themselves and late compilation leave.
  expect(grownBytes).toBeLessThan(ROUND_BYTES_MAX);
  for (const { heapBytes, residentBytes } of tenths) {
    expect(heapBytes - created.heapBytes).toBeLessThan(MIB);
    // Pages that creation took count once they are touched; machine code comes on top.
    expect(residentBytes - created.residentBytes).toBeLessThan(statedBytes + 16 * MIB);
  }
});

/** Tells what each round left. */
async function garbage(input: Omit<GarbageInput, "roundBytesMax">): Promise<readonly CallGarbage[]> {
  const { kinds } = await isolate<GarbageResult>(GARBAGE, { ...input, roundBytesMax: ROUND_BYTES_MAX }, FLAGS);
  for (const { kind, calls, rounds } of kinds) {
    const told = rounds.map(({ collections, grownBytes }) => (collections > 0 ? "collected" : String(grownBytes)));
    process.stdout.write(`${input.engine}, ${input.key}, ${kind}: bytes after ${calls} calls: ${told.join(", ")}\n`);
  }
  return kinds;
}

/**
 * The same of the first process whose calls all come to leave nothing. Which functions V8 compiles into their callers,
 * and so whether a number is put on the heap now and then, differs from process to process on a busy machine.
 */
async function leastGarbage(input: Omit<GarbageInput, "roundBytesMax">): Promise<readonly CallGarbage[]> {
  for (let attempt = 1; ; attempt += 1) {
    const kinds = await garbage(input);
    const isClean = kinds.every(({ rounds }) => rounds.at(-1)!.grownBytes < ROUND_BYTES_MAX);
    if (isClean || attempt === PROCESSES_MAX) return kinds;
  }
}

test.each([
  { engine: "wasm", key: "u32" },
  { engine: "wasm", key: "string" },
  { engine: "js", key: "u32" },
  { engine: "js", key: "string" },
] as const)("$engine, $key keys: calls leave nothing, whatever becomes of them", async (input) => {
  for (const { kind, calls, asSaid, rounds } of await leastGarbage({ ...input, reusesAnswer: true, roundsMax: 12 })) {
    // All but the first few of each key, and those that have got a place.
    expect([kind, asSaid >= 0.8 * calls * rounds.length]).toEqual([kind, true]);
    // An object each, of 16 bytes at least, would be 1.6 MB in the shortest round, or a collection in every one.
    const { collections, grownBytes } = rounds.at(-1)!;
    expect([kind, collections]).toEqual([kind, 0]);
    expect(grownBytes, kind).toBeLessThan(ROUND_BYTES_MAX);
  }
});

test("the measure sees garbage where there is some", async () => {
  for (const { rounds } of await garbage({ engine: "wasm", key: "u32", reusesAnswer: false, roundsMax: 2 })) {
    expect(rounds.every(({ collections, grownBytes }) => collections + grownBytes / MIB > 1)).toBe(true);
  }
});

describe("memory is taken once", () => {
  const options: MeterOptions = {
    policies: [{ meter: "token-bucket", rate: "1 packets/s", burst: "9 packets" }],
    maxFlows: 99,
  };

  test.each(EDGE_ENGINES)("$name: none is added to what the engine was made with", ({ make }) => {
    const buffers: ArrayBuffer[] = [];
    const meter = new Meter(settingsOf(options, readInFull), (bytes) => {
      const engine = make(bytes);
      buffers.push(engine.memory.buffer);
      return engine;
    });
    meter.decide("a", 0);
    expect(buffers).toStrictEqual([meter.engine.memory.buffer]);
    // One that had grown would be detached, which makes V8 check each access to any typed array of the process.
    expect(buffers[0]!.byteLength).toBe(meter.stats().memoryBytes);
    expect(buffers[0]!.byteLength).toBeGreaterThanOrEqual(meter.layout.end);
  });

  test("what is not to be had is said with the option that asks for it; other errors stay what they are", () => {
    const settings = settingsOf(options, readInFull);
    const meterOf = (error: Error) => () =>
      new Meter(settings, () => {
        throw error;
      });
    expect(meterOf(new RangeError("could not allocate memory"))).toThrow(
      /^maxFlows 99: its \d+ bytes are not to be had$/,
    );
    expect(meterOf(new Error("edge core has another version"))).toThrow(/^edge core has another version$/);
  });
});
