/** Topic `boundary`: what it costs to cross into WebAssembly, by the number of packets each call takes along. */
import { coreModule } from "../../src/core/module.node.ts";
import { createCoreEngine } from "../../src/core/engine.ts";
import { createJsEngine } from "../../src/engine-js/meter.ts";
import type { MeterEngine } from "../../src/types.ts";
import { engineOptions } from "../contenders.ts";
import { interleave, type Subject, type Timing } from "../harness.ts";
import { short } from "../report.ts";
import type { RunOptions, Topic, TopicResult } from "../topic.ts";
import { type Columns, Workload } from "../workload.ts";

const BATCH_PACKETS = [1, 4, 16, 64, 256, 4096];
/** Few enough that memory plays no part. */
const FLOWS = 1000;
const LEAD_PART = 1 / 8;

export const boundary: Topic = {
  name: "boundary",
  summary: "ns a packet by batch size, 1 to 4096: what a call into WebAssembly costs beside a call in JavaScript",
  run: async (options) => measureBoundary(options),
};

function measureBoundary({ smoke, seed }: RunOptions): TopicResult {
  const packets = smoke ? 2 ** 17 : 2 ** 20;
  const samplesPerPass = 4;
  const samplePackets = packets / samplesPerPass;
  const workload = new Workload({ flows: FLOWS, distribution: "uniform", packets, seed });
  const subjects = BATCH_PACKETS.flatMap((batchPackets) => [
    subjectOf(
      createCoreEngine(coreModule(), engineOptions(FLOWS)),
      "core",
      batchPackets,
      workload.stream,
      samplePackets,
    ),
    subjectOf(createJsEngine(engineOptions(FLOWS)), "js", batchPackets, workload.stream, samplePackets),
  ]);
  // Subjects are many and samples short; the round's number chooses the part of the stream, as in `engines`.
  const timings = interleave(subjects, smoke ? 4 : 24, {
    clock: "cpu",
    warmRounds: 4,
    beforeRound: (round) => {
      if (round > 0 && round % samplesPerPass === 0) workload.rewind();
    },
  });
  const nsPerPacket = (engine: string, batchPackets: number) => {
    const timing: Timing = timings.find(({ name }) => name === nameOf(engine, batchPackets))!;
    return (timing.medianMs * 1e6) / (samplePackets * (1 - LEAD_PART));
  };
  const callNs = (engine: string) => nsPerPacket(engine, 1) - nsPerPacket(engine, BATCH_PACKETS.at(-1)!);
  return {
    tables: [
      {
        title: "boundary: 1 k flows, uniform; columns written and colors read element by element",
        head: ["packets a call", "core ns/packet", "js engine ns/packet"],
        rows: BATCH_PACKETS.map((size) => [
          `${size}`,
          short(nsPerPacket("core", size)),
          short(nsPerPacket("js", size)),
        ]),
        notes: [
          `One call and its views: core ${short(callNs("core"))} ns, js engine ${short(callNs("js"))} ns (batch 1 less batch 4096).`,
        ],
      },
    ],
    charts: [
      {
        name: "batch-size",
        title: "Cost against packets a call, 1 k flows",
        xTitle: "packets a call",
        yTitle: "ns of processor time a packet",
        hasLogX: true,
        hasLogY: false,
        series: ["core", "js"].map((engine) => ({
          name: engine === "js" ? "js engine" : engine,
          points: BATCH_PACKETS.map((size): [number, number] => [size, nsPerPacket(engine, size)]),
        })),
      },
    ],
    bars: [],
    failures: [],
    data: timings,
  };
}

function nameOf(engine: string, batchPackets: number): string {
  return `${engine}, ${batchPackets} a call`;
}

function subjectOf(
  engine: MeterEngine,
  name: string,
  batchPackets: number,
  stream: Columns,
  samplePackets: number,
): Subject {
  const parts = stream.length.length / samplePackets;
  const leadPackets = samplePackets * LEAD_PART;
  const firstOf = (round: number) => (round % parts) * samplePackets;
  let reds = 0;
  const play = (from: number, to: number) => void (reds += meterInBatches(engine, batchPackets, stream, from, to));
  return {
    name: nameOf(name, batchPackets),
    before: (round) => play(firstOf(round), firstOf(round) + leadPackets),
    sample: (round) => play(firstOf(round) + leadPackets, firstOf(round) + samplePackets),
  };
}

/** Meters packets [from, to), so many a call. Answers the sum of the colors, so that none goes unread. */
function meterInBatches(
  engine: MeterEngine,
  batchPackets: number,
  { time, length, key }: Columns,
  from: number,
  to: number,
): number {
  let colors = 0;
  for (let first = from; first < to; first += batchPackets) {
    const count = Math.min(batchPackets, to - first);
    const { batch } = engine;
    for (let index = 0; index < count; index += 1) {
      const packet = first + index;
      batch.time[2 * index] = time[2 * packet]!;
      batch.time[2 * index + 1] = time[2 * packet + 1]!;
      batch.key[2 * index] = key[2 * packet]!;
      batch.key[2 * index + 1] = key[2 * packet + 1]!;
      batch.length[index] = length[packet]!;
    }
    engine.run(count);
    const { color } = engine.batch;
    for (let index = 0; index < count; index += 1) colors += color[index]!;
  }
  return colors;
}
