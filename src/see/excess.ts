/** How many flows lost how much, and which lost most: one pass over all flows after a run. */
import { Ranking } from "../report/ranking.ts";
import { labelOf, visitRecords } from "../report/records.ts";
import type { CaptureMeter } from "../trace/meter.ts";

/** Flows whose refused bytes, or their part of all bytes, lie above the bound before this one, up to `most`. */
export interface ExcessClass {
  /** Refused bytes; or parts of a thousand. */
  readonly most: number;
  readonly flows: number;
  readonly refusedBytes: number;
}

/** Of the flows that are tracked at the end. */
export interface Excess {
  readonly flows: number;
  /** By refused bytes: none, then powers of ten. */
  readonly byBytes: readonly ExcessClass[];
  /** By the refused part of a flow's bytes: none, then up to 1 per mille, and so on to all. */
  readonly byPart: readonly ExcessClass[];
}

const BYTE_BOUNDS = [0, ...Array.from({ length: 16 }, (_, power) => 10 ** power)];
const PART_BOUNDS = [0, 1, 10, 100, 250, 500, 750, 999, 1000];

class Histogram {
  readonly #bounds: readonly number[];
  readonly #flows: number[];
  readonly #bytes: number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#flows = bounds.map(() => 0);
    this.#bytes = bounds.map(() => 0);
  }

  add(value: number, refusedBytes: number): void {
    let index = 0;
    while (value > this.#bounds[index]! && index < this.#bounds.length - 1) index += 1;
    this.#flows[index]! += 1;
    this.#bytes[index]! += refusedBytes;
  }

  classes(): ExcessClass[] {
    return this.#bounds.map((most, index) => ({
      most,
      flows: this.#flows[index]!,
      refusedBytes: this.#bytes[index]!,
    }));
  }
}

/** Goes through all flows; nodes of classes are none. Answers the records of the `most` worst as well. */
export function excessOf(meter: CaptureMeter, most: number): { excess: Excess; worst: readonly number[] } {
  const [byBytes, byPart] = [new Histogram(BYTE_BOUNDS), new Histogram(PART_BOUNDS)];
  const worst = new Ranking(most);
  visitRecords(meter, (record, red, bytes) => {
    if (labelOf(meter, record)?.kind === "node") return;
    byBytes.add(red, red);
    // Less than all of it is never "all", however little is missing.
    byPart.add(red === bytes && red > 0 ? 1000 : Math.min(999, bytes === 0 ? 0 : (red * 1000) / bytes), red);
    worst.take(record, red, bytes);
  });
  return { excess: { flows: worst.count, byBytes: byBytes.classes(), byPart: byPart.classes() }, worst: worst.worst() };
}
