/** Giving back the places of drained flows, a part of the table at a time. */
import { STATE_EVICTED, STATE_SWEEP } from "./abi";
import { addToState, blockBytes, blockCount, setStateWord, slotsPerBlock, stateWord, tableBase } from "./memory";
import { leavesIn } from "./room";
import { removeAt, wordAt } from "./table";

/** Looks at the flows of the next `blocks` blocks and drops those that are drained. Answers how many it dropped. */
export function sweepBlocks(nowNs: u64, blocks: u32): u32 {
  let dropped: u32 = 0;
  let nextBlock = <u32>stateWord(STATE_SWEEP);
  for (let left = min(blocks, blockCount); left > 0; left--) {
    const block = tableBase + <usize>nextBlock * blockBytes;
    for (let index: u32 = 0; index < slotsPerBlock; index++) {
      // What moves back into an emptied place is looked at as well.
      while (load<u64>(wordAt(block, index)) != 0 && leavesIn(block, index, nowNs) == 0) {
        removeAt(block, index);
        dropped++;
      }
    }
    nextBlock = nextBlock + 1 == blockCount ? 0 : nextBlock + 1;
  }
  setStateWord(STATE_SWEEP, nextBlock);
  addToState(STATE_EVICTED, dropped);
  return dropped;
}
