/**
 * Where the flows of a block have their slots, found before the block is shaped: the steps from a hash to a slot are a
 * loop of their own, so that the shaper's has its registers for itself. Only a new flow moves others, or takes the place
 * of one that is dropped, so places hold up to the first packet of one.
 */
import { Locate } from "../loop/locate";

/** Most packets of a block that is shaped: more cost 1 ns at ten thousand flows. */
export const BLOCK_MAX: u32 = 64;

/** One 32-bit address a packet, by its place in the block. */
const places = memory.data(64 * 4, 64);

if (BLOCK_MAX != 64) ERROR("places must hold a block");

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
  for (let i = first; i < end; i++) {
    const slot = Locate.known(i);
    if (slot == 0) return i;
    Places.put(i, slot);
  }
  return end;
}
