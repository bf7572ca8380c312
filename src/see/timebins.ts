/** Packets and bytes by color over time: a fixed number of bins, merged in pairs whenever the span outgrows them. */
import type { Color } from "../types.ts";

/** What a span of time holds, bin by bin, as it is drawn and embedded. Counts are exact. */
export interface BinnedCounts {
  /** A power of two. */
  readonly widthNs: number;
  /** By color, one array of all bins each. */
  readonly packets: readonly Float64Array[];
  readonly bytes: readonly Float64Array[];
}

export const COLOR_COUNT = 3;
/** Of one flow's rate: a screen is hardly wider. */
export const SERIES_RATE_BINS = 2048;
/** About a microsecond: rates over less are the spacing of single packets. */
const WIDTH_NS_MIN = 1024;

/** The least power of two, from `least` on, in at most `count` of which the span fits. */
export function widthFor(spanNs: number, count: number, least = 1): number {
  let widthNs = least;
  while (spanNs / widthNs >= count) widthNs *= 2;
  return widthNs;
}

export class TimeBins {
  readonly #capacity: number;
  /** Packets of each color, then bytes of each, a row of bins each. */
  readonly #rows: readonly Float64Array[];
  #widthNs = WIDTH_NS_MIN;
  #used = 0;

  /** `capacity` is even. Bytes of a bin are exact below 2^53. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#rows = Array.from({ length: 2 * COLOR_COUNT }, () => new Float64Array(capacity));
  }

  /** Counts a packet, so long after the origin of the bins. */
  add(elapsedNs: number, color: Color, bytes: number): void {
    let bin = Math.floor(elapsedNs / this.#widthNs);
    while (bin >= this.#capacity) {
      this.#merge();
      bin = Math.floor(elapsedNs / this.#widthNs);
    }
    this.#rows[color]![bin]! += 1;
    this.#rows[COLOR_COUNT + color]![bin]! += bytes;
    if (bin >= this.#used) this.#used = bin + 1;
  }

  #merge(): void {
    const half = this.#capacity / 2;
    for (const row of this.#rows) {
      for (let bin = 0; bin < half; bin += 1) row[bin] = row[2 * bin]! + row[2 * bin + 1]!;
      row.fill(0, half);
    }
    this.#widthNs *= 2;
    this.#used = Math.ceil(this.#used / 2);
  }

  /** The bins up to the last that holds a packet. */
  counts(): BinnedCounts {
    const rows = this.#rows.map((row) => row.slice(0, this.#used));
    return { widthNs: this.#widthNs, packets: rows.slice(0, COLOR_COUNT), bytes: rows.slice(COLOR_COUNT) };
  }
}
