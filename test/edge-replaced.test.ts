// Goal: a policy put in the place of another answers from then on as in a meter that was created with it, however far the
// two are apart, and its state survives a snapshot; one that the meter's places cannot hold is refused as a whole.
import { describe, expect, test } from "vitest";
import { Random } from "../bench/random.ts";
import { createMeter, restoreMeter } from "../src/edge/entry.node.ts";
import type { EdgeMeter, PolicyInput } from "../src/edge/types.ts";

const ENGINES = ["wasm", "js"] as const;
const START_US = 1_700_000_000_000_000;
const MONTH_US = 30 * 86_400_000_000;
const CALLS = 20_000;
const SNAPSHOT_EVERY = 2000;
const KEYS = 7;
const COST_MAX = 60;

/** Of one meter and check, with small and large scales of level steps: 1000, 333 and 12.3456789 B/s, and 100 GB/s. */
const POLICIES: readonly PolicyInput[] = [
  { meter: "token-bucket", rate: "1 kB/s", burst: "40 B" },
  { meter: "token-bucket", rate: "333 B/s", burst: "61 B" },
  { meter: "token-bucket", rate: "12.3456789 B/s", burst: "50.5 B" },
  { meter: "token-bucket", rate: "100 GB/s", burst: "9 GB" },
];

const PAIRS = POLICIES.flatMap((before, first) =>
  POLICIES.flatMap((after, second) => (first === second ? [] : [{ before, after }])),
);

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
});
