/** Delays as they are drawn: bins gathered into as many steps as there are columns, each with its extremes and mean. */
import type { BinnedDelays } from "./delaybins.ts";

/** Steps of equal width; null where no packet came that departed. */
export interface DelayView {
  readonly stepNs: number;
  /** One more than there are steps. */
  readonly timesNs: Float64Array;
  readonly packets: Float64Array;
  readonly leastNs: readonly (number | null)[];
  readonly meanNs: readonly (number | null)[];
  readonly mostNs: readonly (number | null)[];
}

/** The bins from `fromNs` to `toNs` in at most `columns` steps, each a power of two of bins that lie in place. */
export function delaysBetween(delays: BinnedDelays, fromNs: number, toNs: number, columns: number): DelayView {
  const { widthNs, packets, leastNs, meanNs, mostNs } = delays;
  let binsPerStep = 1;
  while ((toNs - fromNs) / (widthNs * binsPerStep) > columns) binsPerStep *= 2;
  const stepNs = widthNs * binsPerStep;
  const first = Math.max(0, Math.floor(fromNs / stepNs));
  const end = Math.min(Math.ceil(packets.length / binsPerStep), Math.floor(toNs / stepNs) + 1);
  const steps = Math.max(0, end - first);
  const counts = new Float64Array(steps);
  const [least, mean, most]: (number | null)[][] = Array.from({ length: 3 }, () => Array<null>(steps).fill(null));
  for (let step = 0; step < steps; step += 1) {
    const firstBin = (first + step) * binsPerStep;
    let [count, sum, lowest, highest] = [0, 0, Infinity, 0];
    for (let bin = firstBin; bin < Math.min(firstBin + binsPerStep, packets.length); bin += 1) {
      if (packets[bin] === 0) continue;
      count += packets[bin]!;
      sum += packets[bin]! * meanNs[bin]!;
      lowest = Math.min(lowest, leastNs[bin]!);
      highest = Math.max(highest, mostNs[bin]!);
    }
    if (count === 0) continue;
    counts[step] = count;
    least![step] = lowest;
    mean![step] = sum / count;
    most![step] = highest;
  }
  const timesNs = Float64Array.from({ length: steps + 1 }, (_, step) => (first + step) * stepNs);
  return { stepNs, timesNs, packets: counts, leastNs: least!, meanNs: mean!, mostNs: most! };
}
