/** The columns of a batch, as the host laid them out. */
import {
  ANSWER_BLOCKED,
  ANSWER_COLOR_MASK,
  ANSWER_FULL,
  COLUMN_COLOR,
  COLUMN_FLAGS,
  COLUMN_KEY,
  COLUMN_WIDE_KEYS,
  COLUMNS,
} from "./abi";

/** Address of a column, or what its word says else. */
export function column(index: u32): usize {
  return load<u32>(COLUMNS + (index << 2));
}

/** The key of a row. */
export function keyAt(i: u32): u64 {
  const keys = column(COLUMN_KEY);
  return column(COLUMN_WIDE_KEYS) != 0 ? load<u64>(keys + (i << 3)) : <u64>load<u32>(keys + (i << 2));
}

/** Writes what a row is answered. */
export function putAnswer(i: u32, answer: u32): void {
  store<u8>(column(COLUMN_COLOR) + i, answer & ANSWER_COLOR_MASK);
  store<u8>(column(COLUMN_FLAGS) + i, answer & (ANSWER_FULL | ANSWER_BLOCKED));
}
