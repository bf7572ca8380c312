/** Rates as they are drawn: bins gathered into as many steps as there are columns, each with its mean and its peak. */
import type { RateUnit } from "./axis.ts";
import { type BinnedCounts, COLOR_COUNT } from "./timebins.ts";

/** Steps of equal width; the value of step i holds from timesNs[i] to timesNs[i + 1]. */
export interface RateView {
  readonly stepNs: number;
  /** Width of the bins that the peaks are of. */
  readonly binNs: number;
  /** One more than there are steps. */
  readonly timesNs: Float64Array;
  /** Units a second by color, the mean of each step. */
  readonly colors: readonly Float64Array[];
  readonly offered: Float64Array;
  /** The highest bin within each step. */
  readonly offeredPeak: Float64Array;
  readonly redPeak: Float64Array;
  /** Refused packets of each step. */
  readonly refused: Float64Array;
}

const NS_PER_SEC = 1e9;
const BITS_PER_BYTE = 8;
const RED = 2;

/** The bins from `fromNs` to `toNs` in at most `columns` steps, each a power of two of bins that lie in place. */
export function ratesBetween(
  counts: BinnedCounts,
  fromNs: number,
  toNs: number,
  columns: number,
  unit: RateUnit,
): RateView {
  const { widthNs, packets } = counts;
  const binCount = packets[0]!.length;
  let binsPerStep = 1;
  while ((toNs - fromNs) / (widthNs * binsPerStep) > columns) binsPerStep *= 2;
  const stepNs = widthNs * binsPerStep;
  const first = Math.max(0, Math.floor(fromNs / stepNs));
  const end = Math.min(Math.ceil(binCount / binsPerStep), Math.floor(toNs / stepNs) + 1);
  const steps = Math.max(0, end - first);
  const source = unit === "bit" ? counts.bytes : packets;
  const perBin = ((unit === "bit" ? BITS_PER_BYTE : 1) * NS_PER_SEC) / widthNs;
  const rows = Array.from({ length: COLOR_COUNT + 4 }, () => new Float64Array(steps));
  const [offered, offeredPeak, redPeak, refused] = rows.slice(COLOR_COUNT) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let step = 0; step < steps; step += 1) {
    const firstBin = (first + step) * binsPerStep;
    for (let bin = firstBin; bin < Math.min(firstBin + binsPerStep, binCount); bin += 1) {
      let whole = 0;
      for (let color = 0; color < COLOR_COUNT; color += 1) {
        const rate = source[color]![bin]! * perBin;
        rows[color]![step]! += rate / binsPerStep;
        whole += rate;
      }
      offered[step]! += whole / binsPerStep;
      offeredPeak[step] = Math.max(offeredPeak[step]!, whole);
      redPeak[step] = Math.max(redPeak[step]!, source[RED]![bin]! * perBin);
      refused[step]! += packets[RED]![bin]!;
    }
  }
  const timesNs = Float64Array.from({ length: steps + 1 }, (_, step) => (first + step) * stepNs);
  return {
    stepNs,
    binNs: widthNs,
    timesNs,
    colors: rows.slice(0, COLOR_COUNT),
    offered,
    offeredPeak,
    redPeak,
    refused,
  };
}
