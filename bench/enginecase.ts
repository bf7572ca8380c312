/**
 * One workload, all contenders. Runs in a process of its own (isolate.ts): heaps and compiled code of one workload
 * must not weigh on the next.
 */
import { createHash } from "node:crypto";
import { type Contender, CONTENDERS, JUDGE, type Player } from "./contenders.ts";
import { cpuMs, interleave, type Timing } from "./harness.ts";
import { answer } from "./isolate.ts";
import { type Columns, Workload, type WorkloadShape } from "./workload.ts";

export interface EngineCase extends WorkloadShape {
  readonly rounds: number;
  /** Rounds before these, played and not counted. */
  readonly warmRounds: number;
  /** The stream is metered in so many samples. */
  readonly samplesPerPass: number;
  /** Packets of the stream that the judge meters. */
  readonly judgedPackets: number;
}

export interface ContenderResult {
  readonly name: string;
  readonly isExact: boolean;
  readonly isJs: boolean;
  /** Null for the judge. */
  readonly timing: Timing | null;
  readonly nsPerPacket: number;
  /** First packets of flows: insertion, growth and first touch of memory included. */
  readonly nsPerNewFlow: number;
  /** SHA-256 of the colors of prologue and stream from a fresh engine, one byte a packet. */
  readonly digest: string;
  /** Verdicts that differ from the core's, of `comparedPackets`. */
  readonly differing: number;
  readonly comparedPackets: number;
  readonly redPart: number;
}

/** Part of a sample that runs untimed first, to bring back what the other contenders pushed out of the caches. */
const LEAD_PART = 1 / 8;

class Runner {
  readonly contender: Contender;
  readonly player: Player;
  readonly colors: Uint8Array;
  metered = 0;
  prologueMs = 0;
  streamMs = 0;

  constructor(contender: Contender, { flows, packets }: WorkloadShape) {
    this.contender = contender;
    this.player = contender.create(flows);
    this.colors = new Uint8Array(flows + packets);
  }

  /** Meters packets of a fresh engine's first pass and keeps their colors. Answers the milliseconds it took. */
  keep(columns: Columns, from: number, to: number): number {
    const startMs = cpuMs();
    this.player.meter(columns, from, to, this.colors, this.metered);
    this.metered += to - from;
    return cpuMs() - startMs;
  }

  result(core: Runner, flows: number, timing: Timing | null, nsPerPacket: number): ContenderResult {
    const { name, isExact, isJs } = this.contender;
    const colors = this.colors.subarray(0, this.metered);
    let differing = 0;
    let reds = 0;
    for (let index = 0; index < colors.length; index += 1) {
      if (colors[index] !== core.colors[index]) differing += 1;
      if (colors[index] !== 0) reds += 1;
    }
    return {
      name,
      isExact,
      isJs,
      timing,
      nsPerPacket,
      differing,
      nsPerNewFlow: (this.prologueMs * 1e6) / flows,
      digest: createHash("sha256").update(colors).digest("hex"),
      comparedPackets: colors.length,
      redPart: reds / colors.length,
    };
  }
}

export function runEngineCase(shape: EngineCase): ContenderResult[] {
  const workload = new Workload(shape);
  const makeRunner = (contender: Contender) => new Runner(contender, shape);
  const runners = CONTENDERS.filter(({ flowsMax }) => shape.flows <= flowsMax).map(makeRunner);
  const judge = shape.flows <= JUDGE.flowsMax ? makeRunner(JUDGE) : null;
  playPrologue(workload, judge === null ? runners : [...runners, judge]);

  // The first pass gives the digests, and is the warm-up: thousands of calls, so that every tier of compiler is done.
  const samplePackets = shape.packets / shape.samplesPerPass;
  for (let from = 0; from < shape.packets; from += samplePackets) {
    for (const runner of runners) runner.keep(workload.stream, from, from + samplePackets);
  }
  if (judge !== null) judge.streamMs = judge.keep(workload.stream, 0, shape.judgedPackets);

  const timings = measure(workload, runners, shape, samplePackets);
  const timedPackets = samplePackets * (1 - LEAD_PART);
  const results = runners.map((runner, index) =>
    runner.result(runners[0]!, shape.flows, timings[index]!, (timings[index]!.medianMs * 1e6) / timedPackets),
  );
  if (judge !== null)
    results.push(judge.result(runners[0]!, shape.flows, null, (judge.streamMs * 1e6) / shape.judgedPackets));
  return results;
}

/**
 * One contender after the other, rivals last: growing memory makes V8 collect garbage, and a collection takes as long
 * as the largest heap in the process.
 */
function playPrologue(workload: Workload, runners: readonly Runner[]): void {
  for (const runner of runners) {
    for (const chunk of workload.prologue()) runner.prologueMs += runner.keep(chunk, 0, chunk.packets);
  }
}

function measure(workload: Workload, runners: readonly Runner[], shape: EngineCase, samplePackets: number): Timing[] {
  const { stream } = workload;
  const output = new Uint8Array(samplePackets);
  const firstOf = (round: number) => (round % shape.samplesPerPass) * samplePackets;
  const leadPackets = samplePackets * LEAD_PART;
  const subjects = runners.map(({ contender: { name }, player }) => ({
    name,
    before: (round: number) => player.meter(stream, firstOf(round), firstOf(round) + leadPackets, output, 0),
    sample: (round: number) =>
      player.meter(stream, firstOf(round) + leadPackets, firstOf(round) + samplePackets, output, 0),
  }));
  return interleave(subjects, shape.rounds, {
    clock: "cpu",
    warmRounds: shape.warmRounds,
    beforeRound: (round) => {
      if (firstOf(round) === 0) workload.rewind();
    },
  });
}

answer(runEngineCase);
