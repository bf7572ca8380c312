/** One core at one fill of its table, in a process of its own: cost a packet, and memory a flow. */
import { createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { EnginePlayer, engineOptions } from "./contenders.ts";
import { interleave } from "./harness.ts";
import { answer } from "./isolate.ts";
import { Workload, type WorkloadShape } from "./workload.ts";

/** What is kept of a flow besides its bucket: nothing, two counters in its slot, or all totals and its key. */
export type Kept = "nothing" | "counts" | "totals";

export interface LoadCase extends WorkloadShape {
  /** The table is made for so many flows from the start: half of its slots. */
  readonly expectedFlows: number;
  readonly kept: Kept;
  readonly rounds: number;
}

export interface LoadResult {
  readonly nsPerPacket: number;
  readonly spread: number;
  /** Resident memory that the engine and its flows took, in bytes a flow. */
  readonly residentPerFlow: number;
}

function measureLoad(shape: LoadCase): LoadResult {
  const { flows, packets, expectedFlows, kept, rounds } = shape;
  const workload = new Workload(shape);
  const colors = new Uint8Array(Math.max(packets, 2 ** 16));
  const module = coreModule();
  globalThis.gc!();
  const before = process.memoryUsage().rss;
  const counters = { records: kept === "totals", counts: kept === "counts" };
  const options = { ...engineOptions(flows), maxFlows: expectedFlows, expectedFlows, ...counters };
  const player = new EnginePlayer(createCoreEngine(module, options));
  for (const chunk of workload.prologue()) player.meter(chunk, 0, chunk.packets, colors, 0);
  globalThis.gc!();
  const residentPerFlow = (process.memoryUsage().rss - before) / flows;
  const sample = (): void => player.meter(workload.stream, 0, packets, colors, 0);
  const [timing] = interleave([{ name: "core", sample }], rounds, {
    clock: "cpu",
    warmRounds: 2,
    beforeRound: () => workload.rewind(),
  });
  return { nsPerPacket: (timing!.medianMs * 1e6) / packets, spread: timing!.spread, residentPerFlow };
}

answer(measureLoad);
