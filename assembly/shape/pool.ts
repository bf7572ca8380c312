/**
 * Room for what waits in the queues of all flows: nodes of 16 bytes, made as they are needed up to a stated number, in
 * chunks that never move, and used again.
 *
 *   byte   0 ............... 7   8 ............ 11   12 ............ 15
 *          ns when it has left   next node's place   what it counts in its queue
 *
 * Nodes that are free are named in a stack of their own: a list through the nodes themselves would be read node by node,
 * each from memory and after the one before. For the same reason a ring whose packets have all left is given back whole
 * and unread; its packets count as waiting until its nodes are taken, or counted.
 */
import { CONFIG_QUEUED_MAX } from "../abi/shaper";
import { allocate, allocateZeroed } from "../arena";
import { setting } from "../config";
import { Room } from "./room";

@unmanaged
export class Waiting {
  departsNs: u64;
  next: u32;
  counted: u32;
}

/** Nodes a chunk, which has as many places of the stack: 80 KiB. */
const CHUNK_BITS: u32 = 12;
const CHUNK_NODES: u32 = 1 << CHUNK_BITS;
const CHUNK_BYTES: u32 = CHUNK_NODES * (offsetof<Waiting>() + 4);

/** 1 MiB of them. */
const LARGE_NODES: u32 = 1 << 16;

/** One 32-bit address a chunk: that of its places of the stack. */
let stacks: usize = 0;
let nodes: usize = 0;
let made: u32 = 0;
let free: u32 = 0;
/** Last node of the ring that was given back last; its time is the one given before it. 0: none. */
let given: u32 = 0;

/** A node, of any content; 0 when as many as there may be are in use, or memory has ended. */
export function takeNode(): usize {
  if (given != 0) return takeGiven();
  if (free != 0) {
    free--;
    return load<u32>(placeOf(free));
  }
  if (<u64>made >= setting(CONFIG_QUEUED_MAX)) return 0;
  const inChunk = made & (CHUNK_NODES - 1);
  if (inChunk == 0 && !addChunk(made >>> CHUNK_BITS)) return 0;
  made++;
  return nodes + inChunk * offsetof<Waiting>();
}

/** The first node of the ring that was given back last. */
function takeGiven(): u32 {
  const last = changetype<Waiting>(given);
  const first = last.next;
  if (first == given) given = <u32>last.departsNs;
  else last.next = changetype<Waiting>(first).next;
  Room.leave(1);
  return first;
}

function addChunk(index: u32): bool {
  if (stacks == 0) stacks = allocateZeroed((<u32>((setting(CONFIG_QUEUED_MAX) >>> CHUNK_BITS) + 1)) << 2);
  if (stacks == 0) return false;
  nodes = allocate(CHUNK_BYTES);
  if (nodes == 0) return false;
  store<u32>(stacks + (index << 2), <u32>nodes + CHUNK_NODES * offsetof<Waiting>());
  return true;
}

/** True when nodes have outgrown the caches near the processor. */
export function isPoolLarge(): bool {
  return made > LARGE_NODES;
}

/** Gives a node back. */
export function giveNode(node: u32): void {
  store<u32>(placeOf(free), node);
  free++;
}

/** Gives a ring back, by its last node. */
export function giveRing(last: u32): void {
  changetype<Waiting>(last).departsNs = given;
  given = last;
}

/** Counts the packets of all rings that were given back as gone. */
export function countGivenRings(): void {
  while (given != 0) giveNode(takeGiven());
}

/** There are as many places as nodes. */
function placeOf(index: u32): usize {
  return load<u32>(stacks + ((index >>> CHUNK_BITS) << 2)) + ((index & (CHUNK_NODES - 1)) << 2);
}
