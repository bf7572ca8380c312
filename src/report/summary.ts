/** The result of a run: every figure that text and JSON show, gathered once. */
import {
  KEY_BYTES,
  RECORD_BYTES,
  STAT_EARLIEST,
  STAT_EVICTED_BYTES,
  STAT_EVICTED_PACKETS,
  STAT_FLOWS,
  STAT_FRAMES,
  STAT_NEWEST,
  STAT_OTHER_BYTES,
  STAT_OTHER_PACKETS,
  STAT_RECORDS,
  STAT_SHORT_KEYS,
  STAT_SKIPPED_FRAMES,
} from "../../assembly/abi.ts";
import { statsOf } from "../core/engine.ts";
import {
  type ClassesDescription,
  describeClasses,
  describePolicy,
  type PolicyDescription,
  type ShaperDescription,
} from "../policies.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Count, MeterStats, Policy } from "../types.ts";
import { captureJson, type CaptureResult, isTruncated } from "./captures.ts";
import { classJson, type ClassSummary, evictedOfClasses, nodeJson } from "./classes.ts";
import { type NodeSummary, summarizeClasses, summarizeNodes } from "./classes.ts";
import { countJson, exactJson } from "./number.ts";
import { recordJson, type RecordTotals, withSum } from "./records.ts";
import { surveyRecords } from "./survey.ts";

export interface Summary {
  readonly policy: Policy;
  /** The flow key as given, such as "5-tuple"; null under a policy of classes, which state their own. */
  readonly by: string | null;
  readonly stats: MeterStats;
  readonly total: Count;
  /** Frames without an outermost IP header that were metered. */
  readonly other: Count;
  /** Packets of flows that were dropped while drained, to make room; null where flows are not counted one by one. */
  readonly evicted: Count | null;
  /** Tracked at the end; dropped ones are not among them, nor are instances of nodes. */
  readonly flows: bigint;
  readonly frames: bigint;
  readonly skippedFrames: bigint;
  readonly shortKeys: bigint;
  /** Null when there was no packet. */
  readonly time: { readonly firstNs: bigint; readonly lastNs: bigint } | null;
  readonly digest: string;
  readonly topFlows: readonly RecordTotals[];
  /** Empty under a policy of one meter, as `nodes`. */
  readonly classes: readonly ClassSummary[];
  readonly nodes: readonly NodeSummary[];
  readonly captures: readonly CaptureResult[];
  /** Bytes of flow table, records and keys in use. */
  readonly flowBytes: number;
  readonly isInterrupted: boolean;
}

export interface SummaryInput {
  readonly policy: Policy;
  readonly by: string | null;
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
  const { packets, bytes } = withSum(stats);
  const frames = words[STAT_FRAMES]!;
  // Record 0 gathers what has no flow: it is there whenever flows have records.
  const hasRecords = words[STAT_RECORDS]! > 0n;
  const surveys = surveyRecords(meter, input.top);
  const policy = input.policy.meter === "classes" ? input.policy : undefined;
  const classes = policy === undefined ? [] : summarizeClasses(meter, policy, surveys);
  const countEvicted = (): Count | null => {
    if (stats.evictedFlows === 0n) return { packets: 0n, bytes: 0n };
    if (policy !== undefined) return evictedOfClasses(meter, policy, classes);
    return hasRecords ? count(STAT_EVICTED_PACKETS, STAT_EVICTED_BYTES) : null;
  };
  return {
    ...input,
    stats,
    total: { packets, bytes },
    other: count(STAT_OTHER_PACKETS, STAT_OTHER_BYTES),
    evicted: countEvicted(),
    flows: hasRecords ? BigInt(surveys.flows.count) : words[STAT_FLOWS]!,
    frames,
    skippedFrames: words[STAT_SKIPPED_FRAMES]!,
    shortKeys: words[STAT_SHORT_KEYS]!,
    time: frames === 0n ? null : { firstNs: words[STAT_EARLIEST]!, lastNs: words[STAT_NEWEST]! },
    topFlows: surveys.flows.worst,
    classes,
    nodes: policy === undefined ? [] : summarizeNodes(policy, classes, surveys),
    flowBytes: (meter.core.tableBytes() >>> 0) + Number(words[STAT_RECORDS]) * (RECORD_BYTES + KEY_BYTES),
  };
}

/** The policy as compiled. */
export function describe(policy: Policy): PolicyDescription | ShaperDescription | ClassesDescription {
  return policy.meter === "classes" ? describeClasses(policy) : describePolicy(policy);
}

/** The summary as one JSON document. */
export function summaryJson(summary: Summary): string {
  return `${JSON.stringify(summaryDocument(summary), null, 2)}\n`;
}

/** What is in it. Numbers above 2^53 are strings. */
export function summaryDocument(summary: Summary): Readonly<Record<string, unknown>> {
  const { stats, time } = summary;
  return {
    packets: exactJson(summary.total.packets),
    bytes: exactJson(summary.total.bytes),
    flows: exactJson(summary.flows),
    green: countJson(stats.green),
    yellow: countJson(stats.yellow),
    red: countJson(stats.red),
    oversize: countJson(stats.oversize),
    other: countJson(summary.other),
    untracked: countJson(stats.untracked),
    ...(summary.policy.meter === "shaper" ? { unqueued: countJson(stats.unqueued) } : {}),
    evicted: { flows: exactJson(stats.evictedFlows), ...(summary.evicted === null ? {} : countJson(summary.evicted)) },
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
    policy: describe(summary.policy),
    digest: summary.digest,
    topFlows: summary.topFlows.map(recordJson),
    classes: summary.classes.map(classJson),
    nodes: summary.nodes.map(nodeJson),
    captures: summary.captures.map(captureJson),
    memory: { flowBytes: summary.flowBytes, bytesPerFlow: bytesPerFlow(summary) },
  };
}

/** Bytes of table, records and keys for each flow; null without flows. */
export function bytesPerFlow(summary: Summary): number | null {
  return summary.flows === 0n ? null : Math.round(summary.flowBytes / Number(summary.flows));
}
