/**
 * Memory through a long run over more keys than a table holds, or as many: resident memory and heap, sampled each tenth;
 * and the garbage that calls leave. Runs in a process of its own (isolate.ts), with --expose-gc.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { createDecision } from "../../src/edge/index.ts";
import { answer } from "../isolate.ts";
import { START_MS } from "./workload.ts";
import { workloadMeter } from "./weir.ts";

export interface SteadyInput {
  readonly engine: "wasm" | "js";
  /** Distinct keys, each seen once before any is seen twice. */
  readonly keys: number;
  readonly maxFlows: number;
  readonly decisions: number;
}

interface MemorySample {
  readonly residentBytes: number;
  readonly heapBytes: number;
}

export interface SteadyResult {
  readonly statedBytes: number;
  /** Before creation, after it, and after each tenth of the decisions. */
  readonly before: MemorySample;
  readonly created: MemorySample;
  readonly tenths: readonly MemorySample[];
  readonly allowed: number;
  /** Calls for which there was no room: none, since keys drain in time. */
  readonly untracked: number;
  readonly forgotten: number;
  /** Of calls that reuse their answer: collections of garbage they caused, and bytes by which the heap grew. */
  readonly collections: number;
  readonly grownBytes: number;
}

/** Prime, and dividing no key count in use: visits all keys once in each round. */
const STEP = 433_494_437;
const DECISIONS_PER_MS = 100;
const TENTHS = 10;

function sampleMemory(): MemorySample {
  globalThis.gc!();
  globalThis.gc!();
  const { rss, heapUsed } = process.memoryUsage();
  return { residentBytes: rss, heapBytes: heapUsed };
}

/** Collections that `work` causes, and bytes that it leaves on the heap where there were none. */
export async function garbageOf(
  work: () => void,
): Promise<{ readonly collections: number; readonly grownBytes: number }> {
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  globalThis.gc!();
  // What that collection is told about must have come before counting begins.
  await sleep(10);
  observer.observe({ entryTypes: ["gc"] });
  const before = getHeapStatistics().used_heap_size;
  work();
  const grownBytes = getHeapStatistics().used_heap_size - before;
  await sleep(10);
  observer.disconnect();
  return { collections, grownBytes };
}

async function run({ engine, keys, maxFlows, decisions }: SteadyInput): Promise<SteadyResult> {
  const before = sampleMemory();
  const meter = workloadMeter(engine, "u32", maxFlows);
  const out = createDecision();
  const created = sampleMemory();
  let allowed = 0;
  let done = 0;
  const play = (count: number): void => {
    for (const end = done + count; done < end; done += 1) {
      const nowMs = START_MS + Math.floor(done / DECISIONS_PER_MS);
      if (meter.decideInto(out, (done * STEP) % keys, nowMs).allowed) allowed += 1;
    }
  };
  const tenths: MemorySample[] = [];
  for (let tenth = 0; tenth < TENTHS; tenth += 1) {
    play(Math.floor(decisions / TENTHS));
    tenths.push(sampleMemory());
  }
  const garbage = await garbageOf(() => play(Math.floor(decisions / TENTHS)));
  const { memoryBytes, untracked, forgotten } = meter.stats();
  return { statedBytes: memoryBytes, before, created, tenths, allowed, untracked, forgotten, ...garbage };
}

answer(run);
