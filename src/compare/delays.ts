/**
 * How delays are spread: their number, least, greatest and sum exactly, and quantiles from bins. Below 128 ns a bin is one
 * nanosecond, above that there are 128 each time they double, so that a quantile is less than 1/128 too high.
 */

const BIN_BITS = 7;
const BINS = 2 ** BIN_BITS;
/** Delays are below 2^53 ns, 104 days. */
const BINS_MAX = (53 - BIN_BITS + 1) * BINS;

export interface DelayStatistics {
  readonly packets: number;
  readonly leastNs: number;
  readonly meanNs: number;
  readonly medianNs: number;
  readonly p99Ns: number;
  readonly mostNs: number;
}

function binOf(delayNs: number): number {
  if (delayNs < BINS) return delayNs;
  const shift = Math.floor(Math.log2(delayNs)) - BIN_BITS;
  // log2 rounds: just below a power of two it may answer the next whole number.
  const exact = delayNs < 2 ** (shift + BIN_BITS) ? shift - 1 : shift;
  return exact * BINS + Math.floor(delayNs / 2 ** exact);
}

/** The greatest delay of a bin. */
function endOf(bin: number): number {
  if (bin < 2 * BINS) return bin;
  const shift = Math.floor(bin / BINS) - 1;
  return (bin - shift * BINS + 1) * 2 ** shift - 1;
}

export class Delays {
  readonly #bins = new Float64Array(BINS_MAX);
  #packets = 0;
  #delayed = 0;
  #sumNs = 0n;
  #leastNs = Infinity;
  #mostNs = 0;
  /** Part of the sum that is not in `#sumNs` yet: a BigInt a packet would be garbage. */
  #partNs = 0;

  take(delayNs: number): void {
    this.#packets += 1;
    if (delayNs > 0) this.#delayed += 1;
    if (delayNs < this.#leastNs) this.#leastNs = delayNs;
    if (delayNs > this.#mostNs) this.#mostNs = delayNs;
    const bin = binOf(delayNs);
    this.#bins[bin]! += 1;
    if (this.#partNs > Number.MAX_SAFE_INTEGER - delayNs) {
      this.#sumNs += BigInt(this.#partNs);
      this.#partNs = 0;
    }
    this.#partNs += delayNs;
  }

  /** Packets that were delayed at all. */
  get delayed(): number {
    return this.#delayed;
  }

  /** The least delay that so many of a thousand packets do not exceed, as its bin has it. */
  #quantile(permille: number): number {
    let left = Math.ceil((this.#packets * permille) / 1000);
    for (let bin = 0; bin < BINS_MAX; bin += 1) {
      left -= this.#bins[bin]!;
      if (left <= 0) return Math.min(endOf(bin), this.#mostNs);
    }
    return this.#mostNs;
  }

  /** Null without packets. */
  get statistics(): DelayStatistics | null {
    if (this.#packets === 0) return null;
    const sumNs = this.#sumNs + BigInt(this.#partNs);
    return {
      packets: this.#packets,
      leastNs: this.#leastNs,
      meanNs: Number(sumNs / BigInt(this.#packets)),
      medianNs: this.#quantile(500),
      p99Ns: this.#quantile(990),
      mostNs: this.#mostNs,
    };
  }
}
