/** Intervals of addresses as search trees (assembly/classify/search.ts). */
import {
  ITEM_LOWER_TREE_SHIFT,
  LINE_BYTES,
  LINE_INTERVALS4,
  LINE_INTERVALS6,
  LINE_ITEMS4,
  LINE_ITEMS6,
  LINE_NODE,
  NODE_BYTES,
  NODE_LAST_CELL,
  NODE_LINES,
  NODE_LOW,
  NODE_SHIFT,
} from "../../../assembly/abi.ts";
import type { Interval } from "./partition.ts";
import type { Region } from "./region.ts";

/** A node parts its range into more than half of 2 to this power cells, at the least. */
const CELL_BITS_MIN = 4;
const CELL_BITS_MAX = 16;
const HALF_BITS = 64n;
const HALF_LAST = 2n ** HALF_BITS - 1n;

/** What one line holds. */
interface LineShape {
  readonly intervals: number;
  readonly valueBytes: 4 | 8;
  readonly itemsOffset: number;
}

const SHAPES: Readonly<Record<32 | 64, LineShape>> = {
  32: { intervals: LINE_INTERVALS4, valueBytes: 4, itemsOffset: LINE_ITEMS4 },
  64: { intervals: LINE_INTERVALS6, valueBytes: 8, itemsOffset: LINE_ITEMS6 },
};

/** Writes a tree over values of 32 or 64 bits. Answers its offset. */
export function writeTree(region: Region, intervals: readonly Interval[], bits: 32 | 64): number {
  return new TreeWriter(region, intervals, SHAPES[bits]).writeNode(0, intervals.length - 1);
}

/** Writes a tree over the upper 64 bits of 128, and one over the lower for each upper value that is parted further. */
export function writeTree128(region: Region, intervals: readonly Interval[]): number {
  const upper: Interval[] = [];
  let index = 0;
  for (let high = 0n; high <= HALF_LAST; high = upper.at(-1)!.last + 1n) {
    const endOfHigh = (high << HALF_BITS) | HALF_LAST;
    if (intervals[index]!.last >= endOfHigh) {
      // To the last upper value that the interval covers whole.
      const { last, item } = intervals[index]!;
      upper.push({ last: ((last + 1n) >> HALF_BITS) - 1n, item });
      if ((last & HALF_LAST) === HALF_LAST) index += 1;
      continue;
    }
    const lower: Interval[] = [];
    while (intervals[index]!.last < endOfHigh) {
      const { last, item } = intervals[index]!;
      lower.push({ last: last & HALF_LAST, item });
      index += 1;
    }
    lower.push({ last: HALF_LAST, item: intervals[index]!.item });
    if (intervals[index]!.last === endOfHigh) index += 1;
    upper.push({ last: high, item: 2 ** ITEM_LOWER_TREE_SHIFT + writeTree(region, lower, 64) / 8 });
  }
  return writeTree(region, upper, 64);
}

class TreeWriter {
  readonly #region: Region;
  readonly #intervals: readonly Interval[];
  readonly #shape: LineShape;

  constructor(region: Region, intervals: readonly Interval[], shape: LineShape) {
    this.#region = region;
    this.#intervals = intervals;
    this.#shape = shape;
  }

  /** A node over the intervals `from` to `to`. Answers its offset. */
  writeNode(from: number, to: number): number {
    const { low, shift, cells } = this.#grid(from, to);
    const node = this.#region.allocate(NODE_BYTES);
    const lines = this.#region.allocateLines(cells);
    this.#region.put64(node + NODE_LOW, low);
    this.#region.put32(node + NODE_SHIFT, shift);
    this.#region.put32(node + NODE_LAST_CELL, cells - 1);
    this.#region.put32(node + NODE_LINES, lines);
    let first = from;
    for (let cell = 0; cell < cells; cell += 1) {
      const lastValue = low + (BigInt(cell + 1) << BigInt(shift)) - 1n;
      let last = first;
      if (cell === cells - 1) last = to;
      else while (this.#lastOf(last) < lastValue) last += 1;
      this.#writeLine(lines + cell * LINE_BYTES, first, last);
      first = this.#lastOf(last) === lastValue ? last + 1 : last;
    }
    return node;
  }

  /** How a node parts its intervals: from the first value of the second interval to that of the last. */
  #grid(from: number, to: number): { readonly low: bigint; readonly shift: number; readonly cells: number } {
    const count = to - from + 1;
    if (count <= this.#shape.intervals) return { low: 0n, shift: 0, cells: 1 };
    const low = this.#lastOf(from) + 1n;
    const span = this.#lastOf(to - 1) + 1n - low;
    // Some two ends a cell of 32-bit values, one of 64-bit values: three and four times as many rarely meet in one.
    const wanted = Math.ceil(Math.log2(count / (this.#shape.intervals / 4)));
    const cellBits = Math.min(CELL_BITS_MAX, Math.max(CELL_BITS_MIN, wanted));
    const shift = Math.max(0, span.toString(2).length - cellBits);
    return { low, shift, cells: Number(span >> BigInt(shift)) + 1 };
  }

  /** A line of the intervals `from` to `to`, or of a node that has them. */
  #writeLine(line: number, from: number, to: number): void {
    const { intervals, valueBytes, itemsOffset } = this.#shape;
    if (to - from >= intervals) {
      this.#region.put32(line + LINE_NODE, this.writeNode(from, to));
      return;
    }
    for (let index = 0; index < intervals; index += 1) {
      const interval = from + index;
      if (interval <= to) this.#region.put32(line + itemsOffset + 4 * index, this.#intervals[interval]!.item);
      if (index === intervals - 1) break;
      const last = interval < to ? this.#lastOf(interval) : HALF_LAST;
      if (valueBytes === 4) this.#region.put32(line + 4 * index, Number(last & 0xffff_ffffn));
      else this.#region.put64(line + 8 * index, last);
    }
  }

  #lastOf(index: number): bigint {
    return this.#intervals[index]!.last;
  }
}
