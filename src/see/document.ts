/** What a report embeds for its charts and its table, as JSON: written by the command, read by the page. */
import type { Cost } from "../types.ts";
import type { RateUnit } from "./axis.ts";

import type { PackedColumn } from "./pack.ts";

/** Counts by color in bins of equal width; columns as `packWhole` writes them. */
export interface PackedBins {
  readonly widthNs: number;
  readonly packets: readonly string[];
  readonly bytes: readonly string[];
}

export interface PackedSteps {
  readonly timesNs: string;
  readonly before: PackedColumn;
  readonly after: PackedColumn;
  /** Width of the pieces of time that keep their extremes only; 0 when every step is there. */
  readonly thinnedNs: number;
}

export interface PackedMarks {
  readonly timesNs: string;
  /** One column a bucket. */
  readonly levels: readonly PackedColumn[];
  readonly packets: string;
  readonly bytes: string;
  /** Width of the pieces of time whose packets share a mark; 0 when each has its own. */
  readonly mergedNs: number;
}

/** A flow whose levels are drawn. */
export interface PackedFlow {
  readonly flow: string;
  readonly startNs: number;
  /** From its first refused packet on only, where a capture could be read once. */
  readonly isPartial: boolean;
  readonly steps: readonly PackedSteps[];
  readonly yellow: PackedMarks;
  readonly red: PackedMarks;
}

/** A bucket of the policy, or the queue of a shaper, in units. */
export interface DrawnBucketInfo {
  readonly name: string;
  /** What the line is, and its limit. */
  readonly line: "level" | "backlog";
  readonly limit: "depth" | "queue";
  readonly cost: Cost;
  /** Null: there is no limit. */
  readonly depth: number | null;
  readonly depthText: string;
}

/** Delays over time; columns as `packWhole` writes them, the mean as `packColumn`. */
export interface PackedDelays {
  readonly widthNs: number;
  readonly packets: string;
  readonly leastNs: string;
  readonly mostNs: string;
  readonly meanNs: PackedColumn;
  /** Longest delay that the contract allows; null where it states none. */
  readonly boundNs: number | null;
}

/** A row of the table of flows: exact numbers, text above 2^53. */
export type FlowRow = readonly [
  flow: string,
  packets: number | string,
  bytes: number | string,
  yellowBytes: number | string,
  redPackets: number | string,
  redBytes: number | string,
  firstNs: number,
  lastNs: number,
  className: string,
];

export interface ReportData {
  /** As of `weir meter --json`, without its flows. */
  readonly summary: unknown;
  /** Time of the first packet; null without packets. Times in the data are counted from it. */
  readonly originNs: string | null;
  readonly spanNs: number;
  readonly hasYellow: boolean;
  /** What rates count at first. */
  readonly unit: RateUnit;
  readonly rates: PackedBins;
  /** Under a policy of classes. */
  readonly classes: readonly { readonly name: string; readonly rates: PackedBins }[];
  /** Of shapers; null of meters. */
  readonly delays: PackedDelays | null;
  readonly buckets: readonly DrawnBucketInfo[];
  readonly watched: readonly PackedFlow[];
  readonly flows: readonly FlowRow[];
}
