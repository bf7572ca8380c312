/** Counters of the departure queue, QUEUE_*. */
import { QUEUE_WORDS } from "../abi/departures";

const counts = memory.data(QUEUE_WORDS * 8, 8);

/** Address of the counters. */
export function queueCounts(): usize {
  return counts;
}

export function addCount(index: u32, amount: u64): void {
  store<u64>(counts + (index << 3), load<u64>(counts + (index << 3)) + amount);
}

export function getCount(index: u32): u64 {
  return load<u64>(counts + (index << 3));
}

/** Keeps the greater of the count and `value`. */
export function raiseCount(index: u32, value: u64): void {
  if (value > getCount(index)) store<u64>(counts + (index << 3), value);
}
