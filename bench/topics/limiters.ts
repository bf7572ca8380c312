/** Topic `limiters`: the edge library beside what people use to limit rates, on one workload; its memory and garbage. */
import { pairedRatio } from "../harness.ts";
import { isolate } from "../isolate.ts";
import { CONTESTANTS } from "../limiters/contestants.ts";
import { buildNative } from "../limiters/native.ts";
import type { SteadyInput, SteadyResult } from "../limiters/steady.ts";
import { type LimiterResult, takeTurns } from "../limiters/turns.ts";
import type { LimiterShape } from "../limiters/workload.ts";
import { inScratchFolderAsync } from "../process.ts";
import type { Distribution } from "../random.ts";
import { countText, short } from "../report.ts";
import type { Bar, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

interface CaseResult {
  readonly shape: LimiterShape;
  readonly results: readonly LimiterResult[];
}

interface SteadyCase {
  readonly input: SteadyInput;
  readonly result: SteadyResult;
}

const FULL = { keys: 1_000_000, decisions: 5_000_000 };
const SMOKE = { keys: 20_000, decisions: 200_000 };
const FULL_DISTRIBUTIONS: readonly Distribution[] = ["uniform", "zipf"];
const SMOKE_DISTRIBUTIONS: readonly Distribution[] = ["zipf"];
/** Builds take longer than a smoke run, and the first of them a network. */
const NO_NATIVE = { rows: [], absent: ["native limiters: left out of smoke runs"] };
const STEADY_MODULE = new URL("../limiters/steady.ts", import.meta.url);
const WHOLE_BY_NUMBER = "Weir, u32 key";
const RATE_LIMITER_FLEXIBLE = "rate-limiter-flexible, memory";
const MIB = 2 ** 20;

export const limiters: Topic = {
  name: "limiters",
  summary:
    "decisions/s and bytes a key of the edge library, npm limiters, Maps, typed arrays, governor and x/time/rate",
  async run(options): Promise<TopicResult> {
    const { rows, absent } = options.smoke ? NO_NATIVE : buildNative(options.progress);
    const cases = await inScratchFolderAsync(async (folder) => {
      const played: CaseResult[] = [];
      for (const distribution of options.smoke ? SMOKE_DISTRIBUTIONS : FULL_DISTRIBUTIONS) {
        const shape = { ...(options.smoke ? SMOKE : FULL), distribution, seed: options.seed };
        const results = await takeTurns([...CONTESTANTS, ...rows], shape, folder, options.progress);
        played.push({ shape, results });
      }
      return played;
    });
    const steady = await runSteady(options);
    return {
      tables: [...cases.map((played) => tableOf(played, absent)), steadyTable(steady)],
      bars: [...cases.flatMap(barsOf), ...steady.flatMap(steadyBars)],
      failures: [...cases.flatMap(failuresOf), ...steady.flatMap(steadyFailures)],
      data: { cases, steady, absent },
    };
  },
};

async function runSteady({ smoke, progress }: RunOptions): Promise<SteadyCase[]> {
  const [keys, decisions] = smoke ? [100_000, 1_000_000] : [10_000_000, 100_000_000];
  const steady: SteadyCase[] = [];
  for (const maxFlows of [keys, keys / 10]) {
    const input: SteadyInput = { engine: "wasm", key: "u32", reusesAnswer: true, keys, maxFlows, decisions };
    progress(`${countText(decisions)} decisions over ${countText(keys)} keys, room for ${countText(maxFlows)}`);
    steady.push({ input, result: await isolate<SteadyResult>(STEADY_MODULE, input, ["--expose-gc"]) });
  }
  return steady;
}

function find(results: readonly LimiterResult[], isIt: (result: LimiterResult) => boolean): LimiterResult {
  const found = results.filter(isIt).toSorted((a, b) => b.millionsPerSec - a.millionsPerSec)[0];
  if (found === undefined) throw new Error("no such limiter took part");
  return found;
}

function isJs({ row }: LimiterResult): boolean {
  return row.kind === "js";
}

function mib(bytes: number): string {
  return short(bytes / MIB);
}

/** The core by number, the core by text, and the core in batches; the fastest JavaScript; what most people install. */
function figuresOf(results: readonly LimiterResult[]) {
  const core = (key: string, form: string) =>
    find(results, ({ row }) => row.kind === "weir" && row.key === key && row.form === form);
  return {
    // The whole answer; who asks for less is a row, and no bar.
    byNumber: find(results, ({ row }) => row.name === WHOLE_BY_NUMBER),
    byText: core("string", "call"),
    batch: core("u32", "batch"),
    bestJs: find(results, isJs),
    bestJsCall: find(results, (result) => isJs(result) && result.row.form === "call"),
    npm: find(results, ({ row }) => row.name === RATE_LIMITER_FLEXIBLE),
  };
}

function tableOf({ shape, results }: CaseResult, absent: readonly string[]): Table {
  const { npm, bestJs } = figuresOf(results);
  return {
    title: `limiters: ${countText(shape.keys)} keys inserted, then ${countText(shape.decisions)} decisions, ${shape.distribution}`,
    head: [
      "",
      "M decisions/s",
      "spread",
      "x r-l-flexible",
      "x best JS",
      "M new keys/s",
      "B/key resident",
      "stated",
      "allowed",
    ],
    rows: results.map(({ row, inserted, timing, millionsPerSec, allowed }) => [
      row.name,
      short(millionsPerSec),
      `${(timing.spread * 100).toFixed(0)} %`,
      short(pairedRatio(npm.timing, timing)),
      short(pairedRatio(bestJs.timing, timing)),
      short(shape.keys / inserted.insertMs / 1000),
      short(inserted.residentBytes / shape.keys),
      inserted.statedBytes === null ? "-" : short(inserted.statedBytes / shape.keys),
      `${allowed}`,
    ]),
    notes: [
      "Processor time of each process, its garbage collector's threads included. Texts of keys exist before and do not count.",
      "npm limiters read the system's clock, about 25 ns a call; the others are given the time.",
      ...absent,
    ],
  };
}

function barsOf({ shape, results }: CaseResult): Bar[] {
  const { byNumber, byText, batch, bestJs, bestJsCall, npm } = figuresOf(results);
  const bar = (claim: string, value: number, limit: number): Bar => ({
    claim: `${claim}, ${shape.distribution}`,
    value,
    kind: "at least",
    limit,
    smokeLimit: limit / 4,
  });
  const best = `${bestJsCall.row.name}: ${short(bestJsCall.millionsPerSec)} M/s`;
  return [
    { ...bar(`u32 key, one a call, M/s (${best})`, byNumber.millionsPerSec, 12), smokeLimit: null },
    bar("string key / rate-limiter-flexible", pairedRatio(npm.timing, byText.timing), 4),
    bar(`batch of 4096 / ${bestJs.row.name}`, pairedRatio(bestJs.timing, batch.timing), 1.4),
    bar("batch of 4096 / rate-limiter-flexible", pairedRatio(npm.timing, batch.timing), 30),
    {
      ...bar("stated bytes a key", byNumber.inserted.statedBytes! / shape.keys, 40),
      kind: "at most",
      // A small table is rounded up to its next size, and what does not grow with keys weighs more.
      smokeLimit: null,
    },
  ];
}

/** Those that are given the time must allow the very same decisions. */
function failuresOf({ shape, results }: CaseResult): string[] {
  const exact = results.filter(({ row }) => row.isExact);
  return exact
    .filter(({ allowed }) => allowed !== exact[0]!.allowed)
    .map(
      ({ row, allowed }) =>
        `${row.name} allowed ${allowed}, ${exact[0]!.row.name} ${exact[0]!.allowed} (${shape.distribution})`,
    );
}

function steadyTable(steady: readonly SteadyCase[]): Table {
  return {
    title: "limiters: memory of the core through a long run, MiB; garbage of calls that reuse their answer",
    head: [
      "keys",
      "room for",
      "decisions",
      "stated",
      "created",
      "1/10",
      "most after",
      "heap growth",
      "kB grown",
      "GCs",
    ],
    rows: steady.map(({ input, result: { statedBytes, before, created, tenths, grownBytes, collections } }) => [
      countText(input.keys),
      countText(input.maxFlows),
      countText(input.decisions),
      mib(statedBytes),
      mib(created.residentBytes - before.residentBytes),
      mib(tenths[0]!.residentBytes - before.residentBytes),
      mib(Math.max(...tenths.map((sample) => sample.residentBytes)) - before.residentBytes),
      mib(heapGrowthOf(created, tenths)),
      short(grownBytes / 1000),
      `${collections}`,
    ]),
    notes: [
      "Resident memory is beyond what the process had before. Pages of memory taken count once they are touched.",
    ],
  };
}

function heapGrowthOf(created: { readonly heapBytes: number }, tenths: SteadyResult["tenths"]): number {
  return Math.max(...tenths.map(({ heapBytes }) => heapBytes)) - created.heapBytes;
}

function steadyBars({ input, result }: SteadyCase): Bar[] {
  const { statedBytes, before, created, tenths, grownBytes, untracked } = result;
  const where = `${countText(input.decisions)} decisions over ${countText(input.keys)} keys, room for ${countText(input.maxFlows)}`;
  const most = Math.max(...tenths.map(({ residentBytes }) => residentBytes));
  const bar = (claim: string, value: number, limit: number, smokeLimit: number | null): Bar => ({
    claim: `${claim}, ${where}`,
    value,
    kind: "at most",
    limit,
    smokeLimit,
  });
  return [
    bar("stated bytes a key", statedBytes / input.maxFlows, 40, null),
    // Code that is compiled meanwhile is resident as well.
    bar("resident memory taken / stated", (most - before.residentBytes) / statedBytes, 1.1, null),
    bar("resident memory at most / after a tenth", most / tenths[0]!.residentBytes, 1.02, 1.2),
    bar(
      "calls in a million that found no room, half of the table drained",
      (1e6 * untracked) / input.decisions,
      10,
      10,
    ),
    bar("MiB by which the heap grew after creation", heapGrowthOf(created, tenths) / MIB, 1, 4),
    bar("kB of garbage of so many decideInto as a tenth", grownBytes / 1000, 100, 1000),
  ];
}

function steadyFailures({ input, result: { collections, forgotten } }: SteadyCase): string[] {
  const where = `room for ${countText(input.maxFlows)}`;
  return [
    ...(collections > 0 ? [`decideInto left garbage: ${collections} collections (${where})`] : []),
    ...(forgotten > 0 ? [`${forgotten} keys forgotten (${where})`] : []),
  ];
}
