/** Blocks of keys: 31 of them and the address of the next block. */
import { takeMemory } from "./cells";
import { KEY_BYTES } from "./keys";

export const BLOCK_NEXT: usize = 0;
export const BLOCK_KEYS: usize = 16;
export const KEYS_PER_BLOCK: u32 = 31;
const BLOCK_BYTES: u32 = 16 + KEYS_PER_BLOCK * KEY_BYTES;
const CHUNK_BLOCKS: u32 = 128;

let freeBlock: usize = 0;
let blockCount: u32 = 0;

/** Sees to it that `keys` keys fit, however they are spread over `slots` lists. False when memory does not suffice. */
export function reserveBlocks(keys: u32, slots: u32): bool {
  // One more: a list that is being spread frees a block after its keys have moved.
  const needed = keys / KEYS_PER_BLOCK + slots + 1;
  while (blockCount < needed) {
    const chunk = takeMemory(CHUNK_BLOCKS * BLOCK_BYTES);
    if (chunk == 0) return false;
    for (let i: u32 = 0; i < CHUNK_BLOCKS; i++) giveBlock(chunk + i * BLOCK_BYTES);
    blockCount += CHUNK_BLOCKS;
  }
  return true;
}

export function takeBlock(): usize {
  const block = freeBlock;
  assert(block != 0);
  freeBlock = load<u32>(block, BLOCK_NEXT);
  store<u32>(block, 0, BLOCK_NEXT);
  return block;
}

export function giveBlock(block: usize): void {
  store<u32>(block, <u32>freeBlock, BLOCK_NEXT);
  freeBlock = block;
}
