/**
 * Where the flows of a block have their slots, found before the block is shaped: the steps from a hash to a slot are a
 * loop of their own, so that the shaper's has its registers for itself. Only a new flow moves others, or takes the place
 * of one that is dropped, so places hold up to the first packet of one.
 */
import { BATCH, COLUMN_HASH, SLOT_BYTES } from "../abi";
import { DISPLACEMENT_ONE, LOW_HASH_MASK } from "../table/slot";
import { findSlot, homeLine, nextBase, tableBase, tableShift } from "../table/table";

/** Most packets of a block that is shaped. */
export const BLOCK_MAX: u32 = 256;

/** One 32-bit address a packet, by its place in the block. */
const places = memory.data(256 * 4, 64);

if (BLOCK_MAX != 256) ERROR("places must hold a block");

export class Places {
  /** The slot of packet `i`, which was found. */
  @inline static of(i: u32): usize {
    return load<u32>(places + ((i & (BLOCK_MAX - 1)) << 2));
  }

  /** Packet `i` has its slot there. */
  @inline static put(i: u32, slot: usize): void {
    store<u32>(places + ((i & (BLOCK_MAX - 1)) << 2), <u32>slot);
  }
}

/** Finds the slots of packets [first, end) of one block, and answers the first whose flow is new; `end` if none is. */
export function findPlaces(first: u32, end: u32): u32 {
  const isMoving = nextBase != 0;
  const base = tableBase;
  const shift = tableShift;
  for (let i = first; i < end; i++) {
    const hash = load<u64>(i << 3, BATCH + COLUMN_HASH);
    const line = isMoving ? homeLine(hash) : base + ((<usize>(hash >>> shift)) << 6);
    const word = (hash & LOW_HASH_MASK) + DISPLACEMENT_ONE;
    const second = <u32>(load<u64>(line, SLOT_BYTES) == word);
    let slot = line + (second << 5);
    if (((<u32>(load<u64>(line) == word)) | second) == 0) {
      slot = findSlot(hash);
      if (slot == 0) return i;
    }
    Places.put(i, slot);
  }
  return end;
}
