// Goal: every engine gives every recorded departure, exact to the fraction, whatever the batches.
import { describe, expect, test } from "vitest";
import { fraction } from "../src/reference/rational.ts";
import { ENGINES, engineOptions } from "./support/engines.ts";
import { runPackets, type Departure } from "./support/run.ts";
import { shaperOf, SHAPER_VECTORS } from "./support/shapervectors.ts";

const KEY = 0x1234_5678_9abc_def0n;

/** "p/q" in lowest terms, as the vectors have it. */
function exactText(departure: Departure | null, parts: bigint): string | null {
  if (departure === null) return null;
  const { num, den } = fraction(departure.ns * parts - departure.rest, parts);
  return `${num}/${den}`;
}

test("the vectors are there: three leaky buckets, a token bucket, and two tick queues", () => {
  const kinds = new Set(SHAPER_VECTORS.map(({ name }) => name.replace(/-\d+$/u, "")));
  expect([...kinds].toSorted()).toEqual([
    "shaper-bytes",
    "shaper-fluid",
    "shaper-packets",
    "tanenbaum-immediate",
    "tanenbaum-tick",
    "token-shaper",
  ]);
  expect(SHAPER_VECTORS).toHaveLength(24);
});

describe.each(ENGINES)("$name", ({ create }) => {
  test.each(SHAPER_VECTORS)("$name", ({ policy, packets, expect: expected }) => {
    const compiled = shaperOf(policy);
    const { departureParts } = compiled.profile;
    const offered = packets.map(([timeNs, length, colorIn]) => ({ timeNs: BigInt(timeNs), length, key: KEY, colorIn }));
    for (const delays of [true, false]) {
      for (const cuts of [[], [1], [7, 64, 3]]) {
        const engine = create(engineOptions(compiled, { delays }));
        const { colors, departures } = runPackets(engine, offered, cuts);
        const found = departures.map((departure, index) => [colors[index], exactText(departure, departureParts)]);
        expect(found).toEqual(expected);
        for (const departure of departures) expect(departure?.rest ?? 0n).toBeLessThan(departureParts);
      }
    }
  });
});
