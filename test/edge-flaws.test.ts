// What is wrong with other limiters, each seen in them, as tests of this one.
import { describe, expect, test } from "vitest";
import type { MeterOptions } from "../src/edge/types.ts";
import { edgeMeter, EDGE_ENGINES } from "./support/edge.ts";

const NOW = 1_700_000_000_000;
const DAY = 86_400_000;

describe.for(EDGE_ENGINES)("flaws of other limiters, $name", (row) => {
  const meterWith = (changes: Partial<MeterOptions>) => {
    const policies = [{ meter: "token-bucket", rate: "10 packets/s", burst: "5 packets" }];
    return edgeMeter(row, { policies, maxFlows: 1000, ...changes });
  };

  test("a window of 30 days holds (rate-limiter-flexible: its timer overflows, the limit is never enforced)", () => {
    const monthly = meterWith({ policies: [{ meter: "gcra", increment: "6h", limit: "720h", cost: "packets" }] });
    let allowed = 0;
    for (let call = 0; call < 1000; call += 1) allowed += +monthly.allows("bob", NOW + call);
    expect(allowed).toBe(121);
    expect(monthly.allows("bob", NOW + 5 * 3_600_000)).toBe(false);
    expect(monthly.allows("bob", NOW + 30 * DAY + 6 * 3_600_000)).toBe(true);
  });

  test("a cost of 0.6 counts 0.6 (rate-limiter-flexible: it counts 0)", () => {
    const meter = meterWith({ costParts: 10 });
    let allowed = 0;
    for (let call = 0; call < 100; call += 1) allowed += +meter.allows("bob", NOW, 0.6);
    expect(allowed).toBe(8);
    expect(meter.peek("bob", NOW).remaining).toBeCloseTo(0.2, 12);
  });

  test("a clock set back by an hour locks nobody out (rate-limiter-flexible: for an hour)", () => {
    const meter = meterWith({});
    meter.decide("bob", NOW, 5);
    const back = NOW - 3_600_000;
    expect(meter.decide("bob", back)).toMatchObject({ allowed: false, retryAfter: 100 });
    expect(meter.decide("bob", back + 100).allowed).toBe(true);
    expect(meter.decide("eve", back + 100).allowed).toBe(true);
    expect(meter.stats()).toMatchObject({ regressions: 1, clockSteps: 1 });
  });

  test("a clock that jitters gives nothing away", () => {
    const meter = meterWith({});
    let allowed = 0;
    for (let call = 0; call < 10_000; call += 1) allowed += +meter.allows("bob", NOW + (call % 2) * 1000);
    // One before the first second has passed, and what that second and the burst hold: not a second each time.
    expect(allowed).toBe(1 + 5);
  });

  test("a flood of keys takes no memory and frees no limit (unbounded maps; LRUs that forget the limited)", () => {
    const meter = meterWith({ maxFlows: 1000 });
    meter.decide("victim", NOW, 5);
    const { memoryBytes } = meter.stats();
    for (let key = 0; key < 20_000; key += 1) meter.decide(key, NOW);
    expect(meter.stats()).toMatchObject({ memoryBytes, flows: 1000, forgotten: 0, untracked: 19_001 });
    expect(meter.decide("victim", NOW).allowed).toBe(false);
  });

  test("no burst across the edge of a window (fixed windows: 199 at 100 a second)", () => {
    const meter = meterWith({ policies: [{ meter: "token-bucket", rate: "100 packets/s", burst: "100 packets" }] });
    let allowed = 0;
    for (let call = 0; call < 1000; call += 1) allowed += +meter.allows("bob", NOW + 950 + call / 10);
    expect(allowed).toBe(100 + 9);
  });

  test("a refused call with a large cost does not consume (rate-limiter-flexible: it does)", () => {
    const meter = meterWith({});
    for (let call = 0; call < 10; call += 1) meter.decide("bob", NOW, 5 + call);
    expect(meter.decide("bob", NOW + 500, 5).allowed).toBe(true);
  });
});
