/** Every meter over one stream of packets, side by side. Runs in a process of its own (isolate.ts). */
import { createHash } from "node:crypto";
import { createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { createJsEngine } from "../src/engine-js/meter.ts";
import { compilePolicy } from "../src/policies.ts";
import type { MeterEngine, PathEntry, Policy } from "../src/types.ts";
import { cpuMs, interleave, type Timing } from "./harness.ts";
import { answer } from "./isolate.ts";
import { type Columns, contractOf, Workload, type WorkloadShape } from "./workload.ts";

export interface MeterCase extends WorkloadShape {
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

/** The meter that all others are compared with. */
export const ONE_BUCKET = "one bucket (token-bucket)";
export const MARKERS = ["srtcm", "trtcm", "trtcm-4115", "mef, coupled"] as const;
export const THREE_LEVELS = "tree of three levels";
/** In pure JavaScript: its colors must be those of the core. */
export const JS_MARKER = "srtcm, pure JavaScript";

const SUBSCRIBERS = 10_000;
const SECRET = [1, 2, 3, 4] as const;

interface Row {
  readonly name: string;
  readonly policy: Policy;
  readonly isJs?: boolean;
}

/** Each flow's contract as in the other topics; a second bucket is twice as fast or twice as deep. */
function rowsOf(flows: number): Row[] {
  const rate = `${contractOf(flows).bytesPerSec} B/s`;
  const double = `${2 * contractOf(flows).bytesPerSec} B/s`;
  const [burst, twice] = ["2000 B", "4000 B"];
  const one = { rate, burst };
  const buckets = [`${rate},${burst}`, `${double},${burst}`, `${double},${twice}`, "100 packets/s,10 packets"];
  const plain = compilePolicy({ meter: "token-bucket", ...one });
  const wide = (share: number) =>
    compilePolicy({
      meter: "token-bucket",
      rate: `${(contractOf(flows).bytesPerSec * flows) / share} B/s`,
      burst: "4 MB",
    });
  return [
    { name: ONE_BUCKET, policy: plain },
    { name: "srtcm", policy: compilePolicy({ meter: "srtcm", cir: rate, cbs: burst, ebs: twice }) },
    { name: "trtcm", policy: compilePolicy({ meter: "trtcm", cir: rate, cbs: burst, pir: double, pbs: twice }) },
    {
      name: "trtcm-4115",
      policy: compilePolicy({ meter: "trtcm-4115", cir: rate, cbs: burst, eir: rate, ebs: twice }),
    },
    {
      name: "mef, coupled",
      policy: compilePolicy({ meter: "mef", cir: rate, cbs: burst, eir: rate, ebs: twice, coupling: "on" }),
    },
    {
      name: "dual, coordinated",
      policy: compilePolicy({ meter: "dual", "peak-rate": double, "peak-burst": burst, rate, burst: twice }),
    },
    { name: "turner", policy: compilePolicy({ meter: "turner", ...one }) },
    { name: "multi of 4 buckets", policy: compilePolicy({ meter: "multi", buckets }) },
    { name: "tree of one level", policy: treeOf([plain]) },
    { name: "tree of two levels", policy: treeOf([plain, wide(SUBSCRIBERS)]) },
    { name: THREE_LEVELS, policy: treeOf([plain, wide(SUBSCRIBERS), wide(1)]) },
    { name: "weighted", policy: compilePolicy({ meter: "weighted", rate: `${contractOf(1).bytesPerSec} B/s`, burst }) },
    { name: JS_MARKER, policy: compilePolicy({ meter: "srtcm", cir: rate, cbs: burst, ebs: twice }), isJs: true },
  ];
}

function treeOf(policies: readonly ReturnType<typeof compilePolicy>[]): Policy {
  const path = policies.map((policy, node): PathEntry => {
    return { nodeId: node + 1, name: `level ${node + 1}`, keying: { by: "5-tuple" }, policy };
  });
  const classes = [{ name: "all", action: "meter" as const, path }];
  return { meter: "classes", length: "frame", charge: "all-or-none", classes, matches: [], warnings: [] };
}

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
  const runners = rowsOf(shape.flows).map((row) => new Runner(row, shape));
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
    beforeRound: () => workload.rewind(),
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
