/**
 * Interval search: the item of the interval that a value lies in. A node cuts its range into cells of equal size, few
 * intervals each, whose ends and items fill one cache line; which of them it is, no branch tells. A cell with more has
 * a node of its own. Bounded, whatever the rules: a node takes at least 3 bits off its range (src/core/classifier).
 */
import {
  LINE_BYTES,
  LINE_ITEMS4,
  LINE_ITEMS6,
  LINE_NODE,
  NODE_LAST_CELL,
  NODE_LINES,
  NODE_LOW,
  NODE_SHIFT,
} from "../abi";

/** Item for `value` of 32 bits in the tree at `offset` of the classifier. */
export function search4(classifier: usize, offset: u32, value: u32): u32 {
  const line = lineOf(classifier, offset, value);
  const below =
    <u32>(load<u32>(line) < value) +
    <u32>(load<u32>(line, 4) < value) +
    <u32>(load<u32>(line, 8) < value) +
    <u32>(load<u32>(line, 12) < value) +
    <u32>(load<u32>(line, 16) < value) +
    <u32>(load<u32>(line, 20) < value) +
    <u32>(load<u32>(line, 24) < value);
  return load<u32>(line + (below << 2), LINE_ITEMS4);
}

/** Item for `value` of 64 bits. */
export function search6(classifier: usize, offset: u32, value: u64): u32 {
  const line = lineOf(classifier, offset, value);
  const below =
    <u32>(load<u64>(line) < value) +
    <u32>(load<u64>(line, 8) < value) +
    <u32>(load<u64>(line, 16) < value) +
    <u32>(load<u64>(line, 24) < value);
  return load<u32>(line + (below << 2), LINE_ITEMS6);
}

function lineOf(classifier: usize, offset: u32, value: u64): usize {
  let line = cellOf(classifier, classifier + offset, value);
  for (let node = load<u32>(line, LINE_NODE); node != 0; node = load<u32>(line, LINE_NODE)) {
    line = cellOf(classifier, classifier + node, value);
  }
  return line;
}

/** Values below the first cell and above the last belong to those. */
function cellOf(classifier: usize, node: usize, value: u64): usize {
  const low = load<u64>(node, NODE_LOW);
  const distance = select<u64>(value - low, 0, value > low);
  const shift = <u64>load<u32>(node, NODE_SHIFT);
  const cell = min<u64>(distance >>> shift, <u64>load<u32>(node, NODE_LAST_CELL));
  return classifier + load<u32>(node, NODE_LINES) + <usize>cell * LINE_BYTES;
}
