/** Refused packets of one flow: one mark for all that share a column of pixels, at the highest place. */
import type { LinePoints } from "../picture/linereducer.ts";

export interface RefusedMarks extends LinePoints {
  /** Refused packets that each mark stands for. */
  readonly packets: Float64Array;
}

export class MarkColumns {
  total = 0;
  largest = 0;
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  readonly #packets: Float64Array;

  constructor(columns: number) {
    this.#x = new Float64Array(columns);
    this.#y = new Float64Array(columns);
    this.#packets = new Float64Array(columns);
  }

  add(column: number, timeNs: number, level: number): void {
    if (this.#packets[column] === 0 || level > this.#y[column]!) {
      this.#x[column] = timeNs;
      this.#y[column] = level;
    }
    this.#packets[column]! += 1;
    this.total += 1;
    if (level > this.largest) this.largest = level;
  }

  marks(): RefusedMarks {
    const used = (values: Float64Array) => values.filter((_, column) => this.#packets[column]! > 0);
    return { x: used(this.#x), y: used(this.#y), packets: used(this.#packets) };
  }
}
