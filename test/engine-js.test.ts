// Goal: the parts of the pure-JS engine that traces seldom drive to their edges: word arithmetic, removal, the heap.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import * as abi from "../assembly/abi.ts";
import { ActiveFlows } from "../src/engine-js/exact/activeflows.ts";
import { putNumber, waitNs } from "../src/engine-js/float.ts";
import { hashKey, withTag, type Secret } from "../src/engine-js/hash.ts";
import * as outcome from "../src/engine-js/outcome.ts";
import { secondIndex } from "../src/engine-js/slot.ts";
import { FlowTable, NO_SLOT } from "../src/engine-js/table.ts";
import { bigintOf, divideUp, productHigh, wordsOf } from "../src/engine-js/words.ts";

const SEEDED = { numRuns: 20_000, seed: 20_260_102 };
const MAX = 2n ** 64n - 1n;
const SECRET: Secret = [3, 1, 4, 1];

/** Sizes as likely as one another, and the edges of words and of float64. */
const wide = fc.oneof(
  fc.tuple(fc.bigInt(0n, MAX), fc.bigInt(0n, 63n)).map(([value, bits]) => value >> bits),
  fc.constantFrom(0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, MAX),
);

test("colors and reasons are those of the core", () => {
  const { NEVER_WORD, ...shared } = outcome;
  expect(abi).toMatchObject(shared);
  expect(NEVER_WORD).toBe(0xffff_ffff);
});

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

/** Half of the values lie on a multiple of the divisor or one beside it. */
function nearMultiple(value: bigint, divisor: bigint, off: bigint): bigint {
  const near = value - (value % divisor) + off;
  return near < 0n || near > MAX ? value : near;
}

const divisors = wide.filter((value) => value > 0n);

test("a quotient is rounded up exactly", () => {
  const target = new Uint32Array(4);
  fc.assert(
    fc.property(wide, divisors, fc.bigInt(-1n, 1n), (a, divisor, off) => {
      for (const dividend of [a, nearMultiple(a, divisor, off)]) {
        divideUp(wordsOf(dividend), wordsOf(divisor), target, 2);
        expect(bigintOf(target[2]!, target[3]!)).toBe((dividend + divisor - 1n) / divisor);
      }
    }),
    SEEDED,
  );
});

test("so it is in float64, as long as dividend and divisor together are below 2^53", () => {
  const target = new Uint32Array(4);
  fc.assert(
    fc.property(wide, divisors, fc.bigInt(-1n, 1n), (a, b, off) => {
      const divisor = (b >> 12n) + 1n;
      const dividend = nearMultiple(a >> 12n, divisor, off);
      putNumber(target, 1, waitNs(Number(dividend), Number(divisor)));
      expect(bigintOf(target[2]!, target[3]!)).toBe((dividend + divisor - 1n) / divisor);
    }),
    SEEDED,
  );
});

test("what never drains is waited for for ever, what has drained not at all", () => {
  const target = new Uint32Array(2);
  putNumber(target, 0, waitNs(1, 0));
  expect(bigintOf(target[0]!, target[1]!)).toBe(MAX);
  expect([waitNs(0, 0), waitNs(-5, 0), waitNs(0, 7)]).toEqual([0, 0, 0]);
  expect(waitNs(Infinity, 7)).toBe(Infinity);
});

test("after any insertions, growth and removals exactly the keys that are there are found, each with its level", () => {
  const steps = fc.array(fc.nat(399), { minLength: 500, maxLength: 1500, size: "max" });
  fc.assert(
    fc.property(steps, fc.nat(), fc.constantFrom(64, 100), (names, word, flowsMax) => {
      const secret: Secret = [word, SECRET[1], SECRET[2], SECRET[3]];
      const table = new FlowTable(flowsMax, secret, true);
      const present = new Set<number>();
      // A key has up to four entries, which the tag tells apart.
      const find = (name: number) => {
        const hash = withTag(hashKey(name >>> 2, 0, secret), name & 3);
        return { hash, slot: table.find(hash, name >>> 2, 0, name & 3) };
      };
      for (const name of names) {
        const { hash, slot } = find(name);
        expect(slot !== NO_SLOT).toBe(present.has(name));
        if (slot !== NO_SLOT) expect(table.seconds[secondIndex(slot)]).toBe(name);
        if (slot === NO_SLOT && (table.room > 0 || table.grow())) {
          const made = table.insert(hash, name >>> 2, 0, name & 3, 1);
          table.seconds[secondIndex(made)] = name;
          present.add(name);
        } else {
          const leaver = slot === NO_SLOT ? [...present][name % present.size]! : name;
          table.remove(find(leaver).slot);
          present.delete(leaver);
        }
        expect(table.flows).toBe(present.size);
        expect(table.flows).toBeLessThanOrEqual(flowsMax);
      }
    }),
    { numRuns: 60, seed: SEEDED.seed },
  );
});

test("the first of the active flows is always the one that finishes first", () => {
  const steps = fc.array(fc.record({ flow: fc.nat(30), ticks: fc.bigInt(0n, 50n) }), { maxLength: 200, size: "max" });
  fc.assert(
    fc.property(steps, (moves) => {
      const active = new ActiveFlows();
      const shares = Array.from({ length: 31 }, () => ({ finish: 0n, weight: 1n, place: -1 }));
      for (const { flow, ticks } of moves) {
        const share = shares[flow]!;
        if (ticks === 0n) {
          active.removeFirst();
        } else {
          share.finish += ticks;
          if (share.place < 0) active.join(share);
          else active.moveBack(share);
        }
        const finishes = shares.filter(({ place }) => place >= 0).map(({ finish }) => finish);
        const sorted = finishes.toSorted((left, right) => Number(left - right));
        expect(active.first?.finish).toBe(sorted[0]);
        expect(active.before(100n).map(({ finish }) => finish)).toEqual(sorted.filter((finish) => finish < 100n));
      }
    }),
    { numRuns: 300, seed: SEEDED.seed },
  );
});
