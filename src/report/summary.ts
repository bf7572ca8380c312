/** The result of a run: every figure that text and JSON show, gathered once. */
import {
  LINE_BYTES,
  RECORD_BYTES,
  KEY_BYTES,
  STAT_EARLIEST,
  STAT_EVICTED_BYTES,
  STAT_EVICTED_PACKETS,
  STAT_FRAMES,
  STAT_NEWEST,
  STAT_OTHER_BYTES,
  STAT_OTHER_PACKETS,
  STAT_RECORDS,
  STAT_SHORT_KEYS,
  STAT_SKIPPED_FRAMES,
  STAT_TABLE_LINES,
} from "../../assembly/abi.ts";
import { statsOf } from "../core/engine.ts";
import { describePolicy } from "../policies.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { CompiledPolicy, Count, MeterStats } from "../types.ts";
import { captureJson, type CaptureResult, isTruncated } from "./captures.ts";
import { flowJson, type FlowTotals, worstFlows } from "./flows.ts";
import { countJson, exactJson } from "./number.ts";

export interface Summary {
  readonly policy: CompiledPolicy;
  /** The flow key as given, such as "5-tuple". */
  readonly by: string;
  readonly stats: MeterStats;
  readonly total: Count;
  /** Frames without an outermost IP header that were metered. */
  readonly other: Count;
  /** Packets of flows that were dropped while drained, to make room. */
  readonly evicted: Count;
  /** Tracked at the end; dropped ones are not among them. */
  readonly flows: bigint;
  readonly frames: bigint;
  readonly skippedFrames: bigint;
  readonly shortKeys: bigint;
  /** Null when there was no packet. */
  readonly time: { readonly firstNs: bigint; readonly lastNs: bigint } | null;
  readonly digest: string;
  readonly topFlows: readonly FlowTotals[];
  readonly captures: readonly CaptureResult[];
  /** Bytes of flow table, records and keys in use. */
  readonly flowBytes: number;
  readonly isInterrupted: boolean;
}

export interface SummaryInput {
  readonly policy: CompiledPolicy;
  readonly by: string;
  readonly digest: string;
  readonly top: number;
  readonly captures: readonly CaptureResult[];
  readonly isInterrupted: boolean;
}

/** Gathers the result of a run. */
export function summarize(meter: CaptureMeter, input: SummaryInput): Summary {
  const stats = statsOf(meter.core);
  const words = meter.views.stats;
  const count = (packets: number, bytes: number): Count => ({ packets: words[packets]!, bytes: words[bytes]! });
  const sum = (pick: (part: Count) => bigint) => pick(stats.green) + pick(stats.yellow) + pick(stats.red);
  const frames = words[STAT_FRAMES]!;
  return {
    ...input,
    stats,
    total: { packets: sum(({ packets }) => packets), bytes: sum(({ bytes }) => bytes) },
    other: count(STAT_OTHER_PACKETS, STAT_OTHER_BYTES),
    evicted: count(STAT_EVICTED_PACKETS, STAT_EVICTED_BYTES),
    flows: BigInt(stats.flows),
    frames,
    skippedFrames: words[STAT_SKIPPED_FRAMES]!,
    shortKeys: words[STAT_SHORT_KEYS]!,
    time: frames === 0n ? null : { firstNs: words[STAT_EARLIEST]!, lastNs: words[STAT_NEWEST]! },
    topFlows: worstFlows(meter, input.top),
    flowBytes: Number(words[STAT_TABLE_LINES]) * LINE_BYTES + Number(words[STAT_RECORDS]) * (RECORD_BYTES + KEY_BYTES),
  };
}

/** The summary as one JSON document. Numbers above 2^53 are strings. */
export function summaryJson(summary: Summary): string {
  const { stats, time } = summary;
  const document = {
    packets: exactJson(summary.total.packets),
    bytes: exactJson(summary.total.bytes),
    flows: exactJson(summary.flows),
    green: countJson(stats.green),
    yellow: countJson(stats.yellow),
    red: countJson(stats.red),
    oversize: countJson(stats.oversize),
    other: countJson(summary.other),
    untracked: countJson(stats.untracked),
    evicted: { flows: exactJson(stats.evictedFlows), ...countJson(summary.evicted) },
    skipped: { packets: exactJson(summary.skippedFrames) },
    shortKeys: exactJson(summary.shortKeys),
    time: {
      firstNs: time === null ? null : exactJson(time.firstNs),
      lastNs: time === null ? null : exactJson(time.lastNs),
      regressions: exactJson(stats.regressions),
    },
    truncated: summary.captures.some(isTruncated),
    interrupted: summary.isInterrupted,
    by: summary.by,
    policy: describePolicy(summary.policy),
    digest: summary.digest,
    topFlows: summary.topFlows.map(flowJson),
    captures: summary.captures.map(captureJson),
    memory: { flowBytes: summary.flowBytes, bytesPerFlow: bytesPerFlow(summary) },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Bytes of table, records and keys for each flow; null without flows. */
export function bytesPerFlow(summary: Summary): number | null {
  return summary.stats.flows === 0 ? null : Math.round(summary.flowBytes / summary.stats.flows);
}
