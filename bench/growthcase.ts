/** A table that grows: batches of packets that are all of new flows, each timed. In a process of its own (isolate.ts). */
import { performance } from "node:perf_hooks";
import { createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import type { MeterEngine } from "../src/types.ts";
import { answer } from "./isolate.ts";
import { scramble } from "./random.ts";
import { contractOf } from "./workload.ts";

export interface GrowthCase {
  /** Batches are timed from this many flows on, up to `flowsTo`. */
  readonly flowsFrom: number;
  readonly flowsTo: number;
  /** Keep totals and keys of each flow, as the command does. */
  readonly records: boolean;
  readonly seed: number;
}

/** Milliseconds of each timed batch: processor time of the process, and wall time. */
export interface GrowthResult {
  readonly cpuMs: readonly number[];
  readonly wallMs: readonly number[];
}

const BATCH_PACKETS = 4096;
const LENGTH_BYTES = 1000;
const NS_PER_PACKET = 100n;

export function runGrowthCase({ flowsFrom, flowsTo, records, seed }: GrowthCase): GrowthResult {
  const engine = createCoreEngine(coreModule(), {
    policy: contractOf(flowsTo).policy,
    maxFlows: 2 * flowsTo,
    secret: [1, 2, 3, 4],
    records,
    delays: false,
  });
  const result = { cpuMs: [] as number[], wallMs: [] as number[] };
  for (let flows = 0; flows < flowsTo; flows += BATCH_PACKETS) {
    fillWithNewFlows(engine, flows, seed);
    const cpuBefore = process.cpuUsage();
    const wallBefore = performance.now();
    engine.run(BATCH_PACKETS);
    const wallMs = performance.now() - wallBefore;
    const { user, system } = process.cpuUsage(cpuBefore);
    if (flows < flowsFrom) continue;
    result.cpuMs.push((user + system) / 1000);
    result.wallMs.push(wallMs);
  }
  const { flows } = engine.stats();
  if (flows < flowsTo) throw new Error(`growth: ${flows} flows are tracked of ${flowsTo} that were sent`);
  return result;
}

/** Keys are distinct: the low word is a bijection of the flow's number. */
function fillWithNewFlows({ batch: { time, length, key } }: MeterEngine, firstFlow: number, seed: number): void {
  const times = new BigUint64Array(time.buffer, time.byteOffset, BATCH_PACKETS);
  for (let index = 0; index < BATCH_PACKETS; index += 1) {
    times[index] = BigInt(firstFlow + index) * NS_PER_PACKET;
    length[index] = LENGTH_BYTES;
    key[2 * index] = scramble(firstFlow + index);
    key[2 * index + 1] = seed;
  }
}

answer(runGrowthCase);
