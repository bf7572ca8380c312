/**
 * Brings the rings of a block's flows into the cache before the block is shaped. On the way to them lie the flow's line,
 * the ring's last packet, its first, and those behind it: each a miss that the next one waits for. Step by step for the
 * whole block, the misses of one step overlap.
 */
import { PROFILE } from "../abi";
import { queueWordOf } from "./kernels";
import { Places } from "../loop/places";
import { BLOCK_MAX } from "./room";
import { Waiting } from "./pool";
import { Ring } from "./ring";

/** How far each ring has come: a node's address. */
const places = memory.data(64 * 4, 64);
/** Packets of a ring that are fetched, the last one included. */
const STEPS: u32 = 3;
/** Takes what was read, so that it is read. */
const sink = memory.data(8, 8);

if (BLOCK_MAX != 64) ERROR("places must hold a block");

/** For packets [first, end) of a block, whose places are known. */
export function fetchRings(first: u32, end: u32): void {
  let rings: u32 = 0;
  for (let i = first; i < end; i++) {
    const word = queueWordOf(PROFILE, Places.of(i));
    store<u32>(places + (rings << 2), Ring.last(word));
    rings += <u32>Ring.is(word);
  }
  for (let step: u32 = 1; step < STEPS; step++) {
    for (let k: u32 = 0; k < rings; k++) {
      const place = places + (k << 2);
      store<u32>(place, changetype<Waiting>(load<u32>(place)).next);
    }
  }
  let read: u64 = 0;
  for (let k: u32 = 0; k < rings; k++) read ^= changetype<Waiting>(load<u32>(places + (k << 2))).departsNs;
  store<u64>(sink, read);
}
