/** Packets and bytes by color of each second, for the last ten minutes: memory that does not grow with the run. */
import { addCounts, COUNT_NUMBERS, type LiveColors } from "./counts.ts";

/** Seconds that are kept. */
export const BINS_MAX = 600;

/** Units by color each second, over a window. */
export interface Rates {
  /** As asked for. */
  readonly seconds: number;
  /** Whole seconds that were averaged; 0 when none is over yet, and then all rates are 0. */
  readonly averaged: number;
  readonly perSec: LiveColors;
}

/** Seconds count from the first packet. */
export class Bins {
  readonly #counts = new Float64Array(BINS_MAX * COUNT_NUMBERS);
  #newest = 0;

  /** The newest second that there is a bin for. */
  get newest(): number {
    return this.#newest;
  }

  /** Makes room for seconds up to this one; the oldest make way. */
  advance(second: number): void {
    if (second <= this.#newest) return;
    if (second - this.#newest >= BINS_MAX) this.#counts.fill(0);
    else for (let each = this.#newest + 1; each <= second; each += 1) this.#clear(each);
    this.#newest = second;
  }

  #clear(second: number): void {
    const at = (second % BINS_MAX) * COUNT_NUMBERS;
    this.#counts.fill(0, at, at + COUNT_NUMBERS);
  }

  /** Adds to a second, six numbers; of one that has left the ten minutes nothing is kept. */
  add(second: number, counts: ArrayLike<number>): void {
    if (second > this.#newest) this.advance(second);
    else if (second <= this.#newest - BINS_MAX) return;
    addCounts(this.#counts, (second % BINS_MAX) * COUNT_NUMBERS, counts);
  }

  /** The six numbers of each second from `first` to `last`, both included; zeros where nothing is kept. */
  rows(first: number, last: number): number[][] {
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => this.#row(first + index));
  }

  #row(second: number): number[] {
    if (second < 0 || second > this.#newest || second <= this.#newest - BINS_MAX) {
      return Array.from({ length: COUNT_NUMBERS }, () => 0);
    }
    const at = (second % BINS_MAX) * COUNT_NUMBERS;
    return [...this.#counts.subarray(at, at + COUNT_NUMBERS)];
  }

  /** Averages over the last whole seconds before `second`, fewer when the run is younger. */
  rates(seconds: number, second: number): Rates {
    const averaged = Math.min(seconds, second, BINS_MAX - 1);
    const sums = new Float64Array(COUNT_NUMBERS);
    for (const row of this.rows(second - averaged, second - 1)) {
      for (const [index, value] of row.entries()) sums[index]! += value / averaged;
    }
    const count = (color: number) => ({ packets: sums[color]!, bytes: sums[3 + color]! });
    return { seconds, averaged, perSec: { green: count(0), yellow: count(1), red: count(2) } };
  }
}
