/**
 * Where the flows of a block's paths have their slots: found before its first packet is metered, as far as they are near
 * (table/search.ts). A flow that is not is found, or admitted, in its packet's turn, which may move others.
 */
import { PATH_SLOTS_MAX } from "../abi";
import { findNear, touchHomes } from "../table/search";
import { slotsMoved } from "../table/table";
import { hashColumn } from "./columns";

/** Packets of a block: fewer than with one slot each, for each has up to eight. */
const BLOCK_PACKETS: u32 = 64;
const SLOT_BYTES: usize = 4;
const PATH_BYTES: usize = PATH_SLOTS_MAX * SLOT_BYTES;

/** 32-bit addresses, path by path, by the last bits of their packets' rows. */
const slots = memory.data(64 * 8 * 4, 64);
if (BLOCK_PACKETS * PATH_SLOTS_MAX != 512) ERROR("slots must hold the paths of a block");

/** `slotsMoved` when they were found. */
let movedBefore: u32 = 0;

/** End of the block that begins at packet `first` of a batch of `count`. */
export function endOfPathBlock(first: u32, count: u32): u32 {
  return min((first | (BLOCK_PACKETS - 1)) + 1, count);
}

/** Where the slots of packet `i`'s path lie, 32 bits each. */
export function slotsOfPath(i: u32): usize {
  return slots + (i % BLOCK_PACKETS) * PATH_BYTES;
}

/** Finds the slots of packets [first, end) of one block; what is not near is 0. */
export function findPathSlots(first: u32, end: u32, pathSlots: u32): void {
  const count = end - first;
  movedBefore = slotsMoved;
  for (let k: u32 = 0; k < pathSlots; k++) touchHomes(hashColumn(k) + (first << 3), count);
  for (let k: u32 = 0; k < pathSlots; k++) {
    findNear(hashColumn(k) + (first << 3), count, slotsOfPath(first) + k * SLOT_BYTES, PATH_BYTES);
  }
}

/** True when the first `count` slots of packet `i`'s path were found and are where they were. */
export function isPathFound(i: u32, count: u32): bool {
  if (slotsMoved != movedBefore) return false;
  const path = slotsOfPath(i);
  for (let k: u32 = 0; k < count; k++) {
    if (load<u32>(path + (k << 2)) == 0) return false;
  }
  return true;
}
