/** Delays over time: a fixed number of bins by arrival, merged in pairs whenever the span outgrows them. */

/** What a span of time holds, bin by bin. A bin without packets that departed has 0 everywhere. */
export interface BinnedDelays {
  /** A power of two. */
  readonly widthNs: number;
  readonly packets: Float64Array;
  readonly leastNs: Float64Array;
  readonly mostNs: Float64Array;
  readonly meanNs: Float64Array;
}

/** Bins as narrow as those of rates. */
const WIDTH_NS_MIN = 1024;

export class DelayBins {
  readonly #capacity: number;
  readonly #packets: Float64Array;
  readonly #least: Float64Array;
  readonly #most: Float64Array;
  readonly #sum: Float64Array;
  #widthNs = WIDTH_NS_MIN;
  #used = 0;

  /** `capacity` is even. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#packets = new Float64Array(capacity);
    this.#least = new Float64Array(capacity).fill(Infinity);
    this.#most = new Float64Array(capacity);
    this.#sum = new Float64Array(capacity);
  }

  /** A packet that came so long after the origin of the bins. */
  add(elapsedNs: number, delayNs: number): void {
    let bin = Math.floor(elapsedNs / this.#widthNs);
    while (bin >= this.#capacity) {
      this.#merge();
      bin = Math.floor(elapsedNs / this.#widthNs);
    }
    this.#packets[bin]! += 1;
    this.#sum[bin]! += delayNs;
    if (delayNs < this.#least[bin]!) this.#least[bin] = delayNs;
    if (delayNs > this.#most[bin]!) this.#most[bin] = delayNs;
    if (bin >= this.#used) this.#used = bin + 1;
  }

  #merge(): void {
    const half = this.#capacity / 2;
    const [packets, least, most, sum] = [this.#packets, this.#least, this.#most, this.#sum];
    for (let bin = 0; bin < half; bin += 1) {
      packets[bin] = packets[2 * bin]! + packets[2 * bin + 1]!;
      sum[bin] = sum[2 * bin]! + sum[2 * bin + 1]!;
      least[bin] = Math.min(least[2 * bin]!, least[2 * bin + 1]!);
      most[bin] = Math.max(most[2 * bin]!, most[2 * bin + 1]!);
    }
    for (const row of [packets, most, sum]) row.fill(0, half);
    least.fill(Infinity, half);
    this.#widthNs *= 2;
    this.#used = Math.ceil(this.#used / 2);
  }

  /** The bins up to the last that holds a packet. */
  delays(): BinnedDelays {
    const packets = this.#packets.slice(0, this.#used);
    const used = (row: Float64Array) => packets.map((count, bin) => (count === 0 ? 0 : row[bin]!));
    const meanNs = packets.map((count, bin) => (count === 0 ? 0 : this.#sum[bin]! / count));
    return { widthNs: this.#widthNs, packets, leastNs: used(this.#least), mostNs: used(this.#most), meanNs };
  }
}
