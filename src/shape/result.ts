/** The result of a run: what text and JSON show. */
import {
  QUEUE_CUT_FRAMES,
  QUEUE_DROPPED_FRAMES,
  QUEUE_LATE_FRAMES,
  QUEUE_MEMORY_BYTES,
  QUEUE_MOST_BYTES,
  QUEUE_MOST_FRAMES,
  QUEUE_WRITTEN_FRAMES,
} from "../../assembly/abi/departures.ts";
import { type ExactNumber, exactRate, exactTime, exactUnits } from "../policies.ts";
import { rational } from "../rational.ts";
import { countJson, exactJson } from "../report/number.ts";
import { type Summary, summaryJson } from "../report/summary.ts";
import type { Rational, ShaperPolicy } from "../types.ts";
import type { RecordFile, RecordFiles } from "./files.ts";
import type { BoundedTime, ShapeMeasures } from "./measures.ts";
import { unusedOf } from "./unused.ts";

/** A capture that was written. */
export interface WrittenCapture {
  readonly what: "written" | "dropped";
  readonly name: string;
  readonly frames: bigint;
  readonly bytes: number;
}

export interface ShapeResult {
  readonly summary: Summary;
  readonly policy: ShaperPolicy;
  readonly measures: ShapeMeasures;
  /** By QUEUE_*. */
  readonly queue: BigUint64Array;
  readonly outputs: readonly WrittenCapture[];
  /** Bytes each second of the line to compare with; null: none was given. */
  readonly line: Rational | null;
}

/** What became of the files. */
export function writtenOf(queue: BigUint64Array, { departed, dropped }: RecordFiles): WrittenCapture[] {
  const fact = (what: WrittenCapture["what"], index: number, file: RecordFile | undefined): WrittenCapture[] =>
    file === undefined ? [] : [{ what, name: file.name, frames: queue[index]!, bytes: file.bytes }];
  return [...fact("written", QUEUE_WRITTEN_FRAMES, departed), ...fact("dropped", QUEUE_DROPPED_FRAMES, dropped)];
}

function nsJson(ns: Rational | bigint): ExactNumber {
  return exactTime(typeof ns === "bigint" ? rational(ns) : ns).ns;
}

function boundedJson({ ns, boundNs }: BoundedTime): Record<string, unknown> {
  return { mostNs: nsJson(ns), boundNs: boundNs === null ? null : nsJson(boundNs) };
}

function delayJson({ measures }: ShapeResult): Record<string, unknown> | null {
  const { delay } = measures;
  if (delay === null) return null;
  const { leastNs, medianNs, p99Ns, mostNs, flow, finishing, waiting, jitterNs } = delay;
  return {
    leastNs: nsJson(leastNs),
    medianNs: nsJson(medianNs),
    p99Ns: nsJson(p99Ns),
    mostNs: nsJson(mostNs),
    flow,
    finishing: boundedJson(finishing),
    waiting: waiting === null ? null : { ...boundedJson(waiting), packetUnits: exactJson(waiting.units) },
    jitterNs: jitterNs === null ? null : nsJson(jitterNs),
  };
}

function outputJson({ measures, policy, line }: ShapeResult): Record<string, unknown> {
  const { time, outputRate, burst, backlog, waitingNs } = measures;
  const { cost } = policy.definition.costRule;
  const unused = line === null ? null : unusedOf(measures, line);
  return {
    firstNs: time === null ? null : nsJson(time.firstNs),
    lastNs: time === null ? null : nsJson(time.lastNs),
    rate: outputRate === null ? null : exactRate(outputRate, "bytes"),
    burst:
      burst === null
        ? null
        : {
            ...exactUnits(burst.units, cost),
            packets: exactJson(burst.packets),
            ns: nsJson(burst.ns),
            flow: burst.flow,
          },
    backlog:
      backlog === null
        ? null
        : {
            ...exactUnits(backlog.amount, backlog.unit),
            unit: backlog.unit,
            atNs: nsJson(backlog.atNs),
            flow: backlog.flow,
          },
    waitingNs: nsJson(waitingNs),
    line:
      line === null
        ? null
        : {
            rate: exactRate(line, "bytes"),
            neededNs: unused === null ? null : nsJson(unused.neededNs),
            unusedShare: unused === null ? null : `${unused.share.num}/${unused.share.den}`,
          },
  };
}

/** The summary of `weir meter`, and what shaping did to the traffic as `shape`. */
export function shapeJson(result: ShapeResult): string {
  const { summary, measures, outputs, queue } = result;
  const shape = {
    departed: countJson(measures.departed),
    dropped: countJson(summary.stats.red),
    delay: delayJson(result),
    output: outputJson(result),
    held: {
      frames: exactJson(queue[QUEUE_MOST_FRAMES]!),
      bytes: exactJson(queue[QUEUE_MOST_BYTES]!),
      memoryBytes: exactJson(queue[QUEUE_MEMORY_BYTES]!),
      cutFrames: exactJson(queue[QUEUE_CUT_FRAMES]!),
      lateFrames: exactJson(queue[QUEUE_LATE_FRAMES]!),
    },
    captures: outputs.map(({ what, name, frames, bytes }) => ({ what, name, frames: exactJson(frames), bytes })),
  };
  const document = JSON.parse(summaryJson(summary)) as Record<string, unknown>;
  return `${JSON.stringify({ ...document, shape }, null, 2)}\n`;
}
