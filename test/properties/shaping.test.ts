// Goal: every engine shapes as the definition does, on traces made to break that; and what it sends keeps the contract.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compiledFromDefinition } from "../support/profile.ts";
import { expectEqual } from "../support/agreement.ts";
import { cuts } from "../support/traces.ts";
import { ENGINES, engineOptions, FAST_ENGINES } from "../support/engines.ts";
import { add, atMost, divide, fraction, isBelow, larger, multiply, subtract } from "../../src/reference/rational.ts";
import { ZERO, type Fraction } from "../../src/reference/rational.ts";
import { unitsOf } from "../../src/reference/bucket.ts";
import type { RateAndDepth, ShaperDefinition } from "../../src/types.ts";
import { runPackets } from "../support/run.ts";
import {
  ANY_SCRIPT,
  expectShaped,
  FLOW_SCRIPT,
  FLOWS_A_POLICY,
  sentByFlow,
  shapedTracesOf,
  type Sent,
} from "../support/shaped.ts";
import { ANY_SHAPER, fluidBuckets, leakyBuckets, shapersOf, tokenBuckets, twoRates } from "../support/shapers.ts";

/** Ten thousand traces. */
const SEEDED = { numRuns: 10_000 / FLOWS_A_POLICY, seed: 20_260_201 };
const NS_PER_SEC = fraction(1_000_000_000n);
const RECORDS_EVERY = 4;

const words = fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat());
const tables = fc.constantFrom(200, 200, 1024, 5000);

function timeFor({ ratePerSec }: Pick<RateAndDepth, "ratePerSec">, units: Fraction): Fraction {
  return multiply(divide(units, ratePerSec), NS_PER_SEC);
}

function costOf({ costRule }: Pick<ShaperDefinition, "costRule">, { packet }: Sent): Fraction {
  return fraction(unitsOf(costRule, packet.length));
}

test("every engine departs every packet when the definition does, under any split into batches", () => {
  let run = 0;
  fc.assert(
    fc.property(shapedTracesOf(ANY_SHAPER, ANY_SCRIPT), cuts, words, tables, (trace, sizes, secret, maxFlows) => {
      run += 1;
      for (const [index, row] of FAST_ENGINES.entries()) {
        const records = run % RECORDS_EVERY === 0 && (run / RECORDS_EVERY) % FAST_ENGINES.length === index;
        const delays = run % FAST_ENGINES.length !== index;
        expectShaped(row, trace, sizes, { secret, maxFlows, records, delays });
      }
    }),
    { ...SEEDED, numRuns: 3000 },
  );
});

test("E2: the virtual shaper is a FIFO queue of one server, and drops what the meter refuses", () => {
  let refused = 0;
  fc.assert(
    fc.property(shapedTracesOf(shapersOf(fluidBuckets), FLOW_SCRIPT, { delays: false }), cuts, (trace, sizes) => {
      const { definition } = trace.policy;
      if (definition.kind !== "leaky-bucket") throw new Error("not a leaky bucket");
      const { ratePerSec, costRule, bounds } = definition;
      const depth = bounds.limit ?? ZERO;
      for (const flow of sentByFlow(trace)) {
        let freeNs = ZERO;
        for (const sent of flow) {
          freeNs = add(larger(freeNs, sent.arrivalNs), timeFor(definition, costOf(definition, sent)));
          expectEqual(sent.departureNs, freeNs, "departure of the server");
        }
      }
      const bucket = { ratePerSec, depth, threshold: depth, initialLevel: ZERO, costRule, check: "post" as const };
      refused += trace.outcome.colors.filter((color) => color !== 0).length;
      const meter = compiledFromDefinition({ kind: "bucket", bucket });
      for (const row of ENGINES) {
        const metered = runPackets(row.create(engineOptions(meter, { delays: false })), trace.packets, sizes);
        expectEqual(metered.colors, trace.outcome.colors, row.name);
        if (row.name !== "reference") expectShaped(row, trace, sizes, { delays: false });
      }
    }),
    SEEDED,
  );
  expect(refused).toBeGreaterThan(20_000);
});

/** Levels of a bucket at departures: each within its depth, and exactly at it where the packet was put off by it. */
class Conformance {
  readonly #bucket: RateAndDepth;
  #level = ZERO;
  #atNs = ZERO;

