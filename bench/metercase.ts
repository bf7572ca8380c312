/** Every meter, or every shaper, over one stream of packets, side by side. Runs in a process of its own (isolate.ts). */
import { createHash } from "node:crypto";
import { createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { createJsEngine } from "../src/engine-js/meter.ts";
import type { MeterEngine } from "../src/types.ts";
import { cpuMs, interleave, type Timing } from "./harness.ts";
import { answer } from "./isolate.ts";
import { meterRows, type Row, shaperRows, SUBSCRIBERS } from "./meterrows.ts";
import { type Columns, Workload, type WorkloadShape } from "./workload.ts";

export interface MeterCase extends WorkloadShape {
  readonly rows: "meters" | "shapers";
  /** Shapers: each contract is an equal part of the usual one, for so many. */
  readonly shared?: number;
  readonly rounds: number;
  readonly warmRounds: number;
  /** Keep totals and keys of each flow, as the command does. */
  readonly records: boolean;
}

export interface MeterResult {
  readonly name: string;
  readonly timing: Timing;
  readonly nsPerPacket: number;
  /** SHA-256 of the colors of the first pass. */
  readonly digest: string;
  /** Part of the packets by color. */
  readonly colors: readonly [number, number, number];
}

const SECRET = [1, 2, 3, 4] as const;

class Runner {
  readonly row: Row;
  readonly engine: MeterEngine;

  constructor(row: Row, { flows, records }: MeterCase) {
    const create =
      row.isJs === true
        ? createJsEngine
        : (options: Parameters<typeof createJsEngine>[0]) => createCoreEngine(coreModule(), options);
    const entries = 4 * flows;
    this.row = row;
    this.engine = create({
      policy: row.policy,
      maxFlows: Math.max(entries, 1 << 16),
      expectedFlows: entries,
      secret: SECRET,
      records,
      delays: false,
    });
  }

  /** Meters packets [from, to). Answers the milliseconds of the metering alone; colors go to `output` if given. */
  meter(columns: Columns, from: number, to: number, output?: Uint8Array): number {
    const { batchPacketsMax } = this.engine;
    let ms = 0;
    for (let start = from; start < to; start += batchPacketsMax) {
      const end = Math.min(start + batchPacketsMax, to);
      this.#fill(columns, start, end);
      const startMs = cpuMs();
      this.engine.run(end - start);
      ms += cpuMs() - startMs;
      output?.set(this.engine.batch.color.subarray(0, end - start), start);
    }
    return ms;
  }

  #fill(columns: Columns, start: number, end: number): void {
    const { time, length, key, nodeKeys } = this.engine.batch;
    time.set(columns.time.subarray(2 * start, 2 * end));
    length.set(columns.length.subarray(start, end));
    key.set(columns.key.subarray(2 * start, 2 * end));
    const [subscribers] = nodeKeys;
    if (subscribers === undefined) return;
    for (let index = 0; index < end - start; index += 1) subscribers[2 * index] = key[2 * index]! % SUBSCRIBERS;
  }
}

export function runMeterCase(shape: MeterCase): MeterResult[] {
  const workload = new Workload(shape);
  const rows = shape.rows === "shapers" ? shaperRows(shape.flows, shape.shared) : meterRows(shape.flows);
  const runners = rows.map((row) => new Runner(row, shape));
  for (const runner of runners) {
    for (const chunk of workload.prologue()) runner.meter(chunk, 0, chunk.packets);
  }
  const firstPass = runners.map((runner) => {
    const colors = new Uint8Array(shape.packets);
    runner.meter(workload.stream, 0, shape.packets, colors);
    return colors;
  });
  const subjects = runners.map((runner) => ({
    name: runner.row.name,
    sample: () => ({ overriddenDuration: runner.meter(workload.stream, 0, shape.packets) }),
  }));
  const timings = interleave(subjects, shape.rounds, {
    clock: "cpu",
    warmRounds: shape.warmRounds,
    beforeRound: () => workload.renew(),
  });
  return runners.map(({ row: { name } }, index) => ({
    name,
    timing: timings[index]!,
    nsPerPacket: (timings[index]!.medianMs * 1e6) / shape.packets,
    digest: createHash("sha256").update(firstPass[index]!).digest("hex"),
    colors: colorParts(firstPass[index]!),
  }));
}

function colorParts(colors: Uint8Array): [number, number, number] {
  const counts: [number, number, number] = [0, 0, 0];
  for (const color of colors) counts[color]! += 1;
  return counts.map((count) => count / colors.length) as [number, number, number];
}

answer(runMeterCase);
