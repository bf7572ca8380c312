// Goal: the parts of the pure-JS engine that traces seldom drive to their edges: word arithmetic and removal.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hashKey } from "../src/engine-js/hash.ts";
import { FlowTable, NO_ROOM } from "../src/engine-js/table.ts";
import { bigintOf, divideUp, productHigh, wordsOf } from "../src/engine-js/words.ts";

const SEEDED = { numRuns: 20_000, seed: 20_260_102 };
const MAX = 2n ** 64n - 1n;
const SECRET = [3, 1, 4, 1] as const;

/** Sizes as likely as one another, and the edges of words and of float64. */
const wide = fc.oneof(
  fc.tuple(fc.bigInt(0n, MAX), fc.bigInt(0n, 63n)).map(([value, bits]) => value >> bits),
  fc.constantFrom(0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, MAX),
);

test("a product's low 64 bits are exact", () => {
  fc.assert(
    fc.property(wide, wide, (a, b) => {
      const [left, right] = [wordsOf(a), wordsOf(b)];
      const lo = Math.imul(left.lo, right.lo) >>> 0;
      expect(bigintOf(lo, productHigh(left.lo, left.hi, right.lo, right.hi))).toBe((a * b) & MAX);
    }),
    SEEDED,
  );
});

test("a quotient is rounded up exactly", () => {
  const target = new Uint32Array(4);
  fc.assert(
    fc.property(
      wide,
      wide.filter((value) => value > 0n),
      fc.bigInt(-1n, 1n),
      (a, divisor, off) => {
        // Half of the dividends lie on a multiple of the divisor or one beside it.
        const near = a - (a % divisor) + off;
        for (const dividend of [a, near < 0n || near > MAX ? a : near]) {
          divideUp(wordsOf(dividend), wordsOf(divisor), target, 2);
          expect(bigintOf(target[2]!, target[3]!)).toBe((dividend + divisor - 1n) / divisor);
        }
      },
    ),
    SEEDED,
  );
});

test("after any insertions and removals exactly the keys that are there are found", () => {
  // Lookups that miss must not insert: a table that is full answers NO_ROOM instead.
  const steps = fc.array(fc.nat(399), { minLength: 500, maxLength: 1500, size: "max" });
  fc.assert(
    fc.property(steps, fc.nat(), (keys, word) => {
      const secret = [word, ...SECRET.slice(1)] as unknown as typeof SECRET;
      const flowsMax = 64;
      const table = new FlowTable(flowsMax, secret, () => 1);
      const present = new Set<number>();
      for (const key of keys) {
        const slot = table.locate(hashKey(key, 0, secret), key, 0);
        expect(slot === NO_ROOM).toBe(!present.has(key) && present.size === flowsMax);
        if (slot === NO_ROOM || present.has(key)) {
          const leaver = slot === NO_ROOM ? [...present][key % flowsMax]! : key;
          table.remove(table.locate(hashKey(leaver, 0, secret), leaver, 0));
          present.delete(leaver);
        } else {
          present.add(key);
        }
        expect(table.flows).toBe(present.size);
      }
    }),
    { numRuns: 60, seed: SEEDED.seed },
  );
});
