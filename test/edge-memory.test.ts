// Goal: a meter takes no memory after its creation, whatever keys come, and calls of the core that
// reuse their answer leave no garbage.
// The large form, 100 M decisions over 10 M keys, is `npm run bench -- limiters`.
import { expect, test } from "vitest";
import { isolate } from "../bench/isolate.ts";
import type { SteadyInput, SteadyResult } from "../bench/limiters/steady.ts";

const MODULE = new URL("../bench/limiters/steady.ts", import.meta.url);
const MIB = 2 ** 20;
const SMALL = { keys: 200_000, decisions: 1_000_000 };
/** Keys that are new to the engine without WebAssembly cost it whole numbers of any size. */
const SMALLER = { keys: 100_000, decisions: 200_000 };
const FLAGS = ["--expose-gc", "--import", import.meta.resolve("tsx")];

async function steady(input: Omit<SteadyInput, "keys" | "decisions">): Promise<SteadyResult> {
  const size = input.engine === "wasm" ? SMALL : SMALLER;
  return isolate<SteadyResult>(MODULE, { ...size, ...input }, FLAGS);
}

test.each([
  { engine: "wasm", key: "u32", maxFlows: 200_000 },
  { engine: "wasm", key: "u32", maxFlows: 20_000 },
  { engine: "wasm", key: "string", maxFlows: 20_000 },
  { engine: "js", key: "u32", maxFlows: 20_000 },
] as const)("$engine, $key keys, room for $maxFlows: flat; no garbage from the core", async (input) => {
  const { tenths, created, collections, grownBytes, statedBytes, untracked, forgotten } = await steady({
    ...input,
    reusesAnswer: true,
  });
  expect(forgotten).toBe(0);
  // Half of the table is in use: none of 256 places having drained is as rare as 110 heads in a row.
  expect(untracked).toBe(0);
  if (input.engine === "wasm") {
    expect(collections).toBe(0);
    // What the counters themselves and late compilation leave.
    expect(grownBytes).toBeLessThan(100_000);
  }
  for (const { heapBytes, residentBytes } of tenths) {
    expect(heapBytes - created.heapBytes).toBeLessThan(MIB);
    // Pages that creation took count once they are touched; machine code comes on top.
    expect(residentBytes - created.residentBytes).toBeLessThan(statedBytes + 16 * MIB);
  }
});

test("the measure sees garbage where there is some", async () => {
  const result = await steady({ engine: "wasm", key: "u32", maxFlows: 20_000, reusesAnswer: false });
  expect(result.collections + result.grownBytes / MIB).toBeGreaterThan(1);
});
