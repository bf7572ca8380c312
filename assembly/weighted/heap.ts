/**
 * The active flows of a weighted group, the one that drains first on top: a binary heap of record indexes in chunks
 * that never move. Ticks wrap; active flows lie less than 2^62 ticks ahead of virtual time, so differences order them.
 */
import { CHUNKS_MAX } from "../abi";
import { allocate } from "../arena";
import { weightedAt } from "../records";
import { drainedAtTick, placeInHeap, setPlaceInHeap } from "./flow";

/** Bytes of a heap's head: number of flows, and one 32-bit address a chunk. */
export const HEAP_BYTES: u32 = 64 + CHUNKS_MAX * 4;
const CHUNK_BITS: u32 = 16;
const CHUNK_PLACES: u32 = 1 << CHUNK_BITS;

export function heapCount(heap: usize): u32 {
  return load<u32>(heap);
}

/** Makes sure that one more flow fits. False when memory does not suffice. */
export function hasHeapRoom(heap: usize): bool {
  const chunk = heapCount(heap) >>> CHUNK_BITS;
  if (chunk >= <u32>CHUNKS_MAX) return false;
  if (load<u32>(heap + 64 + (chunk << 2)) != 0) return true;
  const address = allocate(CHUNK_PLACES * 4);
  store<u32>(heap + 64 + (chunk << 2), <u32>address);
  return address != 0;
}

/** Record index at a place, from 1. */
export function heapRecord(heap: usize, place: u32): u32 {
  return load<u32>(addressOf(heap, place));
}

/** Adds a flow, for which there is room. */
export function pushHeap(heap: usize, record: u32): void {
  const place = heapCount(heap) + 1;
  store<u32>(heap, place);
  put(heap, place, record);
  siftUp(heap, place);
}

/** Takes the first flow off. */
export function popHeap(heap: usize): void {
  const last = heapCount(heap);
  setPlaceInHeap(weightedAt(heapRecord(heap, 1)), 0);
  const moved = heapRecord(heap, last);
  store<u32>(heap, last - 1);
  if (last == 1) return;
  put(heap, 1, moved);
  siftDown(heap, 1);
}

/** Restores the order after a flow's tick has grown. */
export function sinkHeap(heap: usize, flow: usize): void {
  siftDown(heap, placeInHeap(flow));
}

function addressOf(heap: usize, place: u32): usize {
  const index = place - 1;
  return load<u32>(heap + 64 + ((index >>> CHUNK_BITS) << 2)) + ((index & (CHUNK_PLACES - 1)) << 2);
}

function put(heap: usize, place: u32, record: u32): void {
  store<u32>(addressOf(heap, place), record);
  setPlaceInHeap(weightedAt(record), place);
}

function isBefore(record: u32, other: u32): bool {
  return <i64>(drainedAtTick(weightedAt(record)) - drainedAtTick(weightedAt(other))) < 0;
}

function siftUp(heap: usize, start: u32): void {
  let place = start;
  const record = heapRecord(heap, place);
  while (place > 1) {
    const parent = heapRecord(heap, place >>> 1);
    if (!isBefore(record, parent)) break;
    put(heap, place, parent);
    place >>>= 1;
  }
  put(heap, place, record);
}

function siftDown(heap: usize, start: u32): void {
  const count = heapCount(heap);
  let place = start;
  const record = heapRecord(heap, place);
  for (let child = place << 1; child <= count; child = place << 1) {
    if (child < count && isBefore(heapRecord(heap, child + 1), heapRecord(heap, child))) child++;
    if (!isBefore(heapRecord(heap, child), record)) break;
    put(heap, place, heapRecord(heap, child));
    place = child;
  }
  put(heap, place, record);
}
