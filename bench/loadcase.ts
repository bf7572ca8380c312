/** One core at one fill of its table, in a process of its own: cost a packet, and memory a flow. */
import { KEY_BYTES, RECORD_BYTES, STAT_RECORDS } from "../assembly/abi.ts";
import { createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { viewsOf } from "../src/core/views.ts";
import { compilePolicy } from "../src/policies.ts";
import type { CompiledPolicy } from "../src/types.ts";
import { EnginePlayer, engineOptions } from "./contenders.ts";
import { interleave } from "./harness.ts";
import { answer } from "./isolate.ts";
import { BURST_BYTES, contractOf, Workload, type WorkloadShape } from "./workload.ts";

/** What is kept of a flow: its level alone, also its last time, two counters in its slot besides, or all totals and its key. */
export type Kept = "level" | "nothing" | "counts" | "totals";

export interface LoadCase extends WorkloadShape {
  /** The table is made for so many flows from the start: half of its slots. */
  readonly expectedFlows: number;
  readonly kept: Kept;
  readonly rounds: number;
}

export interface LoadResult {
  readonly nsPerPacket: number;
  readonly spread: number;
  /** Table, records and keys that a flow takes, in bytes: by how much more an engine of twice the flows has. */
  readonly statedPerFlow: number;
  /** The same of resident memory. */
  readonly residentPerFlow: number;
  /** What is left of the engine's: its columns and code. */
  readonly residentBeside: number;
}

/** The contract of a workload in whole kbit/s, whose drain fits compact flows whatever their number. */
function wholeKbits(flows: number): CompiledPolicy {
  const kbitsPerSec = Math.ceil(contractOf(flows).bytesPerSec / 125);
  return compilePolicy({ meter: "token-bucket", rate: `${kbitsPerSec} kbit/s`, burst: `${BURST_BYTES} B` });
}

/** An engine that has met all flows of a workload, what it has for them, and the resident memory that it took. */
function filled(workload: Workload, { flows, expectedFlows, kept }: LoadCase, colors: Uint8Array) {
  globalThis.gc!();
  const before = process.memoryUsage().rss;
  const counters = { records: kept === "totals", counts: kept === "counts", compact: kept === "level" };
  const options = {
    ...engineOptions(flows),
    policy: wholeKbits(flows),
    maxFlows: expectedFlows,
    expectedFlows,
    ...counters,
  };
  const engine = createCoreEngine(coreModule(), options);
  const player = new EnginePlayer(engine);
  for (const chunk of workload.prologue()) player.meter(chunk, 0, chunk.packets, colors, 0);
  globalThis.gc!();
  const records = Number(viewsOf(engine.core.memory).stats[STAT_RECORDS]);
  const statedBytes = (engine.core.tableBytes() >>> 0) + records * (RECORD_BYTES + KEY_BYTES);
  return { player, statedBytes, residentBytes: process.memoryUsage().rss - before };
}

/** Measures it beside an engine of half the size, and after a small one, which compiles code and widens the process. */
function measureLoad(shape: LoadCase): LoadResult {
  const { flows, packets, expectedFlows, rounds } = shape;
  const colors = new Uint8Array(Math.max(packets, 2 ** 16));
  const part = (divisor: number): LoadCase => ({
    ...shape,
    flows: Math.floor(flows / divisor),
    expectedFlows: expectedFlows / divisor,
  });
  const [small, halved] = [part(16), part(2)];
  const workload = new Workload(shape);
  // All three are kept: memory that one gave back would be missing in the next one's.
  const workloads = [new Workload(small), new Workload(halved), workload] as const;
  const engines = [small, halved, shape].map((size, index) => filled(workloads[index]!, size, colors));
  const [half, whole] = [engines[1]!, engines[2]!];
  const moreFlows = flows - halved.flows;
  const statedPerFlow = (whole.statedBytes - half.statedBytes) / moreFlows;
  const residentPerFlow = (whole.residentBytes - half.residentBytes) / moreFlows;
  const residentBeside = whole.residentBytes - residentPerFlow * flows;
  const sample = (): void => whole.player.meter(workload.stream, 0, packets, colors, 0);
  const [timing] = interleave([{ name: "core", sample }], rounds, {
    clock: "cpu",
    warmRounds: 2,
    beforeRound: () => workload.rewind(),
  });
  const nsPerPacket = (timing!.medianMs * 1e6) / packets;
  return { nsPerPacket, spread: timing!.spread, statedPerFlow, residentPerFlow, residentBeside };
}

answer(measureLoad);
