/** Topic `threads`: batches from memory through engines of one and of two threads. Captures are in topic `file`. */
import { pairedRatio } from "../harness.ts";
import { isolate } from "../isolate.ts";
import { countText, short } from "../report.ts";
import type { ShardCase, ShardResult } from "../shardcase.ts";
import type { Bar, Chart, RunOptions, Topic, TopicResult } from "../topic.ts";

const FLOWS = [1_000_000, 10_000_000];
const SMOKE_FLOWS = [20_000];
const NAMES = { stream: "all packets in one", filled: "filled by the caller" } as const;

export const threads: Topic = {
  name: "threads",
  summary: "batches from memory of 1 M and 10 M flows: the engine of 2 threads beside that of 1",
  run: measureBatches,
};

async function measureBatches({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
  const results: ShardResult[] = [];
  for (const flows of smoke ? SMOKE_FLOWS : FLOWS) {
    for (const batches of ["stream", "filled"] as const) {
      progress(`metering ${countText(flows)} flows, ${NAMES[batches]}`);
      const packets = smoke ? 2 ** 18 : 2 ** 22;
      const shape: ShardCase = { flows, distribution: "uniform", packets, seed, rounds: smoke ? 3 : 9, batches };
      results.push(await isolate<ShardResult>(new URL("../shardcase.ts", import.meta.url), shape));
    }
  }
  const streams = results.filter(({ batches }) => batches === "stream");
  return {
    tables: [
      {
        title: "threads: batches from memory, flows equally likely, wall time, ns a packet",
        head: ["flows", "batches", "1 thread", "2 threads", "1 / 2"],
        rows: results.map(rowOf),
        notes: [
          "all packets in one batch: they lie in the engine's columns before the clock starts (`batchPackets`)",
          "filled by the caller: 4096 packets at a time for 1 thread, 16,384 for 2, which wait meanwhile; part of the time",
        ],
      },
    ],
    charts: [chartOf(streams)],
    bars: streams.map(barOf),
    failures: results.flatMap(failuresOf),
    data: results,
  };
}

function rowOf({ flows, batches, packets, one, two }: ShardResult): string[] {
  const perPacket = [one, two].map(({ medianMs }) => short((medianMs * 1e6) / packets));
  return [countText(flows), NAMES[batches], ...perPacket, short(pairedRatio(one, two))];
}

function chartOf(results: readonly ShardResult[]): Chart {
  return {
    name: "threads",
    title: "Cost against threads, batches from memory",
    xTitle: "threads",
    yTitle: "ns of wall time a packet",
    hasLogX: false,
    hasLogY: false,
    series: results.map(({ flows, packets, one, two }) => ({
      name: `core, ${countText(flows)} flows`,
      points: [one, two].map(({ medianMs }, index): [number, number] => [index + 1, (medianMs * 1e6) / packets]),
    })),
  };
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

function failuresOf({ flows, batches, digests: [one, two] }: ShardResult): string[] {
  return one === two ? [] : [`${flows} flows, ${NAMES[batches]}: 1 thread has digest ${one}, 2 have ${two}`];
}
