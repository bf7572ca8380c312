// Goal: every engine gives every recorded verdict, whatever the batches.
import { describe, expect, test } from "vitest";
import { ENGINES, engineOptions } from "./support/engines.ts";
import { compiledFromDefinition } from "./support/profile.ts";
import { runPackets } from "./support/run.ts";
import { definitionOf, VECTORS } from "./support/vectors.ts";

const KEY = 0x1234_5678_9abc_def0n;

test("the vectors are there", () => {
  expect(VECTORS).toHaveLength(92);
});

describe.each(ENGINES)("$name", ({ create }) => {
  test.each(VECTORS)("$name", ({ policy, packets, expect: expected }) => {
    const compiled = compiledFromDefinition(definitionOf(policy));
    const offered = packets.map(([timeNs, length, colorIn]) => ({ timeNs: BigInt(timeNs), length, key: KEY, colorIn }));
    for (const delays of [true, false]) {
      for (const cuts of [[], [1], [7, 64, 3]]) {
        const engine = create(engineOptions(compiled, { delays }));
        expect(runPackets(engine, offered, cuts).colors).toEqual(expected);
      }
    }
  });
});
