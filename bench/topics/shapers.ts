/** Topic `shapers`: what a departure costs beside a verdict. */
import { pairedRatio } from "../harness.ts";
import { isolate } from "../isolate.ts";
import type { MeterCase, MeterResult } from "../metercase.ts";
import { FLUID, JS_FLUID, LEAKY_METER, OF_BYTES, OF_PACKETS } from "../meterrows.ts";
import { countText, short } from "../report.ts";
import type { Bar, RunOptions, Table, Topic, TopicResult } from "../topic.ts";

interface CaseResult {
  readonly shape: MeterCase;
  readonly results: readonly MeterResult[];
}

const CASE_MODULE = new URL("../metercase.ts", import.meta.url);
const PACKETS = { packets: 2 ** 20, rounds: 9, warmRounds: 2 };
const SMOKE_PACKETS = { packets: 2 ** 17, rounds: 3, warmRounds: 1 };
const FLOWS = [10_000, 1_000_000];
const SMOKE_FLOWS = [10_000];
/** Shaping costs at most so many times metering. */
const RATIO_MAX = 1.5;

export const shapers: Topic = {
  name: "shapers",
  summary: "ns a packet of every shaper beside the meter of the same contract, in cache and among a million flows",
  async run({ smoke, seed, progress }: RunOptions): Promise<TopicResult> {
    const cases: CaseResult[] = [];
    for (const flows of smoke ? SMOKE_FLOWS : FLOWS) {
      const sizes = smoke ? SMOKE_PACKETS : PACKETS;
      const shape: MeterCase = { ...sizes, flows, seed, distribution: "uniform", records: false, rows: "shapers" };
      progress(`${countText(flows)} flows`);
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

function tableOf({ shape, results }: CaseResult): Table {
  const meter = find(results, LEAKY_METER);
  return {
    title: `shapers: ${countText(shape.flows)} flows, uniform, ${countText(shape.packets)} packets`,
    head: ["", "ns/packet", "spread", "/ meter", "departs", "dropped", "digest"],
    rows: results.map(({ name, nsPerPacket, timing, colors: [green, , red], digest }) => [
      name,
      short(nsPerPacket),
      `${(timing.spread * 100).toFixed(0)} %`,
      short(pairedRatio(timing, meter.timing)),
      `${(green * 100).toFixed(1)} %`,
      `${(red * 100).toFixed(1)} %`,
      digest.slice(0, 12),
    ]),
    notes: ["Shaping alone is timed, departures included; every flow arrived once before."],
  };
}

function barsOf({ shape, results }: CaseResult): Bar[] {
  const meter = find(results, LEAKY_METER);
  return [FLUID, OF_BYTES, OF_PACKETS].map((name) => ({
    claim: `${name} / ${LEAKY_METER} at ${countText(shape.flows)} flows`,
    value: pairedRatio(find(results, name).timing, meter.timing),
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
