// Goal: the fields are what draft-ietf-httpapi-ratelimit-headers-11 and RFC 9651 have them be: a strict parser reads back
// the names, and numbers that never promise more, or sooner, than the meter does.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMeter } from "../src/edge/entry.node.ts";
import type { EdgeMeter, NamedPolicy, Quota, TimeUnit } from "../src/edge/types.ts";
import { limitField, policyField, secondsOf, timeOf } from "../src/http/fields.ts";
import { byteSequence, integer } from "../src/http/structured.ts";
import { parseList } from "./support/structuredfields.ts";

const SEEDED = { numRuns: 2000, seed: 20_261_122 };
const PER_SEC: Readonly<Record<TimeUnit, bigint>> = { ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n };
const INTEGER_MAX = 999_999_999_999_999;

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const units = fc.constantFrom<TimeUnit>("ms", "us", "ns");
const amounts = fc.oneof(fc.nat(), fc.double({ min: 0, max: 2 ** 33, noNaN: true }), fc.constant(0));
const times = fc.oneof(fc.maxSafeNat(), fc.nat(), fc.constantFrom(0, 1, 999, 1000, 1001, Infinity));
const partitions = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined });
const quotas = fc.record({
  name: printable,
  policy: fc.nat(63),
  limit: amounts,
  window: times,
  cost: fc.constantFrom<Quota["cost"]>("bytes", "packets"),
});
const standings = fc.record({ quota: quotas, decision: fc.record({ remaining: amounts, resetAfter: times }) });

/** Seconds rounded up, by integers alone. */
function ceilSeconds(time: number, unit: TimeUnit): number {
  const per = PER_SEC[unit];
  return Number((BigInt(time) + per - 1n) / per);
}

describe("a strict parser reads back", () => {
  test("RateLimit-Policy: every name, q rounded down, w in whole seconds rounded up and never 0, qu and pk", () => {
    fc.assert(
      fc.property(fc.array(quotas, { minLength: 1, maxLength: 5 }), units, partitions, (list, unit, partition) => {
        const items = parseList(policyField(list, unit, partition));
        expect(items.length).toBe(list.length);
        for (const [index, { value, parameters }] of items.entries()) {
          const { name, limit, window, cost } = list[index]!;
          expect(value).toBe(name);
          expect(parameters["q"]).toBe(Math.floor(limit));
          const w = window === Infinity ? undefined : Math.max(1, ceilSeconds(window, unit));
          expect(parameters["w"]).toBe(w === undefined ? undefined : Math.min(w, INTEGER_MAX));
          expect(parameters["qu"]).toBe(cost === "bytes" ? "content-bytes" : undefined);
          expect(parameters["pk"]).toStrictEqual(partition === undefined ? undefined : Buffer.from(partition));
        }
      }),
      SEEDED,
    );
  });

  test("RateLimit: r rounded down, t rounded up and never after Retry-After", () => {
    const retries = fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(standings, { minLength: 1, maxLength: 5 }), units, retries, (list, unit, retryAfterSec) => {
        const items = parseList(limitField(list, unit, retryAfterSec));
        for (const [index, { value, parameters }] of items.entries()) {
          const { quota, decision } = list[index]!;
          expect(value).toBe(quota.name);
          expect(parameters["r"]).toBe(Math.floor(decision.remaining));
          const { resetAfter } = decision;
          const t = resetAfter === Infinity ? Infinity : ceilSeconds(resetAfter, unit);
          const least = Math.min(t, retryAfterSec ?? Infinity, t === Infinity ? Infinity : INTEGER_MAX);
          expect(parameters["t"]).toBe(least === Infinity ? undefined : least);
        }
      }),
      SEEDED,
    );
  });
});

