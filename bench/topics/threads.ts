/** Topic `threads`: batches from memory through engines of one and of two threads. Captures are in topic `file`. */
import { pairedRatio } from "../harness.ts";
import { isolate } from "../isolate.ts";
import { countText, short } from "../report.ts";
import type { ShardCase, ShardResult } from "../shardcase.ts";
import type { Bar, RunOptions, Topic, TopicResult } from "../topic.ts";

const FLOWS = [1_000_000, 10_000_000];
const SMOKE_FLOWS = [20_000];

export const threads: Topic = {
  name: "threads",
  summary: "batches from memory of 1 M and 10 M flows: the engine of 2 threads beside that of 1",
  run: measureBatches,
};

async function measureBatches({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
  const results: ShardResult[] = [];
  for (const flows of smoke ? SMOKE_FLOWS : FLOWS) {
    progress(`metering ${countText(flows)} flows`);
    const packets = smoke ? 2 ** 18 : 2 ** 22;
    const shape: ShardCase = { flows, distribution: "uniform", packets, seed, rounds: smoke ? 3 : 9 };
    results.push(await isolate<ShardResult>(new URL("../shardcase.ts", import.meta.url), shape));
  }
  return {
    tables: [
      {
        title: "threads: batches from memory, flows equally likely, wall time, ns a packet",
        head: ["flows", "1 thread", "2 threads", "1 / 2"],
        rows: results.map(rowOf),
        notes: ["1 thread is the engine that createEngine makes: it shares nothing, and takes nothing apart"],
      },
    ],
    bars: results.map(barOf),
    failures: results.flatMap(failuresOf),
    data: results,
  };
}

function rowOf({ flows, packets, one, two }: ShardResult): string[] {
  const perPacket = [one, two].map(({ medianMs }) => short((medianMs * 1e6) / packets));
  return [countText(flows), ...perPacket, short(pairedRatio(one, two))];
}

function barOf({ flows, one, two }: ShardResult): Bar {
  return {
    claim: `batches from memory, ${countText(flows)} flows, 1 thread / 2 threads`,
    value: pairedRatio(one, two),
    kind: "at least",
    limit: 1.7,
    reach: 1.95,
    // Of small tables most of the time goes into the hand-over, and of busy processors into waiting.
    smokeLimit: 0.1,
  };
}

function failuresOf({ flows, digests: [one, two] }: ShardResult): string[] {
  return one === two ? [] : [`${flows} flows: 1 thread has digest ${one}, 2 have ${two}`];
}
