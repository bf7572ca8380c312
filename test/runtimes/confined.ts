/**
 * A Worker as in production, where its clock does not advance while it computes and its isolate has 128 MB: neither is so
 * in workerd on a developer's machine, so both are imposed. The clock here stands still and counts who looks at it; the
 * memory is the process's (workerd.ts).
 */
import { looks } from "./frozen.ts";
import { createMeter } from "weir-meter";
import { report, type Report } from "./driver.ts";

export interface LargeMeter {
  readonly memoryBytes: number;
  readonly flows: number;
  readonly chunks: number;
  readonly chunkBytesMax: number;
}

export interface ConfinedReport extends Report {
  readonly large: LargeMeter;
  /** How often the clock, timers and random numbers were asked for by the time that the report was made. */
  readonly looks: typeof looks;
}

const MANY = 1_000_000;
const ROWS = 4096;

/** A table of a million keys, filled, and written down in chunks. */
function fillLargeMeter(): LargeMeter {
  const meter = createMeter({
    policies: [{ meter: "token-bucket", cost: "packets", rate: "1 packet/s", burst: "10 packets" }],
    maxFlows: MANY,
    key: "u32",
    batchRows: ROWS,
  });
  const batch = meter.batch(ROWS);
  for (let first = 0; first < MANY; first += ROWS) {
    const count = Math.min(ROWS, MANY - first);
    for (let row = 0; row < count; row += 1) {
      batch.key[row] = first + row;
      batch.time[row] = 1_700_000_000_000;
      batch.cost[row] = 1;
    }
    meter.run(batch, count);
  }
  const chunks = meter.snapshot();
  const { memoryBytes, flows } = meter.stats();
  return { memoryBytes, flows, chunks: chunks.length, chunkBytesMax: Math.max(...chunks.map((chunk) => chunk.length)) };
}

export default {
  async fetch(): Promise<Response> {
    try {
      const said = await report();
      return Response.json({ ...said, large: fillLargeMeter(), looks } satisfies ConfinedReport);
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
