/**
 * Captured bytes of frames that wait for their departure, in cells of 128 bytes linked by address: no size of frame
 * leaves holes behind, and a frame of up to 112 bytes is one cell. A first cell begins with FRAME_*, further ones with
 * the link alone.
 */
import { CONFIG_HOLD_BYTES, QUEUE_MEMORY_BYTES } from "../abi/departures";
import { allocate, allocateZeroed } from "../arena";
import { setting } from "../config";
import { addCount, getCount } from "./counts";

const CELL_BYTES: u32 = 128;
/** Addresses of cells are multiples of this. */
export const CELL_SHIFT: u32 = 7;

/** Address of the next cell, 0: none. */
const CELL_NEXT: usize = 0;
export const FRAME_CAPTURED: usize = 4;
export const FRAME_ORIGINAL: usize = 8;
export const FRAME_FACE: usize = 12; // u16, below FACES_MAX
const FIRST_HEAD_BYTES: u32 = 16;
const NEXT_HEAD_BYTES: u32 = 16;
const FIRST_ROOM: u32 = CELL_BYTES - FIRST_HEAD_BYTES;
const NEXT_ROOM: u32 = CELL_BYTES - NEXT_HEAD_BYTES;

/** Cells are taken from the arena so many at a time. */
const CHUNK_CELLS: u32 = 8192;

/** Addresses of cells that are free: a stack beside them, for cells linked by themselves are read one after the other. */
let freeStack: usize = 0;
let freeCells: u32 = 0;
/** Cells of the newest chunk that were never used. */
let freshCell: usize = 0;
let freshCells: u32 = 0;

/** Reserves the stack for as many cells as CONFIG_HOLD_BYTES allow; of it only what is used takes memory. */
export function createCells(): bool {
  freeStack = allocateZeroed(<u32>(setting(CONFIG_HOLD_BYTES) / CELL_BYTES) * 4);
  return freeStack != 0;
}

/** Takes memory from the arena within CONFIG_HOLD_BYTES; 0 when either has no more. */
export function takeMemory(bytes: u32): usize {
  if (getCount(QUEUE_MEMORY_BYTES) + bytes > setting(CONFIG_HOLD_BYTES)) return 0;
  const address = allocate(bytes);
  if (address != 0) addCount(QUEUE_MEMORY_BYTES, bytes);
  return address;
}

/** Sees to it that a frame of `captured` bytes can be stored. False when memory does not suffice. */
export function reserveFrame(captured: u32): bool {
  const needed: u32 = captured <= FIRST_ROOM ? 1 : 1 + (captured - FIRST_ROOM + NEXT_ROOM - 1) / NEXT_ROOM;
  while (freeCells + freshCells < needed) {
    if (!addChunk()) return false;
  }
  return true;
}

/** What is left of the chunk before becomes free. */
function addChunk(): bool {
  const chunk = takeMemory(CHUNK_CELLS * CELL_BYTES + CELL_BYTES);
  if (chunk == 0) return false;
  while (freshCells != 0) giveCell(takeFresh());
  freshCell = (chunk + CELL_BYTES - 1) & ~(<usize>CELL_BYTES - 1);
  freshCells = CHUNK_CELLS;
  return true;
}

function takeFresh(): usize {
  const cell = freshCell;
  freshCell += CELL_BYTES;
  freshCells--;
  return cell;
}

function giveCell(cell: usize): void {
  store<u32>(freeStack + (freeCells++ << 2), <u32>cell);
}

function takeCell(): usize {
  if (freeCells == 0) return takeFresh();
  return load<u32>(freeStack + (--freeCells << 2));
}

/** Stores a frame that `reserveFrame` has made room for. Answers its first cell. */
export function storeFrame(frame: usize, captured: u32, original: u32, face: u32): usize {
  const first = takeCell();
  store<u32>(first, captured, FRAME_CAPTURED);
  store<u32>(first, original, FRAME_ORIGINAL);
  store<u32>(first, face, FRAME_FACE);
  const end = frame + captured;
  let from = frame + copyBytes(frame, first + FIRST_HEAD_BYTES, min(captured, FIRST_ROOM));
  let cell = first;
  while (from < end) {
    const next = takeCell();
    store<u32>(cell, <u32>next, CELL_NEXT);
    cell = next;
    from += copyBytes(from, cell + NEXT_HEAD_BYTES, min(<u32>(end - from), NEXT_ROOM));
  }
  store<u32>(cell, 0, CELL_NEXT);
  return first;
}

/** What `touchFrame` read: nothing may be taken away that nobody uses. */
let touched: u32 = 0;

/** Begins to fetch a stored frame: both lines of its first cell. */
export function touchFrame(first: usize): void {
  touched += <u32>load<u8>(first) + <u32>load<u8>(first, CELL_BYTES / 2);
}

/** Copies a stored frame to `to`, and up to 15 bytes more, and frees its cells. */
export function takeFrame(first: usize, to: usize): void {
  let left = load<u32>(first, FRAME_CAPTURED);
  let bytes = copyBytes(first + FIRST_HEAD_BYTES, to, min(left, FIRST_ROOM));
  let cell: usize = load<u32>(first, CELL_NEXT);
  giveCell(first);
  let target = to;
  while (cell != 0) {
    target += bytes;
    left -= <u32>bytes;
    bytes = copyBytes(cell + NEXT_HEAD_BYTES, target, min(left, NEXT_ROOM));
    const next: usize = load<u32>(cell, CELL_NEXT);
    giveCell(cell);
    cell = next;
  }
}

/** In steps of 16 bytes, the last of which may reach 15 bytes too far: rooms of cells are whole steps. Answers `bytes`. */
export function copyBytes(from: usize, to: usize, bytes: u32): usize {
  for (let at: usize = 0; at < bytes; at += 16) {
    if (ASC_FEATURE_SIMD) {
      v128.store(to + at, v128.load(from + at));
    } else {
      store<u64>(to + at, load<u64>(from + at));
      store<u64>(to + at, load<u64>(from + at, 8), 8);
    }
  }
  return bytes;
}
