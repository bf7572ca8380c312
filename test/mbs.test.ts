/** Maximum burst size, from the limit and back, against the algorithm itself. */
import { describe, expect, test } from "vitest";
import { bucketsOf, compilePolicy, describePolicy } from "../src/policies.ts";
import type { PolicyDescription } from "../src/policies.ts";
import { compare, rational } from "../src/rational.ts";
import type { BucketDefinition } from "../src/types.ts";

function described(limit: string, spacing: string, increment = "10 ns"): PolicyDescription {
  return describePolicy(compilePolicy({ meter: "gcra", increment, limit, spacing, cost: "packets" }));
}

/** Cells at 0, spacing, 2 spacing ... that conform by virtual scheduling before the first that does not. */
function countedBurst(incrementNs: number, spacingNs: number, limitNs: number): number {
  let [count, tatNs] = [0, 0];
  while (count * spacingNs >= tatNs - limitNs) {
    tatNs = Math.max(tatNs, count * spacingNs) + incrementNs;
    count += 1;
  }
  return count;
}

describe("maximum burst size", () => {
  test("T 10, spacing 1: tau 45 lets 6 cells pass, 44 lets 5; 32 cells need tau 279", () => {
    expect(described("45 ns", "1 ns").mbs).toBe(6);
    expect(described("44 ns", "1 ns").mbs).toBe(5);
    const policy = compilePolicy({ meter: "gcra", increment: "10 ns", mbs: 32, spacing: "1 ns" });
    expect(describePolicy(policy)).toMatchObject({ mbs: 32, fillTime: { ns: 279 }, spacing: { ns: 1 } });
    expect(described("0 ns", "10 ns").mbs).toBe("unlimited");
  });

  test("PCR 100/s, SCR 10/s, MBS 11: the sustained limit is 0.9 s", () => {
    const input = { meter: "dual", pcr: "100 packets/s", cdvt: "0 s", scr: "10 packets/s", mbs: 11 };
    expect(describePolicy(compilePolicy(input))).toMatchObject({
      mbs: 11,
      buckets: [{}, { fillTime: { ns: 900_000_000 } }],
    });
  });

  test("is floor(1 + tau / (T - spacing)) for all T below 12 and tau below 60, and what the algorithm lets pass", () => {
    for (let increment = 1; increment < 12; increment++) {
      for (let spacing = 0; spacing < increment; spacing++) {
        for (let tau = 0; tau < 60; tau++) {
          const { mbs } = described(`${tau} ns`, `${spacing} ns`, `${increment} ns`);
          expect(mbs).toBe(1 + Math.floor(tau / (increment - spacing)));
          expect(mbs).toBe(countedBurst(increment, spacing, tau));
        }
      }
    }
  });

  test("and back: the least limit of a burst lets it pass, and not one cell more", () => {
    for (let increment = 1; increment < 12; increment++) {
      for (let spacing = 0; spacing < increment; spacing++) {
        for (let mbs = 1; mbs < 8; mbs++) {
          const parameters = { increment: `${increment} ns`, spacing: `${spacing} ns` };
          const policy = compilePolicy({ meter: "gcra", ...parameters, mbs });
          const limitNs = (mbs - 1) * (increment - spacing);
          const [{ depth }] = bucketsOf(policy.definition) as [BucketDefinition];
          expect(compare(depth, rational(BigInt(limitNs), BigInt(increment)))).toBe(0);
          expect(describePolicy(policy).mbs).toBe(mbs);
          expect(countedBurst(increment, spacing, limitNs)).toBe(mbs);
        }
      }
    }
  });

  test.each([
    ["post", "5 packets", 5],
    ["post", "0.5 packets", 0],
    ["pre", "5 packets", 6],
    ["pre", "0.5 packets", 1],
    ["overdraft", "5 packets", 5],
    ["overdraft", "0.5 packets", 1],
    ["overdraft", "4.5 packets", 5],
  ])("at one instant, check %s and burst %s: %i", (check, burst, mbs) => {
    const policy = compilePolicy({ meter: "leaky-bucket", rate: "1 packets/s", burst, check });
    expect(describePolicy(policy).mbs).toBe(mbs);
  });
});
