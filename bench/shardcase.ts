/** One workload through engines of one and of two threads, in a process of its own (isolate.ts). */
import { createHash, type Hash } from "node:crypto";
import { existsSync } from "node:fs";
import type { ShardedEngine } from "../src/index.ts";
import { interleave, type Timing } from "./harness.ts";
import { answer } from "./isolate.ts";
import { type Columns, contractOf, Workload, type WorkloadShape } from "./workload.ts";

export interface ShardCase extends WorkloadShape {
  readonly rounds: number;
}

export interface ShardResult {
  readonly flows: number;
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

async function sidesOf(flows: number): Promise<Side[]> {
  if (!existsSync(LIBRARY)) throw new Error(`${LIBRARY.pathname} is missing: run npm run build`);
  const { createShardedEngine } = (await import(LIBRARY.href)) as typeof import("../src/index.ts");
  const { policy } = contractOf(flows);
  const options = { policy, maxFlows: 2 * flows, expectedFlows: flows, secret: [1, 2, 3, 4] as const };
  return [1, 2].map((threads) => ({
    engine: createShardedEngine({ ...options, records: false, delays: false, threads }),
    hash: createHash("sha256"),
  }));
}

/** Meters packets `from` to `to`, copied into the batch as a program would that has them in columns. */
function play({ engine }: Side, { time, key, length }: Columns, from: number, to: number, hash?: Hash): void {
  for (let first = from; first < to; first += engine.batchPacketsMax) {
    const end = Math.min(to, first + engine.batchPacketsMax);
    engine.batch.time.set(time.subarray(2 * first, 2 * end));
    engine.batch.key.set(key.subarray(2 * first, 2 * end));
    engine.batch.length.set(length.subarray(first, end));
    engine.run(end - first);
    hash?.update(engine.batch.color.subarray(0, end - first));
  }
}

async function measure(shape: ShardCase): Promise<ShardResult> {
  const workload = new Workload(shape);
  const sides = await sidesOf(shape.flows);
  for (const columns of workload.prologue()) {
    for (const side of sides) play(side, columns, 0, columns.packets, side.hash);
  }
  for (const side of sides) play(side, workload.stream, 0, shape.packets, side.hash);
  const lead = Math.floor(shape.packets * LEAD_PART);
  const subjects = sides.map((side, index) => ({
    name: `${index + 1}`,
    before: () => play(side, workload.stream, 0, lead),
    sample: () => play(side, workload.stream, lead, shape.packets),
  }));
  const [one, two] = interleave(subjects, shape.rounds, {
    clock: "wall",
    warmRounds: 1,
    beforeRound: () => workload.rewind(),
  });
  const digests = sides.map(({ hash }) => hash.digest("hex"));
  return { flows: shape.flows, packets: shape.packets - lead, one: one!, two: two!, digests };
}

answer(measure);
