// Goal: a policy put in the place of another answers from then on as in a meter that was created with it, however far the
// two are apart, and its state survives a snapshot; one that the meter's places cannot hold is refused as a whole.
import { describe, expect, test } from "vitest";
import { Random } from "../bench/random.ts";
import { createMeter, restoreMeter } from "../src/edge/entry.node.ts";
import type { EdgeMeter, Inherit, PolicyInput } from "../src/edge/types.ts";

const ENGINES = ["wasm", "js"] as const;
const START_US = 1_700_000_000_000_000;
const MONTH_US = 30 * 86_400_000_000;
const CALLS = 6000;
const SNAPSHOT_EVERY = 1000;
const KEYS = 7;
const COST_MAX = 60;

/** Of one meter and check, with small and large scales of level steps: 1000, 333 and 12.3456789 B/s, and 100 GB/s. */
const POLICIES: readonly PolicyInput[] = [
  { meter: "token-bucket", rate: "1 kB/s", burst: "40 B" },
  { meter: "token-bucket", rate: "333 B/s", burst: "61 B" },
  { meter: "token-bucket", rate: "12.3456789 B/s", burst: "50.5 B" },
  { meter: "token-bucket", rate: "100 GB/s", burst: "9 GB" },
];
const [ROUND, , ODD] = POLICIES as [PolicyInput, PolicyInput, PolicyInput];

const PAIRS = POLICIES.flatMap((before, first) =>
  POLICIES.flatMap((after, second) => (first === second ? [] : [{ before, after }])),
);

/** For how long a key that was blocked for a month is, once its policy has been replaced. */
function blockedFor(engine: (typeof ENGINES)[number], how: Inherit, replaceable: boolean): number {
  const meter = createMeter({ policies: [ROUND], maxFlows: 100, key: "u32", time: "us", replaceable, engine });
  meter.decide(1, START_US);
  meter.block(1, START_US + MONTH_US);
  meter.setPolicy(0, { ...ROUND, rate: "65535 B/s" }, how, START_US + 1);
  return meter.decide(1, START_US + 2).retryAfter;
}

describe.each(ENGINES)("%s", (engine) => {
  const meterOf = (policy: PolicyInput): EdgeMeter =>
    createMeter({
      policies: [policy],
      maxFlows: 1000,
      key: "u32",
      time: "us",
      seed: [1, 2, 3, 4],
      replaceable: true,
      engine,
    });

  test.each(PAIRS)("$after.rate in place of $before.rate", ({ before, after }) => {
    const random = new Random(1);
    let replaced = meterOf(before);
    const created = meterOf(after);
    let us = START_US;
    replaced.setPolicy(0, after, "reset", us);
    for (let call = 0; call < CALLS; call += 1) {
      us += random.below(100_000) + (random.below(1000) === 0 ? MONTH_US : 0);
      const [key, cost] = [random.below(KEYS), random.below(COST_MAX)];
      expect(replaced.decide(key, us, cost), `call ${call}`).toStrictEqual(created.decide(key, us, cost));
      if (call % SNAPSHOT_EVERY === 0) replaced = restoreMeter(replaced.snapshot(), { engine });
    }
  });

  test("a policy that the places cannot hold is refused in one line, and nothing has changed", () => {
    const meter = createMeter({ policies: [ROUND], maxFlows: 100, key: "u32", time: "us", seed: [1, 2, 3, 4], engine });
    meter.decide(1, START_US, 40);
    const before = meter.snapshot();
    const refusal =
      'policy 0: meter "token-bucket 12.3456789 B/s": needs places of 32 bytes; create the meter with replaceable: true';
    expect(() => meter.setPolicy(0, ODD, "as-is", START_US + MONTH_US)).toThrow(refusal);
    expect(meter.snapshot()).toStrictEqual(before);
  });

  test("a block stays, but for a reset", () => {
    for (const replaceable of [true, false]) {
      expect(blockedFor(engine, "as-is", replaceable)).toBe(MONTH_US - 2);
      expect(blockedFor(engine, "proportional", replaceable)).toBe(MONTH_US - 2);
      expect(blockedFor(engine, "reset", replaceable)).toBe(0);
    }
  });

  test("a reset takes another meter; a group takes none that charges what it refuses", () => {
    const turner: PolicyInput = { meter: "turner", rate: "1 kB/s", burst: "40 B" };
    const options = { maxFlows: 100, key: "u32", replaceable: true, engine } as const;
    const meter = createMeter({ policies: [ROUND], ...options });
    meter.setPolicy(0, turner, "reset", 0);
    expect(meter.decide(1, 0, 40).color).toBe(0);
    expect(() => meter.setPolicy(0, ROUND, "as-is", 0)).toThrow("must be replaced by one with as many buckets");
    const grouped = createMeter({
      policies: [
        { name: "a", ...ROUND },
        { name: "b", all: ["a"] },
      ],
      ...options,
    });
    expect(() => grouped.setPolicy("a", turner, "reset", 0)).toThrow('b: all "turner": charges what it refuses');
    expect(() => grouped.setPolicy("b", ROUND, "reset", 0)).toThrow('policy "b": is not a limit of this meter');
  });
});
