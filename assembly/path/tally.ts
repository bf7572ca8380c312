/** Totals by class, and by the node that refused. */
import {
  BATCH,
  CLASS_BYTE_COUNTS,
  CLASS_OVERSIZE,
  CLASS_PACKETS,
  CLASS_REFUSED,
  CLASS_UNTRACKED,
  COLUMN_LENGTH,
} from "../abi";

const PAIR_BYTES: u32 = 16;

export function countColor(packetClass: usize, i: u32, color: u32): void {
  const at = packetClass + (color << 3);
  store<u64>(at, load<u64>(at, CLASS_PACKETS) + 1, CLASS_PACKETS);
  store<u64>(at, load<u64>(at, CLASS_BYTE_COUNTS) + load<u32>(i << 2, BATCH + COLUMN_LENGTH), CLASS_BYTE_COUNTS);
}

export function countClassOversize(packetClass: usize, i: u32): void {
  addPair(packetClass + CLASS_OVERSIZE, i);
}

export function countClassUntracked(packetClass: usize, i: u32): void {
  addPair(packetClass + CLASS_UNTRACKED, i);
}

/** Node of the path, leaf first. */
export function countRefusal(packetClass: usize, i: u32, node: u32): void {
  addPair(packetClass + CLASS_REFUSED + node * PAIR_BYTES, i);
}

function addPair(at: usize, i: u32): void {
  store<u64>(at, load<u64>(at) + 1);
  store<u64>(at, load<u64>(at, 8) + load<u32>(i << 2, BATCH + COLUMN_LENGTH), 8);
}
