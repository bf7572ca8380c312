/** Giving back the places of drained flows, a part of the table at a time. */
import { BLOCK_SLOTS, STATE_EVICTED } from "./abi";
import { addToState, blockBytes, blockCount, tableBase } from "./memory";
import { isDrained, profileAt, removeSlotAt } from "./room";
import { kindOf, slotAt, stateOf } from "./table";

let nextBlock: u32 = 0;

/** Looks at the flows of the next `blocks` blocks and drops those that are drained. Answers how many it dropped. */
export function sweepBlocks(nowNs: u64, blocks: u32): u32 {
  let dropped: u32 = 0;
  for (let left = min(blocks, blockCount); left > 0; left--) {
    const block = tableBase + <usize>nextBlock * blockBytes;
    for (let index: u32 = 0; index < <u32>BLOCK_SLOTS; index++) {
      // What moves back into an emptied place is looked at as well.
      while (isDrainedAt(block, index, nowNs)) {
        removeSlotAt(block, index);
        dropped++;
      }
    }
    nextBlock = nextBlock + 1 == blockCount ? 0 : nextBlock + 1;
  }
  addToState(STATE_EVICTED, dropped);
  return dropped;
}

function isDrainedAt(block: usize, index: u32, nowNs: u64): bool {
  if (load<u64>(block + (index << 3)) == 0) return false;
  return isDrained(profileAt(kindOf(block, index)), slotAt(stateOf(block, index)), nowNs);
}
