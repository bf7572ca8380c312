/** Places in sorted columns of times. */

/** Index of the first of the first `count` times at or after this one; `count` when there is none. */
export function firstFrom(timesNs: Float64Array, timeNs: number, count = timesNs.length): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timesNs[middle]! < timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first time after this one; the length when there is none. */
export function firstAfter(timesNs: Float64Array, timeNs: number): number {
  let [low, high] = [0, timesNs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timesNs[middle]! <= timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The nearest time before (-1) or after (1) this one, `apartNs` away and more. */
export function neighborTime(
  timesNs: Float64Array,
  timeNs: number,
  direction: -1 | 1,
  apartNs: number,
): number | undefined {
  if (direction === 1) return timesNs[firstAfter(timesNs, timeNs + apartNs)];
  return timesNs[firstFrom(timesNs, timeNs - apartNs) - 1];
}
