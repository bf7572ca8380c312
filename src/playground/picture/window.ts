/** The part of a capture that is shown, and where its packets lie. */

/** Times in ns after the capture's first packet. */
export interface TimeWindow {
  readonly fromNs: number;
  readonly toNs: number;
}

/** The first index from which on all values are at least `least`; `values` do not fall. */
export function lowerBound(values: Float64Array, least: number, count = values.length): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
