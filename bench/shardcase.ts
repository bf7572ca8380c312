/** One workload through engines of one and of two threads, in a process of its own (isolate.ts). */
import { createHash, type Hash } from "node:crypto";
import { existsSync } from "node:fs";
import type { ShardedEngine } from "../src/index.ts";
import { interleave, type Subject, type Timing } from "./harness.ts";
import { answer } from "./isolate.ts";
import { type Columns, contractOf, Workload, type WorkloadShape } from "./workload.ts";

export interface ShardCase extends WorkloadShape {
  readonly rounds: number;
  /** "stream": the engines' batches hold all of it before the clock starts. "filled": they are filled bit by bit. */
  readonly batches: "stream" | "filled";
}

export interface ShardResult {
  readonly flows: number;
  readonly batches: ShardCase["batches"];
  /** Of each timed sample. */
  readonly packets: number;
  readonly one: Timing;
  readonly two: Timing;
  /** SHA-256 of all colors, by 1 and 2 threads. */
  readonly digests: readonly string[];
}

/** Threads run what has been built. */
const LIBRARY = new URL("../dist/src/index.js", import.meta.url);
/** Part of the stream that runs untimed first, to bring back what the other engine pushed out of the caches. */
const LEAD_PART = 1 / 8;

interface Side {
  readonly engine: ShardedEngine;
  readonly hash: Hash;
}

async function sidesOf({ flows, packets, batches }: ShardCase): Promise<Side[]> {
  if (!existsSync(LIBRARY)) throw new Error(`${LIBRARY.pathname} is missing: run npm run build`);
  const { createShardedEngine } = (await import(LIBRARY.href)) as typeof import("../src/index.ts");
  const { policy } = contractOf(flows);
  const options = { policy, maxFlows: 2 * flows, expectedFlows: flows, secret: [1, 2, 3, 4] as const };
  const room = batches === "stream" ? { batchPackets: packets } : {};
  return [1, 2].map((threads) => ({
    engine: createShardedEngine({ ...options, ...room, records: false, delays: false, threads }),
    hash: createHash("sha256"),
  }));
}

/** Copies packets `from` to `to` into the batch, as a program would that has them in columns of its own. */
function fill({ batch }: ShardedEngine, { time, key, length }: Columns, from: number, to: number): void {
  batch.time.set(time.subarray(2 * from, 2 * to));
  batch.key.set(key.subarray(2 * from, 2 * to));
  batch.length.set(length.subarray(from, to));
}

/** Meters packets `from` to `to`, batch after batch. */
function play({ engine }: Side, columns: Columns, from: number, to: number, hash?: Hash): void {
  for (let first = from; first < to; first += engine.batchPacketsMax) {
    const end = Math.min(to, first + engine.batchPacketsMax);
    fill(engine, columns, first, end);
    engine.run(end - first);
    hash?.update(engine.batch.color.subarray(0, end - first));
  }
}

/** One sample of a batch that holds the whole stream; it has run once untimed, to bring back what was pushed out of caches. */
function streamSubject({ engine }: Side, workload: Workload, name: string): Subject {
  const { stream, shape } = workload;
  const before = (): void => {
    for (let times = 0; times < 2; times += 1) {
      if (times > 0) engine.run(shape.packets);
      workload.rewind();
      fill(engine, stream, 0, shape.packets);
    }
  };
  return { name, before, sample: () => engine.run(shape.packets) };
}

function filledSubject(side: Side, workload: Workload, name: string): Subject {
  const { stream, shape } = workload;
  const lead = leadOf(shape);
  return { name, before: () => play(side, stream, 0, lead), sample: () => play(side, stream, lead, shape.packets) };
}

function leadOf({ packets }: WorkloadShape): number {
  return Math.floor(packets * LEAD_PART);
}

async function measure(shape: ShardCase): Promise<ShardResult> {
  const workload = new Workload(shape);
  const sides = await sidesOf(shape);
  for (const columns of workload.prologue()) {
    for (const side of sides) play(side, columns, 0, columns.packets, side.hash);
  }
  for (const side of sides) play(side, workload.stream, 0, shape.packets, side.hash);
  const isStream = shape.batches === "stream";
  const subjectOf = isStream ? streamSubject : filledSubject;
  const subjects = sides.map((side, index) => subjectOf(side, workload, `${index + 1}`));
  const beforeRound = isStream ? {} : { beforeRound: () => workload.rewind() };
  const [one, two] = interleave(subjects, shape.rounds, { clock: "wall", warmRounds: 1, ...beforeRound });
  const digests = sides.map(({ hash }) => hash.digest("hex"));
  const packets = isStream ? shape.packets : shape.packets - leadOf(shape);
  return { flows: shape.flows, batches: shape.batches, packets, one: one!, two: two!, digests };
}

answer(measure);
