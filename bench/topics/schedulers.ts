/** Topic `schedulers`: what queues and schedulers of one link cost beside one bucket. */
import { pairedRatio } from "../harness.ts";
import { isolate } from "../isolate.ts";
import { type LinkCase, type LinkResult, ONE_BUCKET, rowName, SCHEDULERS } from "../linkcase.ts";
import { countText, short } from "../report.ts";
import type { Bar, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

interface CaseResult {
  readonly shape: LinkCase;
  readonly results: readonly LinkResult[];
}

const CASE_MODULE = new URL("../linkcase.ts", import.meta.url);
const FULL = { flows: 1000, packets: 2 ** 20, rounds: 9, warmRounds: 2 };
const SMOKE = { flows: 1000, packets: 2 ** 17, rounds: 3, warmRounds: 1 };
const CASES = [
  { ratePercent: 150, classes: 4 },
  { ratePercent: 80, classes: 4 },
  { ratePercent: 80, classes: 64 },
] as const;
/** The bucket finds its flow in the cache, so this is next to its arithmetic alone. */
const LIMIT = 2.5;

export const schedulers: Topic = {
  name: "schedulers",
  summary: "ns a packet of a link with queues (fifo, priority, drr), beside one bucket",
  async run({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
    const cases: CaseResult[] = [];
    for (const one of CASES) {
      const shape: LinkCase = { ...(smoke ? SMOKE : FULL), ...one, seed, distribution: "uniform" };
      progress(where(shape));
      cases.push({ shape, results: await isolate<LinkResult[]>(CASE_MODULE, shape) });
    }
    return {
      tables: cases.map(tableOf),
      bars: cases.flatMap(barsOf),
      failures: cases.flatMap(failuresOf),
      data: cases,
    };
  },
};

function find(results: readonly LinkResult[], name: string): LinkResult {
  const result = results.find((candidate) => candidate.name === name);
  if (result === undefined) throw new Error(`no result of ${name}`);
  return result;
}

function where({ ratePercent, classes }: LinkCase): string {
  return `${classes} classes, the link sends ${ratePercent} % of what arrives`;
}

function tableOf({ shape, results }: CaseResult): Table {
  const one = find(results, ONE_BUCKET);
  return {
    title: `schedulers: ${where(shape)}; ${countText(shape.packets)} packets`,
    head: ["", "ns/packet", "spread", "/ one bucket", "dropped", "digest"],
    rows: results.map((result) => [
      result.name,
      short(result.nsPerPacket),
      `${(result.timing.spread * 100).toFixed(0)} %`,
      short(pairedRatio(result.timing, one.timing)),
      `${(result.dropped * 100).toFixed(1)} %`,
      result.digest.slice(0, 12),
    ]),
    notes: [
      `The bucket meters ${countText(shape.flows)} flows, whose table lies in the cache. Queues hold 64 kB each.`,
    ],
  };
}

function barsOf({ shape, results }: CaseResult): Bar[] {
  const one = find(results, ONE_BUCKET);
  return SCHEDULERS.map((scheduler) => ({
    claim: `${scheduler} / one bucket, ${where(shape)}`,
    value: pairedRatio(find(results, scheduler).timing, one.timing),
    kind: "at most",
    limit: LIMIT,
    smokeLimit: 2 * LIMIT,
  }));
}

function failuresOf({ shape, results }: CaseResult): string[] {
  return SCHEDULERS.flatMap((scheduler) => {
    const [core, js] = [false, true].map((isJs) => find(results, rowName(scheduler, isJs)));
    if (core!.digest === js!.digest) return [];
    return [`${scheduler}: departures of the core and of pure JavaScript differ, ${where(shape)}`];
  });
}
