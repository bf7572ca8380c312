/** Topic `load`: what a packet costs by how full the table is, and what a flow takes of memory there. */
import { isolate } from "../isolate.ts";
import type { LoadCase, LoadResult } from "../loadcase.ts";
import { countText, short } from "../report.ts";
import type { Bar, Chart, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

interface Point {
  readonly load: number;
  readonly records: boolean;
  readonly result: LoadResult;
}

const CASE_MODULE = new URL("../loadcase.ts", import.meta.url);
/** Parts of the slots that are taken; a table grows at a half. */
const LOADS = [0.1, 0.2, 0.3, 0.4, 0.45, 0.5];
const FULL = { tableFlows: 2 ** 20, packets: 2 ** 21, rounds: 7 };
const SMOKE = { tableFlows: 2 ** 14, packets: 2 ** 16, rounds: 3 };
const SMOKE_LOADS = [0.25, 0.5];

export const load: Topic = {
  name: "load",
  summary: "ns a packet by the load of a table of a million lines, and bytes a flow, without and with totals of flows",
  async run({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
    const { tableFlows, ...size } = smoke ? SMOKE : FULL;
    const loads = smoke ? SMOKE_LOADS : LOADS;
    const points: Point[] = [];
    for (const records of [false, true]) {
      for (const part of loads) {
        progress(`load ${part}, ${withRecords(records)}`);
        const flows = Math.floor(2 * part * tableFlows);
        const shape: LoadCase = { ...size, flows, seed, distribution: "uniform", expectedFlows: tableFlows, records };
        points.push({ load: part, records, result: await isolate<LoadResult>(CASE_MODULE, shape, ["--expose-gc"]) });
      }
    }
    return {
      tables: [tableOf(points, tableFlows)],
      charts: [chartOf(points)],
      bars: [memoryBar(points)],
      failures: [],
      data: points,
    };
  },
};

function withRecords(records: boolean): string {
  return records ? "with totals of flows" : "without totals of flows";
}

/** Where the table is as full as it gets. Totals of a flow are its counters. */
function memoryBar(points: readonly Point[]): Bar {
  const { load: part, result } = points.findLast(({ records }) => records)!;
  const claim = `bytes of memory a flow, one bucket with totals, at load ${part}`;
  return { claim, value: result.residentPerFlow, kind: "at most", limit: 64, reach: 36, smokeLimit: null };
}

function tableOf(points: readonly Point[], tableFlows: number): Table {
  const cells = (part: number, records: boolean) => {
    const { result } = points.find((point) => point.load === part && point.records === records)!;
    return [short(result.nsPerPacket), `${(result.spread * 100).toFixed(0)} %`, short(result.residentPerFlow)];
  };
  return {
    title: `load: a table of ${countText(tableFlows)} lines of two slots, uniform keys`,
    head: ["part of the slots taken", "ns/packet", "spread", "B/flow", "with totals: ns/packet", "spread", "B/flow"],
    rows: [...new Set(points.map((point) => point.load))].map((part) =>
      [String(part)].concat(cells(part, false), cells(part, true)),
    ),
    notes: [
      "B/flow: resident memory of the process that engine and flows took, sized up front; a page is touched once it is used",
      "each point in a process of its own: compare neighbors, not single points",
    ],
  };
}

function chartOf(points: readonly Point[]): Chart {
  return {
    name: "load",
    title: "Cost against the load of the table",
    xTitle: "part of the slots taken",
    yTitle: "ns of processor time a packet",
    hasLogX: false,
    hasLogY: false,
    series: [false, true].map((records) => ({
      name: `core, ${withRecords(records)}`,
      points: points
        .filter((point) => point.records === records)
        .map(({ load: part, result }): [number, number] => [part, result.nsPerPacket]),
    })),
  };
}
