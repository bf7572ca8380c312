// Goal: every engine gives what the definition gives, on traces made to break that.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { expectEqual, expectJudgement, meter } from "../support/agreement.ts";
import { breachesOf } from "../support/contracts.ts";
import { ANY } from "../support/definitions.ts";
import { ENGINES, FAST_ENGINES } from "../support/engines.ts";
import { digestOf } from "../support/run.ts";
import { allTracesOf, classTracesOf, cuts, meterTracesOf } from "../support/traces.ts";

const SEEDED = { numRuns: 10_000, seed: 20_260_101 };
/** Records make an engine large: so one engine in turn keeps them, on one trace of so many. */
const RECORDS_EVERY = 4;

const words = fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat());
const tables = fc.constantFrom(200, 200, 1024, 5000);

test("every engine equals the definition under any split into batches, and what it admits keeps every contract (E4)", () => {
  let run = 0;
  fc.assert(
    fc.property(allTracesOf(ANY), cuts, words, tables, (trace, sizes, secret, maxFlows) => {
      run += 1;
      for (const [index, row] of FAST_ENGINES.entries()) {
        const records = run % RECORDS_EVERY === 0 && (run / RECORDS_EVERY) % FAST_ENGINES.length === index;
        const delays = run % FAST_ENGINES.length !== index;
        expectJudgement(row, trace, sizes, { secret, maxFlows, records, delays });
      }
      expectEqual(breachesOf(trace, trace.outcome.colors), [], "breaches");
    }),
    SEEDED,
  );
});

test("E19: the digest depends on neither batch size, table size, secret, records, delays nor engine", () => {
  const traces = [
    ...fc.sample(meterTracesOf(ANY), { numRuns: 2, seed: 7 }),
    ...fc.sample(classTracesOf(ANY), { numRuns: 2, seed: 4 }),
  ];
  for (const trace of traces) {
    const digest = digestOf(trace.outcome.colors);
    for (let secret = 0; secret < 100; secret += 1) {
      const row = ENGINES[secret % ENGINES.length]!;
      const options = {
        secret: [secret, 0x9e37_79b9 * secret, ~secret, secret << 20] as const,
        maxFlows: 100 + 300 * (secret % 17),
        records: secret % 3 === 0,
        delays: secret % 2 === 0,
      };
      const sizes = [1 + (secret % 13), 1 + (secret % 7)];
      expect([row.name, secret, digestOf(meter(row, trace, options, sizes).outcome.colors)]).toEqual([
        row.name,
        secret,
        digest,
      ]);
    }
  }
});
