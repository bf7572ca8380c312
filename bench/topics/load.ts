/** Topic `load`: what a packet costs by how full the table is, and what a flow takes of memory there. */
import { median } from "../harness.ts";
import { isolate } from "../isolate.ts";
import type { Kept, LoadCase, LoadResult } from "../loadcase.ts";
import { countText, short } from "../report.ts";
import type { Bar, Chart, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

interface Point {
  readonly load: number;
  readonly kept: Kept;
  readonly result: LoadResult;
}

const CASE_MODULE = new URL("../loadcase.ts", import.meta.url);
/** Parts of the slots that are taken; a table grows at a half. */
const LOADS = [0.1, 0.2, 0.3, 0.4, 0.45, 0.5];
const KEPT: Readonly<Record<Kept, string>> = {
  level: "compact",
  nothing: "no counters of flows",
  counts: "two counters a flow",
  totals: "all totals and keys",
};
const KINDS = ["level", "nothing", "counts", "totals"] as const;
/** What the process takes for other things meanwhile, by chance: a megabyte either way. */
const RESIDENT_MARGIN = 0.05;
const FULL = { tableFlows: 2 ** 20, packets: 2 ** 21, rounds: 7 };
const SMOKE = { tableFlows: 2 ** 14, packets: 2 ** 16, rounds: 3 };
const SMOKE_LOADS = [0.25, 0.5];

export const load: Topic = {
  name: "load",
  summary:
    "ns a packet by the load of a table for a million flows, and bytes a flow, compact, without and with counters of flows",
  async run({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
    const { tableFlows, ...size } = smoke ? SMOKE : FULL;
    const loads = smoke ? SMOKE_LOADS : LOADS;
    const points: Point[] = [];
    for (const kept of KINDS) {
      for (const part of loads) {
        progress(`load ${part}, ${KEPT[kept]}`);
        const flows = Math.floor(2 * part * tableFlows);
        const shape: LoadCase = { ...size, flows, seed, distribution: "uniform", expectedFlows: tableFlows, kept };
        points.push({ load: part, kept, result: await isolate<LoadResult>(CASE_MODULE, shape, ["--expose-gc"]) });
      }
    }
    return {
      tables: [tableOf(points, tableFlows)],
      charts: [chartOf(points)],
      bars: [memoryBar(points)],
      failures: smoke ? [] : failuresOf(points),
      data: points,
    };
  },
};

/** Where the table is as full as it gets. */
function memoryBar(points: readonly Point[]): Bar {
  const { load: part, result } = points.findLast(({ kept }) => kept === "counts")!;
  const claim = `bytes of memory a flow, one bucket with counters, at load ${part}`;
  return { claim, value: result.statedPerFlow, kind: "at most", limit: 64, reach: 36, smokeLimit: null };
}

/** What is stated of a full table is what the process takes. */
function failuresOf(points: readonly Point[]): string[] {
  const last = LOADS.at(-1)!;
  return points
    .filter(({ load: part, result }) => {
      const { statedPerFlow, residentPerFlow } = result;
      return part === last && Math.abs(residentPerFlow / statedPerFlow - 1) > RESIDENT_MARGIN;
    })
    .map(({ kept, result: { statedPerFlow, residentPerFlow } }) => {
      return `${KEPT[kept]}: ${short(residentPerFlow)} bytes a flow are resident, ${short(statedPerFlow)} are stated`;
    });
}

function besideOf(points: readonly Point[]): number {
  return median(points.map(({ result }) => result.residentBeside));
}

function tableOf(points: readonly Point[], tableFlows: number): Table {
  const cells = (part: number, kept: Kept) => {
    const { result } = points.find((point) => point.load === part && point.kept === kept)!;
    return [short(result.nsPerPacket), `${(result.spread * 100).toFixed(0)} %`, short(result.residentPerFlow)];
  };
  return {
    title: `load: a table made for ${countText(tableFlows)} flows, half of its slots, uniform keys`,
    head: ["part of the slots taken", ...KINDS.flatMap((kept) => [`${KEPT[kept]}: ns/packet`, "spread", "B/flow"])],
    rows: [...new Set(points.map((point) => point.load))].map((part) =>
      [String(part)].concat(KINDS.flatMap((kept) => cells(part, kept))),
    ),
    notes: [
      `B/flow: by how much more resident memory twice the flows take, sized up front; an engine takes ${short(besideOf(points) / 2 ** 20)} MiB beside its flows`,
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
    series: KINDS.map((kept) => ({
      name: `core, ${KEPT[kept]}`,
      points: points
        .filter((point) => point.kept === kept)
        .map(({ load: part, result }): [number, number] => [part, result.nsPerPacket]),
    })),
  };
}
