/** Links beside one bucket over one stream of packets. Runs in a process of its own (isolate.ts). */
import { createHash } from "node:crypto";
import { createCoreEngine } from "../src/core/engine.ts";
import { createCoreLink } from "../src/core/linkengine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { createJsLink } from "../src/engine-js/schedule/link.ts";
import { compileLink } from "../src/policies.ts";
import type { LinkEngine, SchedulerName } from "../src/types.ts";
import { cpuMs, interleave, type Timing } from "./harness.ts";
import { answer } from "./isolate.ts";
import { contractOf, type Columns, Workload, type WorkloadShape } from "./workload.ts";

export interface LinkCase extends WorkloadShape {
  readonly rounds: number;
  readonly warmRounds: number;
  /** Of what arrives, in percent: below 100 the link is often idle, above it queues are full. */
  readonly ratePercent: number;
  readonly classes: number;
}

export interface LinkResult {
  readonly name: string;
  readonly timing: Timing;
  readonly nsPerPacket: number;
  /** SHA-256 of the departures of the first pass; empty for a meter. */
  readonly digest: string;
  /** Part of the packets that were dropped or red. */
  readonly dropped: number;
}

export const ONE_BUCKET = "one bucket (token-bucket)";
export const SCHEDULERS: readonly SchedulerName[] = ["fifo", "priority", "drr"];

/** The name of a scheduler's row. */
export function rowName(scheduler: SchedulerName, isJs: boolean): string {
  return isJs ? `${scheduler}, pure JavaScript` : scheduler;
}

const SECRET = [1, 2, 3, 4] as const;
/** What arrives: one packet a microsecond, 782 bytes in the mean. */
const OFFERED_BYTES_PER_SEC = 782e6;
const QUEUE = "64 kB";
const MAX_QUEUED = 1 << 16;

interface Runner {
  readonly name: string;
  /** Takes packets [from, to). Answers the milliseconds of the engine alone. */
  pass(columns: Columns, from: number, to: number): number;
  /** Of all passes so far. */
  digest(): string;
  dropped(): number;
}

function meterRunner({ flows }: LinkCase): Runner {
  const { policy } = contractOf(flows);
  const options = { policy, maxFlows: Math.max(4 * flows, 1 << 16), expectedFlows: 4 * flows };
  const engine = createCoreEngine(coreModule(), { ...options, secret: SECRET, records: false, delays: false });
  return {
    name: ONE_BUCKET,
    pass(columns, from, to) {
      let ms = 0;
      for (let start = from; start < to; start += engine.batchPacketsMax) {
        const end = Math.min(start + engine.batchPacketsMax, to);
        const { time, length, key } = engine.batch;
        time.set(columns.time.subarray(2 * start, 2 * end));
        length.set(columns.length.subarray(start, end));
        key.set(columns.key.subarray(2 * start, 2 * end));
        const startMs = cpuMs();
        engine.run(end - start);
        ms += cpuMs() - startMs;
      }
      return ms;
    },
    digest: () => "",
    dropped: () => {
      const { green, red } = engine.stats();
      return Number(red.packets) / Number(green.packets + red.packets);
    },
  };
}

function linkRunner(scheduler: SchedulerName, isJs: boolean, { ratePercent, classes }: LinkCase): Runner {
  const policy = compileLink({
    link: { rate: `${(OFFERED_BYTES_PER_SEC * ratePercent) / 100} B/s`, scheduler },
    classes: Array.from({ length: classes }, (_, index) => ({
      name: `class-${index}`,
      match: { dscp: index },
      queue: { limit: QUEUE },
    })),
  });
  const options = { policy, maxQueued: MAX_QUEUED };
  const engine: LinkEngine = isJs ? createJsLink(options) : createCoreLink(coreModule(), options);
  const hash = createHash("sha256");
  let isHashed = true;
  return {
    name: rowName(scheduler, isJs),
    pass(columns, from, to) {
      let ms = 0;
      for (let start = from; start < to; start += engine.batchPacketsMax) {
        const end = Math.min(start + engine.batchPacketsMax, to);
        const { time, length, class: classOf } = engine.batch;
        time.set(columns.time.subarray(2 * start, 2 * end));
        length.set(columns.length.subarray(start, end));
        for (let index = start; index < end; index += 1) classOf[index - start] = columns.key[2 * index]! % classes;
        const startMs = cpuMs();
        engine.run(end - start);
        ms += cpuMs() - startMs;
        if (!isHashed) continue;
        const { sequence, departure, rest } = engine.departed;
        for (const column of [sequence, departure, rest]) hash.update(new Uint8Array(column.slice().buffer));
      }
      return ms;
    },
    digest() {
      isHashed = false;
      return hash.digest("hex");
    },
    dropped() {
      const stats = engine.classStats();
      const count = (of: "taken" | "dropped") => stats.reduce((sum, each) => sum + Number(each[of].packets), 0);
      return count("dropped") / (count("taken") + count("dropped"));
    },
  };
}

export function runLinkCase(shape: LinkCase): LinkResult[] {
  const workload = new Workload(shape);
  const links = [false, true].flatMap((isJs) => SCHEDULERS.map((scheduler) => linkRunner(scheduler, isJs, shape)));
  const runners = [meterRunner(shape), ...links];
  for (const runner of runners) runner.pass(workload.stream, 0, shape.packets);
  const digests = runners.map((runner) => runner.digest());
  const subjects = runners.map((runner) => ({
    name: runner.name,
    sample: () => ({ overriddenDuration: runner.pass(workload.stream, 0, shape.packets) }),
  }));
  const { rounds, warmRounds } = shape;
  const timings = interleave(subjects, rounds, { clock: "cpu", warmRounds, beforeRound: () => workload.rewind() });
  return runners.map((runner, index) => ({
    name: runner.name,
    timing: timings[index]!,
    nsPerPacket: (timings[index]!.medianMs * 1e6) / shape.packets,
    digest: digests[index]!,
    dropped: runner.dropped(),
  }));
}

answer(runLinkCase);
