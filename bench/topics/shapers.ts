/** Topic `shapers`: what a departure costs beside a verdict. */
import { pairedRatio, type Timing } from "../harness.ts";
import { isolate } from "../isolate.ts";
import type { MeterCase, MeterResult } from "../metercase.ts";
import {
  DUAL_METER,
  FLUID,
  JS_FLUID,
  LEAKY_METER,
  OF_BYTES,
  OF_PACKETS,
  OF_TICKS,
  TOKENS,
  TWO_RATE,
} from "../meterrows.ts";
import { countText, short } from "../report.ts";
import type { Bar, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

interface CaseResult {
  readonly shape: MeterCase;
  readonly results: readonly MeterResult[];
}

const CASE_MODULE = new URL("../metercase.ts", import.meta.url);
/** Queues of a million flows, of which each packet is the first one or so, take some rounds to fill. */
const PACKETS = { packets: 2 ** 20, rounds: 9, warmRounds: 5 };
const SMOKE_PACKETS = { packets: 2 ** 17, rounds: 3, warmRounds: 1 };
const FLOWS = [10_000, 1_000_000];
const SMOKE_FLOWS = [10_000];
/** Three flows share one's contract: half as much again arrives as may be sent, and all queues are full. */
const SHARED = 3;
/** Shaping costs at most so many times metering. */
const RATIO_MAX = 1.5;
const SHAPERS = [FLUID, OF_BYTES, OF_PACKETS, TOKENS, TWO_RATE, OF_TICKS] as const;

export const shapers: Topic = {
  name: "shapers",
  summary: "ns a packet of every shaper beside the meter of the same contract, in cache and among a million flows",
  async run({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
    const cases: CaseResult[] = [];
    for (const shared of [1, SHARED]) {
      for (const flows of smoke ? SMOKE_FLOWS : FLOWS) {
        const sizes = { ...(smoke ? SMOKE_PACKETS : PACKETS), flows, shared, seed };
        const shape: MeterCase = { ...sizes, distribution: "uniform", records: false, rows: "shapers" };
        progress(`${countText(flows)} flows${loadText(shape)}`);
        cases.push({ shape, results: await isolate<MeterResult[]>(CASE_MODULE, shape) });
      }
    }
    return {
      tables: cases.map(tableOf),
      bars: cases.filter(({ shape }) => shape.shared === 1).flatMap(barsOf),
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

function loadText({ shared }: MeterCase): string {
  return shared === 1 ? "" : ", more than may be sent";
}

/** The meter of a shaper's contract: two buckets are metered by two. */
function meterOf(name: string): string {
  return name === TWO_RATE ? DUAL_METER : LEAKY_METER;
}

function tableOf({ shape, results }: CaseResult): Table {
  const ratio = (timing: Timing, meter: string) => short(pairedRatio(timing, find(results, meter).timing));
  return {
    title: `shapers: ${countText(shape.flows)} flows, uniform, ${countText(shape.packets)} packets${loadText(shape)}`,
    head: ["", "ns/packet", "spread", "/ one bucket", "/ its meter", "departs", "dropped", "digest"],
    rows: results.map(({ name, nsPerPacket, timing, colors: [green, , red], digest }) => [
      name,
      short(nsPerPacket),
      `${(timing.spread * 100).toFixed(0)} %`,
      ratio(timing, LEAKY_METER),
      ratio(timing, name === DUAL_METER ? DUAL_METER : meterOf(name)),
      `${(green * 100).toFixed(1)} %`,
      `${(red * 100).toFixed(1)} %`,
      digest.slice(0, 12),
    ]),
    notes: [
      "Shaping alone is timed, departures included; each round brings new packets. Parts and digest are of the first.",
      "Its meter is the one of the same contract: two buckets beside two, one beside one.",
    ],
  };
}

function barsOf({ shape, results }: CaseResult): Bar[] {
  return SHAPERS.map((name) => ({
    claim: `${name} / ${meterOf(name)} at ${countText(shape.flows)} flows`,
    value: pairedRatio(find(results, name).timing, find(results, meterOf(name)).timing),
    kind: "at most",
    limit: RATIO_MAX,
    smokeLimit: 2 * RATIO_MAX,
  }));
}

/** The shaper drops what the meter refuses, in both languages. */
function failuresOf({ shape, results }: CaseResult): string[] {
  const meter = find(results, LEAKY_METER);
  return [FLUID, JS_FLUID]
    .filter((name) => find(results, name).digest !== meter.digest)
    .map((name) => `${name}: drops other packets than ${LEAKY_METER} refuses at ${countText(shape.flows)} flows`);
}
