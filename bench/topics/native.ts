/** Topic `native`: the core beside C, DPDK and JavaScript, one process each, turn by turn. */
import { pairedRatio } from "../harness.ts";
import { buildPrograms, type Programs } from "../native/programs.ts";
import {
  BEST_JS,
  C_PLAIN,
  C_PREFETCH,
  C_TRUSTED,
  CORE,
  CORE_TRUSTED,
  CORE_TWO,
  DPDK,
  FLOOR,
  MAP_NUMBER,
  MAP_STRING,
  NODE_ROWS,
  type NodeRow,
  TYPED_JS,
} from "../native/rows.ts";
import type { Program } from "../native/programs.ts";
import { type NativeCase, type NativeResult, playNative } from "../native/turns.ts";
import { inScratchFolderAsync } from "../process.ts";
import { countText, short } from "../report.ts";
import type { Bar, Chart, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

interface CaseResult {
  readonly shape: NativeCase;
  readonly results: readonly NativeResult[];
}

/** A ratio of two rows at one number of flows. */
interface Ratio {
  readonly slow: string;
  readonly fast: string;
  readonly flows: number;
  readonly kind: Bar["kind"];
  readonly limit: number;
  readonly reach?: number;
}

const [K, M] = [1e3, 1e6];

/** The bars, all of them. */
const RATIOS: readonly Ratio[] = [
  { slow: CORE, fast: C_PREFETCH, flows: K, kind: "at most", limit: 1.4, reach: 1.25 },
  { slow: CORE, fast: C_PREFETCH, flows: M, kind: "at most", limit: 1.3, reach: 1.1 },
  { slow: CORE, fast: C_PREFETCH, flows: 10 * M, kind: "at most", limit: 1.2, reach: 1 },
  { slow: CORE, fast: C_PREFETCH, flows: 30 * M, kind: "at most", limit: 1.2, reach: 1.05 },
  { slow: CORE_TRUSTED, fast: C_TRUSTED, flows: K, kind: "at most", limit: 1.4, reach: 1.25 },
  { slow: CORE_TRUSTED, fast: C_TRUSTED, flows: M, kind: "at most", limit: 1.3, reach: 1.1 },
  { slow: CORE_TRUSTED, fast: C_TRUSTED, flows: 10 * M, kind: "at most", limit: 1.2, reach: 1 },
  { slow: CORE, fast: C_PLAIN, flows: M, kind: "at most", limit: 0.9, reach: 0.7 },
  { slow: CORE, fast: C_PLAIN, flows: 10 * M, kind: "at most", limit: 0.8, reach: 0.6 },
  { slow: CORE_TWO, fast: DPDK, flows: M, kind: "at most", limit: 1, reach: 0.7 },
  { slow: BEST_JS, fast: CORE, flows: K, kind: "at least", limit: 2.3, reach: 2.8 },
  { slow: BEST_JS, fast: CORE, flows: M, kind: "at least", limit: 1.8, reach: 2.4 },
  { slow: BEST_JS, fast: CORE, flows: 10 * M, kind: "at least", limit: 1.8, reach: 2.4 },
  { slow: TYPED_JS, fast: CORE, flows: M, kind: "at least", limit: 3, reach: 4.5 },
  { slow: TYPED_JS, fast: CORE, flows: 10 * M, kind: "at least", limit: 3, reach: 4.5 },
  { slow: MAP_NUMBER, fast: CORE, flows: M, kind: "at least", limit: 20, reach: 27 },
  { slow: MAP_STRING, fast: CORE, flows: M, kind: "at least", limit: 60, reach: 87 },
  { slow: CORE_TWO, fast: CORE, flows: M, kind: "at most", limit: 1.3, reach: 1.1 },
];

const FULL_FLOWS = [K, M, 10 * M, 30 * M];
const SMOKE_FLOWS = [20 * K];
const FULL = { packets: 2 ** 22, turns: 12, warmTurns: 1, turnsPerPass: 4 };
const SMOKE = { packets: 2 ** 18, turns: 3, warmTurns: 1, turnsPerPass: 2 };
/** So many processes with a table each: memory that a case takes at most, a flow, and whatever the flows. */
const CASE_BYTES_PER_FLOW = 1400;
const CASE_BYTES = 2 ** 30;

export const native: Topic = {
  name: "native",
  summary:
    "the core beside C with prefetch, plain C, the memory's floor, DPDK and JavaScript rivals, 1 k to 30 M flows",
  run: async (options) =>
    inScratchFolderAsync(async (folder) => {
      options.progress("building the programs in C");
      const programs = buildPrograms(folder);
      for (const line of programs.absent) options.progress(line);
      const cases: CaseResult[] = [];
      const skipped: string[] = [];
      for (const flows of options.smoke ? SMOKE_FLOWS : FULL_FLOWS) {
        const gap = missingMemory(flows);
        if (gap === null) cases.push(await playCase(flows, programs, folder, options));
        else skipped.push(gap);
      }
      return topicResult(cases, programs, skipped);
    }),
};

/** Why a case cannot be played here, or null. */
function missingMemory(flows: number): string | null {
  const needed = CASE_BYTES + rowsPart(flows) * flows * CASE_BYTES_PER_FLOW;
  const available = process.availableMemory();
  if (needed <= available) return null;
  return `${countText(flows)} flows: LEFT OUT, ${gib(needed)} of memory needed, ${gib(available)} available`;
}

function gib(bytes: number): string {
  return `${short(bytes / 2 ** 30)} GiB`;
}

/** Part of the rows that are played at so many flows. */
function rowsPart(flows: number): number {
  return NODE_ROWS.filter(({ flowsMax }) => flows <= flowsMax).length / NODE_ROWS.length;
}

async function playCase(flows: number, { built }: Programs, folder: string, options: RunOptions): Promise<CaseResult> {
  const { smoke, seed, progress } = options;
  const shape: NativeCase = { ...(smoke ? SMOKE : FULL), flows, seed, distribution: "uniform" };
  const rows: (NodeRow | Program)[] = [
    ...NODE_ROWS.filter(({ flowsMax }) => flows <= flowsMax),
    ...built.filter(({ row }) => flows <= row.flowsMax),
  ];
  const say = (line: string) => progress(`${countText(flows)} flows: ${line}`);
  return { shape, results: await playNative(rows, shape, folder, say) };
}

function topicResult(cases: readonly CaseResult[], programs: Programs, skipped: readonly string[]): TopicResult {
  const notes = [
    programs.compiler === null ? "no C compiler" : `C: ${programs.compiler}`,
    ...programs.absent,
    ...skipped,
    "each in a process of its own, processor time; every flow arrived once before; pages of 4 KiB",
  ];
  return {
    tables: cases.map((played, index) => tableOf(played, index === cases.length - 1 ? notes : [])),
    charts: [chartOf(cases)],
    bars: cases.flatMap(barsOf),
    failures: cases.flatMap(failuresOf),
    data: { cases, compiler: programs.compiler, absent: programs.absent, skipped },
  };
}

function chartOf(cases: readonly CaseResult[]): Chart {
  const names = [...new Set(cases.flatMap(({ results }) => results.map(({ name }) => name)))];
  return {
    name: "native",
    title: "Cost against flows, uniform keys",
    xTitle: "flows",
    yTitle: "ns of processor time a packet",
    hasLogX: true,
    hasLogY: true,
    series: names.map((name) => ({
      name,
      points: cases.flatMap(({ shape, results }): [number, number][] => {
        const result = results.find((one) => one.name === name);
        return result === undefined ? [] : [[shape.flows, result.nsPerPacket]];
      }),
    })),
  };
}

function tableOf({ shape, results }: CaseResult, notes: readonly string[]): Table {
  const core = results.find(({ name }) => name === CORE)!;
  return {
    title: `native: ${countText(shape.flows)} flows, ${shape.distribution}, ${countText(shape.packets)} packets`,
    head: ["", "ns/packet", "spread", "/ core", "first pass", "ns/new flow", "green", "red", "verdicts"],
    rows: results.map((result) => [
      result.name,
      short(result.nsPerPacket),
      `${(result.timing.spread * 100).toFixed(0)} %`,
      short(pairedRatio(result.timing, core.timing)),
      short(result.nsFirstPass),
      short(result.nsPerNewFlow),
      result.name === FLOOR ? "-" : String(result.colors[0]),
      result.name === FLOOR ? "-" : String(result.colors[2]),
      verdictsText(result),
    ]),
    notes,
  };
}

function verdictsText({ name, agreement, differing, digest }: NativeResult): string {
  if (name === CORE) return `digest ${digest.slice(0, 12)}`;
  if (agreement === "none") return "none";
  if (agreement === "other meter") return `another meter, digest ${digest.slice(0, 12)}`;
  return differing === 0 ? "all equal" : `${differing} differ`;
}

/** Bars of the rows that were played; those of an absent program are not judged, which the notes say. */
function barsOf({ shape, results }: CaseResult): Bar[] {
  const timing = (name: string) => results.find((result) => result.name === name)?.timing;
  return RATIOS.flatMap(({ slow, fast, flows, kind, limit, reach }) => {
    const [left, right] = [timing(slow), timing(fast)];
    if (flows !== shape.flows || left === undefined || right === undefined) return [];
    const claim = `${slow} / ${fast} at ${countText(flows)} flows`;
    return [
      {
        claim,
        value: pairedRatio(left, right),
        kind,
        limit,
        smokeLimit: null,
        ...(reach === undefined ? {} : { reach }),
      },
    ];
  });
}

/** Rows with the core's algorithm that do not have its verdicts. */
function failuresOf({ shape, results }: CaseResult): string[] {
  return results
    .filter(({ agreement, differing }) => agreement === "exact" && differing > 0)
    .map(
      ({ name, differing }) =>
        `${name} differs from the core in ${differing} verdicts at ${countText(shape.flows)} flows`,
    );
}
