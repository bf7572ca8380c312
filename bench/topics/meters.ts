/** Topic `meters`: what two buckets, trees and shares cost beside one bucket. */
import { pairedRatio } from "../harness.ts";
import { isolate } from "../isolate.ts";
import type { MeterCase, MeterResult } from "../metercase.ts";
import { JS_MARKER, MARKERS, ONE_BUCKET, THREE_LEVELS } from "../meterrows.ts";
import { countText, short } from "../report.ts";
import type { Bar, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

interface CaseResult {
  readonly shape: MeterCase;
  readonly results: readonly MeterResult[];
}

const CASE_MODULE = new URL("../metercase.ts", import.meta.url);
const FULL = { flows: 1_000_000, packets: 2 ** 20, rounds: 9, warmRounds: 2 };
const SMOKE = { flows: 50_000, packets: 2 ** 17, rounds: 3, warmRounds: 1 };

export const meters: Topic = {
  name: "meters",
  summary: "ns a packet of every meter, of trees and shares, beside one bucket; with and without records of flows",
  async run({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
    const cases: CaseResult[] = [];
    for (const records of [false, true]) {
      const shape: MeterCase = { ...(smoke ? SMOKE : FULL), seed, distribution: "uniform", records, rows: "meters" };
      progress(`${countText(shape.flows)} flows, ${records ? "with" : "without"} records`);
      cases.push({ shape, results: await isolate<MeterResult[]>(CASE_MODULE, shape) });
    }
    return {
      tables: cases.map(tableOf),
      bars: cases.flatMap(barsOf),
      failures: cases.flatMap(failuresOf),
      data: cases,
    };
  },
};

function find(results: readonly MeterResult[], name: string): MeterResult {
  const result = results.find((candidate) => candidate.name === name);
  if (result === undefined) throw new Error(`no result of ${name}`);
  return result;
}

function where({ flows, records }: MeterCase): string {
  return `at ${countText(flows)} flows, ${records ? "with" : "without"} records`;
}

function tableOf({ shape, results }: CaseResult): Table {
  const one = find(results, ONE_BUCKET);
  return {
    title: `meters: ${where(shape)}, uniform, ${countText(shape.packets)} packets`,
    head: ["", "ns/packet", "spread", "/ one bucket", "green", "yellow", "red", "digest"],
    rows: results.map((result) => [
      result.name,
      short(result.nsPerPacket),
      `${(result.timing.spread * 100).toFixed(0)} %`,
      short(pairedRatio(result.timing, one.timing)),
      ...result.colors.map((part) => `${(part * 100).toFixed(1)} %`),
      result.digest.slice(0, 12),
    ]),
    notes: ["Metering alone is timed; every flow arrived once before. A tree has 10,000 subscribers and one root."],
  };
}

function barsOf({ shape, results }: CaseResult): Bar[] {
  const one = find(results, ONE_BUCKET);
  const bar = (name: string, limit: number, reach?: number): Bar => ({
    claim: `${name} / one bucket ${where(shape)}`,
    value: pairedRatio(find(results, name).timing, one.timing),
    kind: "at most",
    limit,
    smokeLimit: 2 * limit,
    ...(reach === undefined ? {} : { reach }),
  });
  return [...MARKERS.map((name) => bar(name, 1.3, 1.1)), bar(THREE_LEVELS, 3)];
}

function failuresOf({ shape, results }: CaseResult): string[] {
  const [core, js] = [find(results, "srtcm"), find(results, JS_MARKER)];
  if (core.digest === js.digest) return [];
  return [`srtcm: colors of the core and of pure JavaScript differ ${where(shape)}`];
}
