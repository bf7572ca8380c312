/**
 * What the queue orders: a departure, and which frame it is. A key is 16 bytes, time then tie; the tie holds the frame's
 * sequence number above the number of its first cell, so that keys compare as one number of 128 bits. 39 bits of
 * sequence number: 5 * 10^11 frames, and then only frames that wait across that point at equal departures change places.
 */
import { CELL_SHIFT } from "./cells";

export const KEY_BYTES: u32 = 16;
export const KEY_TIME: usize = 0;
export const KEY_TIE: usize = 8;
/** Bits of the number of a cell: addresses have 32. */
const CELL_BITS: u64 = 25;
const CELL_MASK: u64 = (1 << 25) - 1;

/** The tie of frame number `sequence`, stored from `cell` on. */
export function tieOf(sequence: u64, cell: usize): u64 {
  return (sequence << CELL_BITS) | ((<u64>cell) >>> CELL_SHIFT);
}

/** Address of the frame's first cell. */
export function cellOf(key: usize): usize {
  return <usize>((load<u64>(key, KEY_TIE) & CELL_MASK) << CELL_SHIFT);
}

/** Puts the last of `count` keys from `keys` on in its place among those before it, which are in order. */
export function sinkKey(keys: usize, count: u32): void {
  const last = keys + (count - 1) * KEY_BYTES;
  const time = load<u64>(last, KEY_TIME);
  const tie = load<u64>(last, KEY_TIE);
  let at = last;
  while (at > keys) {
    const before = at - KEY_BYTES;
    const beforeTime = load<u64>(before, KEY_TIME);
    if (beforeTime < time || (beforeTime == time && load<u64>(before, KEY_TIE) < tie)) break;
    store<u64>(at, beforeTime, KEY_TIME);
    store<u64>(at, load<u64>(before, KEY_TIE), KEY_TIE);
    at = before;
  }
  store<u64>(at, time, KEY_TIME);
  store<u64>(at, tie, KEY_TIE);
}
