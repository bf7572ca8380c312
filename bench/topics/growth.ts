/** Topic `growth`: the longest batch while a table grows under nothing but new flows. */
import type { GrowthCase, GrowthResult } from "../growthcase.ts";
import { median } from "../harness.ts";
import { isolate } from "../isolate.ts";
import { countText, short } from "../report.ts";
import type { Bar, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

interface Measured {
  readonly shape: GrowthCase;
  readonly runs: readonly GrowthResult[];
}

const CASE_MODULE = new URL("../growthcase.ts", import.meta.url);
const FULL = { flowsFrom: 1_000_000, flowsTo: 10_000_000 };
const SMOKE = { flowsFrom: 100_000, flowsTo: 1_000_000 };
const RUNS = 5;
const BAR_MS = 5;

export const growth: Topic = {
  name: "growth",
  summary: "milliseconds a batch of 4096 new flows while the table grows from 1 M to 10 M flows: median to longest",
  async run({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
    const measured: Measured[] = [];
    for (const records of [false, true]) {
      const shape = { ...(smoke ? SMOKE : FULL), records, seed };
      progress(`to ${countText(shape.flowsTo)} flows, ${records ? "with" : "without"} records`);
      const runs: GrowthResult[] = [];
      for (let run = 0; run < RUNS; run += 1) runs.push(await isolate<GrowthResult>(CASE_MODULE, shape));
      measured.push({ shape, runs });
    }
    return { tables: measured.map(tableOf), bars: measured.map(barOf), failures: [], data: measured };
  },
};

/**
 * The same batch does the same work in every run, and other programs take the processor away in different ones: the
 * median over the runs of each batch is its own time.
 */
function ownMs(samples: readonly (readonly number[])[]): number[] {
  return samples[0]!.map((_, batch) => median(samples.map((run) => run[batch]!)));
}

function part(values: readonly number[], share: number): number {
  return values.toSorted((left, right) => left - right)[Math.floor(share * (values.length - 1))]!;
}

function tableOf({ shape, runs }: Measured): Table {
  const clocks = [
    ["processor time", runs.map(({ cpuMs }) => cpuMs)],
    ["wall time", runs.map(({ wallMs }) => wallMs)],
  ] as const;
  return {
    title: `growth: ${where(shape)}, ms a batch of 4096 new flows`,
    head: ["", "median", "99 %", "longest", "longest of one run"],
    rows: clocks.map(([name, samples]) => {
      const own = ownMs(samples);
      const alone = median(samples.map((run) => Math.max(...run)));
      return [name, short(part(own, 0.5)), short(part(own, 0.99)), short(part(own, 1)), short(alone)];
    }),
    notes: [
      `Each batch counts with its median of ${RUNS} runs. In one run the longest is mostly the machine's: the median of their longest.`,
    ],
  };
}

function barOf({ shape, runs }: Measured): Bar {
  return {
    claim: `longest batch while growing, ms of processor time, ${where(shape)}`,
    value: Math.max(...ownMs(runs.map(({ cpuMs }) => cpuMs))),
    kind: "at most",
    limit: BAR_MS,
    smokeLimit: 20,
  };
}

function where({ flowsFrom, flowsTo, records }: GrowthCase): string {
  return `${countText(flowsFrom)} to ${countText(flowsTo)} flows, ${records ? "with" : "without"} records`;
}
