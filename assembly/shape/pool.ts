/**
 * Room for what waits in the queues of all flows: nodes of 16 bytes, made as they are needed up to a stated number, in
 * chunks that never move, and used again.
 *
 *   byte   0 ............... 7   8 ............ 11   12 ............ 15
 *          ns when it has left   next node's place   what it counts in its queue
 */
import { CONFIG_QUEUED_MAX } from "../abi/shaper";
import { allocate } from "../arena";
import { setting } from "../config";

@unmanaged
export class Waiting {
  departsNs: u64;
  next: u32;
  counted: u32;
}

/** Nodes a chunk: 64 KiB. */
const CHUNK_NODES: u32 = 4096;

let chunk: usize = 0;
let leftInChunk: u32 = 0;
let made: u64 = 0;
let free: u32 = 0;

/** A node, of any content; 0 when as many as there may be are in use, or memory has ended. */
export function takeNode(): usize {
  if (free != 0) {
    const node = free;
    free = changetype<Waiting>(node).next;
    return node;
  }
  if (made >= setting(CONFIG_QUEUED_MAX)) return 0;
  if (leftInChunk == 0 && !addChunk()) return 0;
  leftInChunk--;
  made++;
  return chunk + leftInChunk * offsetof<Waiting>();
}

function addChunk(): bool {
  chunk = allocate(CHUNK_NODES * offsetof<Waiting>());
  leftInChunk = chunk == 0 ? 0 : CHUNK_NODES;
  return chunk != 0;
}

/** Gives back a chain of nodes, `first` to `last`. */
export function giveNodes(first: u32, last: u32): void {
  changetype<Waiting>(last).next = free;
  free = first;
}
