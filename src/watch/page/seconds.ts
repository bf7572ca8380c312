/** The seconds that the page knows: a look brings those that may have changed. */
import { BINS_MAX } from "../bins.ts";
import type { LookBins } from "../web/look.ts";

export class Seconds {
  readonly #rows = new Map<number, readonly number[]>();
  #newest = -1;

  /** The newest second; -1 before there is one. */
  get newest(): number {
    return this.#newest;
  }

  take({ first, rows }: LookBins): void {
    for (const [index, row] of rows.entries()) this.#rows.set(first + index, row);
    this.#newest = Math.max(this.#newest, first + rows.length - 1);
    for (const second of this.#rows.keys()) if (second <= this.#newest - BINS_MAX) this.#rows.delete(second);
  }

  /** One of the six numbers of each second from `first` to `last`; 0 where nothing is known. */
  column(number: number, first: number, last: number): number[] {
    return Array.from({ length: last - first + 1 }, (_, index) => this.#rows.get(first + index)?.[number] ?? 0);
  }
}