  constructor(bucket: RateAndDepth) {
    this.#bucket = bucket;
  }

  /** Takes a packet at its departure; answers what the depth has left. */
  take(units: Fraction, departureNs: Fraction): Fraction {
    const drained = divide(multiply(this.#bucket.ratePerSec, subtract(departureNs, this.#atNs)), NS_PER_SEC);
    this.#level = add(larger(ZERO, subtract(this.#level, drained)), units);
    this.#atNs = departureNs;
    return subtract(this.#bucket.depth, this.#level);
  }
}

/** Each departure conforms to all buckets, and none could have been earlier. */
function expectEarliest(flow: readonly Sent[], definition: ShaperDefinition, buckets: readonly RateAndDepth[]): number {
  const levels = buckets.map((bucket) => new Conformance(bucket));
  let lastNs = ZERO;
  let putOff = 0;
  for (const sent of flow) {
    const { departureNs, arrivalNs } = sent;
    const left = levels.map((level) => level.take(costOf(definition, sent), departureNs));
    expectEqual(atMost(lastNs, departureNs) && atMost(arrivalNs, departureNs), true, "in order, and after arrival");
    expectEqual(
      left.some((rest) => isBelow(rest, ZERO)),
      false,
      "a departure breaks a contract",
    );
    const waited = isBelow(larger(arrivalNs, lastNs), departureNs);
    // A full bucket would be above its depth at any instant before.
    const isForced = left.some(({ num }) => num === 0n);
    expectEqual(waited && !isForced, false, "an earlier departure would conform");
    if (waited) putOff += 1;
    lastNs = departureNs;
  }
  return putOff;
}

test("E3: the token-bucket shaper is the earliest conforming schedule, with one bucket and with two", () => {
  let putOff = 0;
  const shapers = shapersOf(fc.oneof(tokenBuckets, twoRates));
  fc.assert(
    fc.property(shapedTracesOf(shapers, FLOW_SCRIPT, { delays: false }), cuts, (trace, sizes) => {
      const { definition } = trace.policy;
      const buckets =
        definition.kind === "token-bucket"
          ? [definition.bucket]
          : definition.kind === "two-rate"
            ? [definition.committed, definition.peak]
            : [];
      for (const flow of sentByFlow(trace)) putOff += expectEarliest(flow, definition, buckets);
      for (const row of FAST_ENGINES) expectShaped(row, trace, sizes, { delays: false });
    }),
    SEEDED,
  );
  expect(putOff).toBeGreaterThan(5000);
});

test("row 3: at every event 0 <= q = a - d <= b, and in D at most r D + L leave", () => {
  const shapers = shapersOf(
    leakyBuckets.map((one) => Object.assign({}, one, { bounds: { ...one.bounds, count: "bytes" } })),
  );
  let events = 0;
  fc.assert(
    fc.property(shapedTracesOf(shapers, FLOW_SCRIPT, { delays: false }), (trace) => {
      const { definition } = trace.policy;
      const { limit } = definition.bounds;
      for (const flow of sentByFlow(trace)) {
        for (const [index, { arrivalNs, departureNs }] of flow.entries()) {
          events += 1;
          const there = flow.slice(0, index + 1).filter((one) => isBelow(arrivalNs, one.departureNs));
          const queued = there.map((one) => costOf(definition, one)).reduce(add, ZERO);
          if (limit !== null) expectEqual(atMost(queued, limit), true, "q <= b");
          // Of those that left since the departure before, all but the first were sent in that time.
          const first = flow.slice(0, index).findLast((one) => isBelow(one.departureNs, departureNs));
          if (first === undefined || definition.kind !== "leaky-bucket") continue;
          const elapsedNs = subtract(departureNs, first.departureNs);
          const sent = flow.filter(({ departureNs: at }) => isBelow(first.departureNs, at) && atMost(at, departureNs));
          const units = sent.map((one) => costOf(definition, one)).reduce(add, ZERO);
          expectEqual(atMost(timeFor(definition, units), elapsedNs), true, "slope r when busy");
        }
      }
    }),
    SEEDED,
  );
  expect(events).toBeGreaterThan(5000);
});