describe("serialisation", () => {
  test("quotes and backslashes of a name are escaped, as RFC 9651 wants", () => {
    const quota: Quota = { name: 'a"b\\c', policy: 0, limit: 1, window: 1000, cost: "packets" };
    expect(policyField([quota], "ms")).toBe('"a\\"b\\\\c";q=1;w=1');
  });

  test.each(["Schlüssel", "a\nb", "\u0000", "日本"])("%j is no name of a field: an error that says so", (name) => {
    const quota: Quota = { name, policy: 0, limit: 1, window: 1000, cost: "packets" };
    expect(() => policyField([quota], "ms")).toThrow(/cannot be told in a header field; use printable ASCII$/u);
  });

  test("the example of the draft for a partition key", () => {
    expect(byteSequence(new TextEncoder().encode("App-999"))).toBe(":QXBwLTk5OQ==:");
  });

  test("an integer has at most 15 digits", () => {
    expect([integer(1e15), integer(999_999_999_999_999), integer(0.99)]).toStrictEqual([
      "999999999999999",
      "999999999999999",
      "0",
    ]);
  });

  test("seconds round up from the first nanosecond on, after years too", () => {
    const days97Ns = 97 * 86_400 * 1e9;
    expect([0, 1, 1_000_000_000, 1_000_000_001, days97Ns + 1].map((ns) => secondsOf(ns, "ns"))).toStrictEqual([
      0,
      1,
      1,
      2,
      97 * 86_400 + 1,
    ]);
  });

  test("a clock of milliseconds is exact in every unit", () => {
    const nowMs = 1_700_000_000_000.25;
    expect([timeOf(nowMs, "ms"), timeOf(nowMs, "us"), timeOf(nowMs, "ns")]).toStrictEqual([
      1_700_000_000_000.25,
      1_700_000_000_000_250,
      1_700_000_000_000_250_000n,
    ]);
  });
});

function meterOf(policies: readonly NamedPolicy[], time: TimeUnit = "ms"): EdgeMeter {
  return createMeter({ policies, maxFlows: 100, batchRows: 0, time });
}

describe("what a meter promises", () => {
  test.each<readonly [NamedPolicy, string]>([
    [{ name: "a", meter: "token-bucket", rate: "100 packets/min", burst: "20 packets" }, '"a";q=20;w=12'],
    [{ name: "a", meter: "token-bucket", rate: "7 packets/s", burst: "20 packets" }, '"a";q=20;w=3'],
    [{ name: "a", meter: "token-bucket", rate: "1 MB/s", burst: "250 kB" }, '"a";q=250000;qu="content-bytes";w=1'],
    [{ name: "a", meter: "token-bucket", rate: "0 packets/s", burst: "5 packets" }, '"a";q=5'],
    [{ name: "a", meter: "gcra", cost: "packets", increment: "2 s", limit: "10 s", check: "post" }, '"a";q=5;w=10'],
    // Committed, then what it cannot hold fills the excess: 3 and 2 at 1/s are 5 s.
    [{ name: "a", meter: "srtcm", cir: "1 packet/s", cbs: "3 packets", ebs: "2 packets" }, '"a";q=3;w=5'],
    // The slower of two: 100 at 1/s.
    [
      {
        name: "a",
        meter: "dual",
        "peak-rate": "10 packets/s",
        "peak-burst": "10 packets",
        rate: "1 packet/s",
        burst: "100 packets",
      },
      '"a";q=10;w=100',
    ],
  ])("%j", (policy, field) => {
    for (const time of ["ms", "us", "ns"] as const) {
      expect(policyField(meterOf([policy], time).quotas(), time)).toBe(field);
    }
  });

  test("w is when a key that has used q is as a fresh one, for every kind of meter", () => {
    const rates = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(
        rates,
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom("token-bucket", "leaky-bucket"),
        (rate, burst, kind) => {
          const meter = meterOf([{ meter: kind, rate: `${rate} packets/h`, burst: `${burst} packets` }]);
          const [quota] = meter.quotas();
          const { resetAfter } = meter.decide("key", 0, quota!.limit);
          expect(resetAfter).toBe(Math.ceil(quota!.window));
        },
      ),
      { numRuns: 100, seed: 3 },
    );
  });

  test("a group has the quotas of its members, and the object is the same until one is replaced", () => {
    const meter = createMeter({
      policies: [
        { name: "second", meter: "token-bucket", rate: "10 packets/s", burst: "10 packets" },
        { name: "hour", meter: "token-bucket", rate: "1000 packets/h", burst: "100 packets" },
        { name: "both", all: ["second", "hour"] },
      ],
      maxFlows: 10,
    });
    const before = meter.quotas(2);
    expect(before.map(({ name, policy, limit }) => [name, policy, limit])).toStrictEqual([
      ["second", 0, 10],
      ["hour", 1, 100],
    ]);
    expect(meter.quotas(2)).toBe(before);
    meter.setPolicy("hour", { meter: "token-bucket", rate: "2000 packets/h", burst: "200 packets" }, "as-is", 0);
    expect(meter.quotas(2)[1]).toMatchObject({ limit: 200, window: 360_000 });
    expect(() => meter.quotas(3)).toThrow("policy 3: must be a whole number from 0 to 2");
  });
});
