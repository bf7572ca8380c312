/** Intervals of addresses as search trees (assembly/classify/search.ts). */
import {
  ENTRY_NODE_SHIFT,
  INTERVAL_BYTES4,
  INTERVAL_BYTES6,
  ITEM_LOWER_TREE_SHIFT,
  NODE_CELLS,
  NODE_LAST_CELL,
  NODE_LOW,
  NODE_SHIFT,
  TREE_INTERVALS,
  TREE_NODES_MAX,
  TREE_ROOT,
  WINDOW_DOUBLINGS_SHIFT,
  WINDOW_INTERVALS,
} from "../../../assembly/abi/classifier.ts";
import type { Interval } from "./partition.ts";
import type { Region } from "./region.ts";

const CELL_BITS_MAX = 16;
const HALF_BITS = 64n;
const HALF_LAST = 2n ** HALF_BITS - 1n;

/** Writes a tree over values of 32 or 64 bits. Answers its offset. */
export function writeTree(region: Region, intervals: readonly Interval[], bits: 32 | 64): number {
  return new TreeWriter(region, intervals).write(bits);
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
  /** Intervals, and places behind them that windows reach. */
  #reach: number;

  constructor(region: Region, intervals: readonly Interval[]) {
    this.#region = region;
    this.#intervals = intervals;
    this.#reach = intervals.length;
  }

  write(bits: 32 | 64): number {
    const region = this.#region;
    const tree = this.#writeNode(0, this.#intervals.length - 1, 1, TREE_ROOT);
    const bytes = bits === 32 ? INTERVAL_BYTES4 : INTERVAL_BYTES6;
    const start = region.allocate(this.#reach * bytes);
    // No value is above the last of all: places behind the intervals are never counted.
    const padded = { last: 2n ** BigInt(bits) - 1n, item: 0 };
    for (let index = 0; index < this.#reach; index += 1) {
      const { last, item } = this.#intervals[index] ?? padded;
      const at = start + index * bytes;
      if (bits === 32) region.put32(at, Number(last));
      else region.put64(at, last);
      region.put32(at + bits / 8, item);
    }
    region.put32(tree + TREE_INTERVALS, start);
    return tree;
  }

  /** A node over the intervals `from` to `to`, `headBytes` behind the offset that it answers. */
  #writeNode(from: number, to: number, depth: number, headBytes: number): number {
    const { low, shift, cells } = this.#grid(from, to);
    const offset = this.#region.allocate(headBytes + NODE_CELLS + 4 * cells);
    const node = offset + headBytes;
    this.#region.put64(node + NODE_LOW, low);
    this.#region.put32(node + NODE_SHIFT, shift);
    this.#region.put32(node + NODE_LAST_CELL, cells - 1);
    let first = from;
    for (let cell = 0; cell < cells; cell += 1) {
      const lastValue = low + (BigInt(cell + 1) << BigInt(shift)) - 1n;
      let last = first;
      if (cell === cells - 1) last = to;
      else while (this.#lastOf(last) < lastValue) last += 1;
      this.#region.put32(node + NODE_CELLS + 4 * cell, this.#entry(first, last, depth));
      first = this.#lastOf(last) === lastValue ? last + 1 : last;
    }
    return offset;
  }

  /** How a node parts its intervals: from the first value of the second interval to that of the last. */
  #grid(from: number, to: number): { readonly low: bigint; readonly shift: number; readonly cells: number } {
    const count = to - from + 1;
    if (count <= WINDOW_INTERVALS) return { low: 0n, shift: 0, cells: 1 };
    const low = this.#lastOf(from) + 1n;
    const span = this.#lastOf(to - 1) + 1n - low;
    const cellBits = Math.min(CELL_BITS_MAX, Math.ceil(Math.log2(count)));
    const shift = Math.max(0, span.toString(2).length - cellBits);
    return { low, shift, cells: Number(span >> BigInt(shift)) + 1 };
  }

  /** What a cell says that holds the intervals `from` to `to`, or parts of them. */
  #entry(from: number, to: number, depth: number): number {
    const count = to - from + 1;
    if (count > WINDOW_INTERVALS && depth < TREE_NODES_MAX) {
      return 2 ** ENTRY_NODE_SHIFT + this.#writeNode(from, to, depth + 1, 0) / 8;
    }
    const doublings = Math.max(0, Math.ceil(Math.log2(count / WINDOW_INTERVALS)));
    const length = WINDOW_INTERVALS * 2 ** doublings;
    // A window may begin early: intervals are sorted, and all that end below the value are counted.
    const start = Math.max(0, Math.min(from, this.#intervals.length - length));
    this.#reach = Math.max(this.#reach, start + length);
    return doublings * 2 ** WINDOW_DOUBLINGS_SHIFT + start;
  }

  #lastOf(index: number): bigint {
    return this.#intervals[index]!.last;
  }
}
