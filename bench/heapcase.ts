/** What an engine leaves on the JavaScript heap while it meters. Runs in a process of its own, with --expose-gc. */
import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { createJsEngine } from "../src/engine-js/meter.ts";
import { engineOptions } from "./contenders.ts";
import { answer } from "./isolate.ts";
import { Workload } from "./workload.ts";

export interface HeapInput {
  readonly engine: "core" | "js";
  readonly flows: number;
  readonly batches: number;
}

export interface HeapResult {
  readonly packets: number;
  /** Growth of the used heap over all batches of a round, without a collection. */
  readonly heapBytes: number;
  /** Collections in that time. */
  readonly collections: number;
}

/** So many batches compile everything first, as a rule. */
const WARM_BATCHES = 500;
/** The round with the least is taken: on a busy machine the compiler still leaves something in the first one. */
const ROUNDS = 3;

async function measureHeap({ engine: kind, flows, batches }: HeapInput): Promise<HeapResult> {
  const options = engineOptions(flows);
  const engine = kind === "core" ? createCoreEngine(coreModule(), options) : createJsEngine(options);
  const packets = engine.batchPacketsMax;
  const { stream } = new Workload({ flows, distribution: "uniform", packets, seed: 1 });
  const play = (count: number): void => {
    for (let batch = 0; batch < count; batch += 1) {
      engine.batch.time.set(stream.time);
      engine.batch.length.set(stream.length);
      engine.batch.key.set(stream.key);
      engine.run(packets);
    }
  };
  play(WARM_BATCHES);
  let least = await measureRound(() => play(batches));
  for (let round = 1; round < ROUNDS; round += 1) {
    const next = await measureRound(() => play(batches));
    if (next.heapBytes < least.heapBytes) least = next;
  }
  return { packets: batches * packets, ...least };
}

async function measureRound(work: () => void): Promise<Omit<HeapResult, "packets">> {
  let collections = 0;
  const observer = new PerformanceObserver((list) => void (collections += list.getEntries().length));
  globalThis.gc!();
  await setTimeout(1);
  observer.observe({ entryTypes: ["gc"] });
  const before = process.memoryUsage().heapUsed;
  work();
  const heapBytes = process.memoryUsage().heapUsed - before;
  await setTimeout(1);
  observer.disconnect();
  return { heapBytes, collections };
}

answer(measureHeap);
