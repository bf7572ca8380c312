/** Rate over time by color: sums over equal intervals, as lines of the chart. */
import type { Cost } from "../../types.ts";
import type { CaptureColumns } from "../capture/columns.ts";
import { type LinePoints, LineReducer } from "./linereducer.ts";
import { firstFrom } from "../../see/search.ts";
import type { TimeWindow } from "../../see/timewindow.ts";

/** Offered is all; green, yellow and red are its parts. */
export const RATE_NAMES = ["offered", "green", "yellow", "red"] as const;
export type RateName = (typeof RATE_NAMES)[number];

export interface RateLines {
  /** What one point is the mean of. */
  readonly intervalNs: number;
  readonly unit: "bit/s" | "packets/s";
  readonly lines: Readonly<Record<RateName, LinePoints>>;
  /** The highest rate in the window. */
  readonly largest: number;
}

/** Sums of one color or of all, an interval each. */
export interface RateBins {
  readonly intervalNs: number;
  /** Number of the first interval: it begins at `first * intervalNs`. */
  readonly first: number;
  readonly sums: Readonly<Record<RateName, Float64Array>>;
}

const NS_PER_SEC = 1e9;
const BITS_PER_BYTE = 8;
/** More would cost more time than a slider's move has. */
const INTERVALS_MAX = 100_000;
/** Peaks that last a fraction of what a pixel shows are still seen. */
const INTERVALS_PER_COLUMN = 2;
const INTERVAL_NS_MIN = 1000;

/** 1, 2 or 5 times a power of ten, `leastNs` or more. */
function roundIntervalNs(leastNs: number): number {
  const power = 10 ** Math.floor(Math.log10(leastNs));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= leastNs * (1 - 1e-9)) ?? 10 * power;
}

/** The interval that is asked for (0: one that suits the width), but not so short that there would be too many. */
export function intervalFor({ fromNs, toNs }: TimeWindow, askedNs: number, columns: number): number {
  const shortestNs = Math.max((toNs - fromNs) / INTERVALS_MAX, INTERVAL_NS_MIN);
  const suitableNs = (toNs - fromNs) / (INTERVALS_PER_COLUMN * columns);
  return roundIntervalNs(Math.max(askedNs === 0 ? suitableNs : askedNs, shortestNs));
}

/**
 * Sums the packets in the window. `weights` are their lengths; undefined: each counts 1. Only the first `metered` have a
 * color yet; there the bins end.
 */
export function binRates(
  { clockNs }: CaptureColumns,
  color: Uint8Array,
  weights: Uint32Array | undefined,
  metered: number,
  window: TimeWindow,
  intervalNs: number,
): RateBins {
  const first = Math.floor(window.fromNs / intervalNs);
  const endNs = metered < clockNs.length ? Math.min(window.toNs, clockNs[metered]!) : window.toNs;
  const count = Math.max(0, Math.floor(endNs / intervalNs) - first + 1);
  const byColor = [new Float64Array(count), new Float64Array(count), new Float64Array(count)] as const;
  let index = firstFrom(clockNs, first * intervalNs, metered);
  for (let bin = 0; bin < count; bin += 1) {
    const binEndNs = (first + bin + 1) * intervalNs;
    for (; index < metered && clockNs[index]! < binEndNs; index += 1) {
      byColor[color[index] as 0 | 1 | 2][bin]! += weights === undefined ? 1 : weights[index]!;
    }
  }
  const [green, yellow, red] = byColor;
  const offered = green.map((sum, bin) => sum + yellow[bin]! + red[bin]!);
  return { intervalNs, first, sums: { offered, green, yellow, red } };
}

/** The bins as lines of steps, in bits or packets a second. */
export function rateLines(
  bins: RateBins,
  cost: Cost,
  window: TimeWindow,
  columns: number,
): Omit<RateLines, "intervalNs"> {
  const perSec = ((cost === "bytes" ? BITS_PER_BYTE : 1) * NS_PER_SEC) / bins.intervalNs;
  let largest = 0;
  const lines = RATE_NAMES.map((name) => {
    const reducer = new LineReducer(window.fromNs, window.toNs, columns);
    for (const [bin, sum] of bins.sums[name].entries()) {
      const rate = sum * perSec;
      if (rate > largest) largest = rate;
      const startNs = (bins.first + bin) * bins.intervalNs;
      reducer.add(Math.max(startNs, window.fromNs), rate);
      reducer.add(Math.min(startNs + bins.intervalNs, window.toNs), rate);
    }
    return [name, reducer.points()] as const;
  });
  return {
    unit: cost === "bytes" ? "bit/s" : "packets/s",
    lines: Object.fromEntries(lines) as Record<RateName, LinePoints>,
    largest,
  };
}
