/**
 * What belongs to a flow but finds no place in its slot, behind the table's lines, in slot order: 4 bytes a slot for
 * meters whose slots are full (two buckets) and that keep records, 8 for policies of classes, whose slots belong to
 * different meters, 16 for shapers of two buckets, whose longer queues (shape/held.ts) have no place either.
 *
 *   byte 0 .. 3: index of the flow's record, below 2^26 so that byte 3 is always zero (touch)
 *   byte 4 .. 7: path entry, or: 8 .. 15: queue
 */
import { nextBase, nextLineBytes, sideShift, tableBase, tableLineBytes } from "./table";

/** Bytes of an entry with the record alone, with the path entry, and with a queue. */
export const SIDE_OF_RECORD: u32 = 4;
export const SIDE_OF_CLASSES: u32 = 8;
export const SIDE_OF_QUEUE: u32 = 16;
/** Where in it the queue lies. */
export const SIDE_QUEUE: usize = 8;
/** The byte of an entry that is zero at all times. */
export const SIDE_TOUCH_BYTE: usize = 3;

/** Address of the side entry of a slot in either table. */
export function sideOf(slot: usize): usize {
  const inNext = slot - nextBase < nextLineBytes;
  const base = inNext ? nextBase : tableBase;
  return base + (inNext ? nextLineBytes : tableLineBytes) + ((slot - base) >>> sideShift);
}

/** Copies the side entry of a flow that moves to another slot. */
export function copySide(from: usize, to: usize): void {
  if (sideShift == 0) return;
  const source = sideOf(from);
  const target = sideOf(to);
  store<u32>(target, load<u32>(source));
  if (hasPathEntries()) store<u32>(target, load<u32>(source, 4), 4);
  else if (hasQueues()) store<u64>(target, load<u64>(source, SIDE_QUEUE), SIDE_QUEUE);
}

/** True when entries are those of classes. */
function hasPathEntries(): bool {
  return sideShift == 2;
}

/** True when entries hold a queue. */
function hasQueues(): bool {
  return sideShift == 1;
}
