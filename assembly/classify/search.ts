/**
 * Interval search: the item of the interval that a value lies in. Nodes cut their range into cells of equal size, about
 * one an interval; a cell with more intervals than a window has gets a node of its own. The few intervals of a window
 * are compared without a branch: which of them it is, no branch predictor could tell. Bounded: TREE_NODES_MAX nodes,
 * then one halving a doubling of the window, whatever the rules.
 */
import {
  ENTRY_NODE_SHIFT,
  ENTRY_OFFSET_MASK,
  NODE_CELLS,
  NODE_LAST_CELL,
  NODE_LOW,
  NODE_SHIFT,
  WINDOW_DOUBLINGS_SHIFT,
  WINDOW_INTERVALS,
  WINDOW_START_MASK,
} from "../abi/classifier";

/** Inlined, so that what is the same for a run of values stays in registers. */
export class Search {
  /** The window of intervals in which `value` lies, by the tree whose root node is at `root`. */
  @inline static windowOf(classifier: usize, root: usize, value: u64): u32 {
    let entry = Search.entryOf(root, value);
    if (entry >>> ENTRY_NODE_SHIFT != 0) entry = windowBelow(classifier, entry, value);
    return entry;
  }

  /** Values below the first cell and above the last belong to those. */
  @inline static entryOf(node: usize, value: u64): u32 {
    const low = load<u64>(node, NODE_LOW);
    const distance = select<u64>(value - low, 0, value > low);
    const cell = min<u64>(distance >>> (<u64>load<u32>(node, NODE_SHIFT)), <u64>load<u32>(node, NODE_LAST_CELL));
    return load<u32>(node + ((<usize>cell) << 2), NODE_CELLS);
  }

  /**
   * Item of the window's first interval whose last value is not below `value`. Intervals, `bytes` each from `intervals`
   * on, are sorted and padded.
   */
  @inline static itemIn<Value>(intervals: usize, window: u32, value: Value, bytes: usize): u32 {
    let at = intervals + <usize>(window & WINDOW_START_MASK) * bytes;
    let half: usize = (WINDOW_INTERVALS / 2) << (window >>> WINDOW_DOUBLINGS_SHIFT);
    for (; half >= <usize>WINDOW_INTERVALS; half >>= 1) {
      const middle = at + half * bytes;
      at = load<Value>(middle - bytes) < value ? middle : at;
    }
    const below =
      <usize>(load<Value>(at) < value) +
      <usize>(load<Value>(at + bytes) < value) +
      <usize>(load<Value>(at + 2 * bytes) < value);
    return load<u32>(at + below * bytes, sizeof<Value>());
  }
}

function windowBelow(classifier: usize, above: u32, value: u64): u32 {
  let entry = above;
  while (entry >>> ENTRY_NODE_SHIFT != 0) {
    entry = Search.entryOf(classifier + ((<usize>(entry & ENTRY_OFFSET_MASK)) << 3), value);
  }
  return entry;
}
