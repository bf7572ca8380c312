// Goal: whoever waits in a flow of two rates leaves when the definition says, wherever engines keep what they know of him:
// in few bits above levels that leave room for them, elsewhere where levels do not, or where there are more or larger ones.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileShaper } from "../../src/policies.ts";
import type { ShaperPolicy } from "../../src/types.ts";
import { expectEqual } from "../support/agreement.ts";
import { ENGINES, engineOptions, FAST_ENGINES } from "../support/engines.ts";
import { type Packet, runPackets } from "../support/run.ts";
import { cuts } from "../support/traces.ts";
import { HELD_LEVEL_BITS } from "../../assembly/abi/shaper.ts";

/** Of 1 kbit/s, with any multiple of it as the peak: a unit is so many level steps. */
const STEPS_A_UNIT = 8_000_000n;
/** Burst and queue together, in bytes, whose levels just fit below 2^HELD_LEVEL_BITS. */
const FITTING_BYTES = Number(((1n << BigInt(HELD_LEVEL_BITS)) - 2n) / STEPS_A_UNIT);
/** Sizes at which one no longer fits into the bits of a packet. */
const SIZES = [1, 64, 700, 1500, 9000, 16_383, 16_384, 20_000];

interface Case {
  readonly policy: ShaperPolicy;
  readonly limit: number;
  readonly packets: readonly Packet[];
}

/** Lengths that together are so many bytes, none above `most`. */
function pieces(bytes: number, most: number): number[] {
  const whole = Array.from({ length: Math.floor(bytes / most) }, () => most);
  return bytes % most === 0 ? whole : [...whole, bytes % most];
}

/** One flow: a burst that passes at once and three packets that fill the queue, then others after pauses of all lengths. */
function packetsOf(
  burst: number,
  largest: number,
  limit: number,
  moves: readonly (readonly [number, number])[],
): Packet[] {
  const third = Math.floor(limit / 3);
  const thirds = [third, third, limit - 2 * third];
  const lengths = [...SIZES, ...thirds];
  let timeNs = 1000n;
  const filling = [...pieces(burst, largest), ...thirds].map((length) => ({ timeNs, length, key: 1n }));
  const later = moves.map(([length, pause]) => {
    const halved = Math.floor(limit / 2 ** (pause % 10));
    timeNs += pause < 40 ? BigInt(pause % 3) : STEPS_A_UNIT * BigInt(halved) + BigInt(pause % 2);
    return { timeNs, length: lengths[length % lengths.length]!, key: 1n };
  });
  return [...filling, ...later];
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    cir: fc.constantFrom("1 kbit/s", "1 kbit/s", "1 kbit/s", "127 B/s"),
    pir: fc.constantFrom("2 kbit/s", "3 kbit/s", "20 kbit/s", "200 kbit/s"),
    cbs: fc.constantFrom(4000, 4000, 20_000, 60_000, 100_000, FITTING_BYTES - 2000),
    pbs: fc.constantFrom(1600, 1600, 16_384, 20_000, 60_000, 100_000, 200_000),
    beyond: fc.constantFrom(0, 0, 1, 100_000),
    count: fc.constantFrom("bytes", "bytes", "packets"),
    moves: fc.array(fc.tuple(fc.nat(99), fc.nat(99)), { minLength: 10, maxLength: 60 }),
  })
  .map(({ cir, pir, cbs, pbs, beyond, count, moves }) => {
    const limit = FITTING_BYTES - cbs + beyond;
    const bound = count === "bytes" ? `${limit} B` : "5 packets";
    const rates = { cir, cbs: `${cbs} B`, pir, pbs: `${pbs} B`, limit: bound };
    const policy = compileShaper({ shaper: "two-rate", ...rates, length: "frame" });
    return { policy, limit, packets: packetsOf(cbs, Math.min(cbs, pbs, limit, 16_000), limit, moves) };
  });

test("two rates hold up to three packets above their levels, or elsewhere: no departure shows it", () => {
  let waited = 0;
  fc.assert(
    fc.property(cases, cuts, fc.boolean(), ({ policy, packets }, sizes, isFull) => {
      const [judge] = ENGINES;
      const judged = runPackets(judge!.create(engineOptions(policy, { levels: true })), packets, sizes);
      // Colors and departures alone have a loop of their own.
      const defined = isFull ? judged : { ...judged, delays: [], reasons: [], levels: [] };
      waited += defined.departures.filter((departure, index) => (departure?.ns ?? 0n) > packets[index]!.timeNs).length;
      for (const row of FAST_ENGINES) {
        const found = runPackets(row.create(engineOptions(policy, { delays: isFull, levels: isFull })), packets, sizes);
        expectEqual(found, defined, row.name);
      }
    }),
    { numRuns: 2000, seed: 20_260_301 },
  );
  expect(waited).toBeGreaterThan(15_000);
});
