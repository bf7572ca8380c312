/** Topic `engines`: the same packets through the core, the pure-JavaScript engine, naive rivals and the reference. */
import { CONTENDERS, CORE, CORE_RECORDS, JS, MAP_NUMBER } from "../contenders.ts";
import type { ContenderResult, EngineCase } from "../enginecase.ts";
import { pairedRatio } from "../harness.ts";
import { isolate } from "../isolate.ts";
import type { Distribution } from "../random.ts";
import { countText, short } from "../report.ts";
import type { Bar, Chart, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

interface CaseResult {
  readonly shape: EngineCase;
  readonly contenders: readonly ContenderResult[];
}

const CASE_MODULE = new URL("../enginecase.ts", import.meta.url);
const DISTRIBUTIONS = ["uniform", "zipf"] as const;
const FULL_FLOWS = [1000, 100_000, 1_000_000, 10_000_000];
/** The bars are judged here: a table far larger than the caches, and small enough for every rival. */
const BAR_FLOWS = 1_000_000;
const SMOKE_FLOWS = [1000, 50_000];
const SMOKE_BAR_FLOWS = 50_000;
const FULL_SIZES = { packets: 2 ** 22, rounds: 12, warmRounds: 1, samplesPerPass: 4, judgedPackets: 2 ** 18 };
const SMOKE_SIZES = { packets: 2 ** 19, rounds: 4, warmRounds: 2, samplesPerPass: 2, judgedPackets: 2 ** 15 };

export const engines: Topic = {
  name: "engines",
  summary: "ns a packet of every engine and rival, 1 k to 10 M flows, uniform and Zipf; digests of all colors",
  async run(options): Promise<TopicResult> {
    const cases: CaseResult[] = [];
    for (const shape of casesOf(options)) {
      options.progress(`${countText(shape.flows)} flows, ${shape.distribution}`);
      cases.push({ shape, contenders: await isolate<ContenderResult[]>(CASE_MODULE, shape) });
    }
    return {
      tables: cases.map(tableOf),
      charts: [chartOf(cases)],
      bars: barsOf(cases, options.smoke ? SMOKE_BAR_FLOWS : BAR_FLOWS),
      failures: cases.flatMap(failuresOf),
      data: cases,
    };
  },
};

function casesOf({ smoke, seed }: RunOptions): EngineCase[] {
  const caseOf = (flows: number, distribution: Distribution): EngineCase =>
    smoke ? { ...SMOKE_SIZES, flows, distribution, seed } : { ...FULL_SIZES, flows, distribution, seed };
  return (smoke ? SMOKE_FLOWS : FULL_FLOWS).flatMap((flows) =>
    DISTRIBUTIONS.map((distribution) => caseOf(flows, distribution)),
  );
}

/** The result under a name that every case has. */
function find(results: readonly ContenderResult[], name: string): ContenderResult {
  const result = results.find((candidate) => candidate.name === name);
  if (result === undefined) throw new Error(`no result of ${name}`);
  return result;
}

function ratioOf(slow: ContenderResult, fast: ContenderResult): number {
  if (slow.timing === null || fast.timing === null) return slow.nsPerPacket / fast.nsPerPacket;
  return pairedRatio(slow.timing, fast.timing);
}

function tableOf({ shape, contenders }: CaseResult): Table {
  const core = find(contenders, CORE);
  const fastestJs = contenders.filter(({ isJs }) => isJs).toSorted((a, b) => a.nsPerPacket - b.nsPerPacket)[0]!;
  const rows = contenders.map((result) => [
    result.name,
    short(result.nsPerPacket),
    result.timing === null ? "-" : `${(result.timing.spread * 100).toFixed(0)} %`,
    short(ratioOf(result, core)),
    short(ratioOf(result, fastestJs)),
    short(result.nsPerNewFlow),
    verdictsText(result),
    result.digest.slice(0, 12),
  ]);
  const red = `${(core.redPart * 100).toFixed(0)} % red`;
  const left = CONTENDERS.filter(({ flowsMax }) => shape.flows > flowsMax).map(({ name }) => name);
  const notes = left.length > 0 ? [`left out at this many flows (time, or memory): ${left.join(", ")}`] : [];
  return {
    title: `engines: ${countText(shape.flows)} flows, ${shape.distribution}, ${countText(shape.packets)} packets, ${red}`,
    head: ["", "ns/packet", "spread", "/ core", "/ best JS", "ns/new flow", "verdicts", "digest"],
    rows,
    notes,
  };
}

/** The engines themselves under both distributions: rivals are in topic `native`. */
function chartOf(cases: readonly CaseResult[]): Chart {
  const series = [CORE, CORE_RECORDS, JS].flatMap((name) =>
    DISTRIBUTIONS.map((distribution) => ({
      name: `${name}, ${distribution}`,
      points: cases
        .filter(({ shape }) => shape.distribution === distribution)
        .map(({ shape, contenders }): [number, number] => [shape.flows, find(contenders, name).nsPerPacket]),
    })),
  );
  return {
    name: "skew",
    title: "Uniform keys and Zipf",
    xTitle: "flows",
    yTitle: "ns of processor time a packet",
    hasLogX: true,
    hasLogY: false,
    series,
  };
}

function verdictsText({ differing, comparedPackets, name }: ContenderResult): string {
  if (name === CORE) return "judged by the others";
  return differing === 0
    ? `all ${countText(comparedPackets)} equal`
    : `${differing} of ${countText(comparedPackets)} differ`;
}

function barsOf(cases: readonly CaseResult[], barFlows: number): Bar[] {
  const uniform = cases.find(({ shape }) => shape.flows === barFlows && shape.distribution === "uniform")!.contenders;
  const core = find(uniform, CORE);
  const where = `at ${countText(barFlows)} flows, uniform`;
  return [
    {
      claim: `best exact JavaScript / core ${where}`,
      value: ratioOf(find(uniform, JS), core),
      kind: "at least",
      limit: 1.8,
      reach: 2.4,
      smokeLimit: 0.8,
    },
    {
      claim: `Map of objects, number key / core ${where}`,
      value: ratioOf(find(uniform, MAP_NUMBER), core),
      kind: "at least",
      limit: 20,
      reach: 27,
      smokeLimit: 2,
    },
  ];
}

/** Exact engines that disagree. The judge meters a part: its colors are compared with the same part of the core's. */
function failuresOf({ shape, contenders }: CaseResult): string[] {
  return contenders
    .filter(({ isExact, differing }) => isExact && differing > 0)
    .map(
      ({ name, differing, digest }) =>
        `${name} differs from the core in ${differing} verdicts (${countText(shape.flows)} flows, ${shape.distribution}, digest ${digest})`,
    );
}
