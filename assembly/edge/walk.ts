/** All taken slots one after the other, for what reads or rewrites every flow. JavaScript twin: src/edge/js/walk.ts. */
import { Slot } from "../table/slot";
import { RESULT, RESULT_BLOCKED, RESULT_KEY, RESULT_KIND, RESULT_LEVELS, RESULT_SLOT, STATE_NEWEST } from "./abi";
import { blockCount, slotsPerBlock, stateWord, tableBase } from "./memory";
import { profileAt } from "./profile";
import { readState } from "./state";
import { blockAfter, isFull, kindOf, stateAt, wordAt } from "./table";
import { keyOf } from "./word";

const scratch = memory.data(32, 8);
let block: usize = 0;
let index: u32 = 0;
let blocksLeft: u32 = 0;

/**
 * Goes on to the next taken slot, or begins anew, in an order in which taking their words makes the same table again
 * (table.ts); what it holds is then at RESULT. False: there is none. The table must not change its slots meanwhile.
 */
export function nextSlot(isFirst: bool): bool {
  if (isFirst) {
    block = tableBase;
    while (isFull(block)) block = blockAfter(block);
    // Of this one nothing is left to visit until all others were.
    index = slotsPerBlock;
    blocksLeft = blockCount;
  }
  while (index == slotsPerBlock || load<u64>(wordAt(block, index)) == 0) {
    if (blocksLeft == 0) return false;
    block = blockAfter(block);
    blocksLeft--;
    index = 0;
  }
  putSlot();
  index++;
  return true;
}

function putSlot(): void {
  const word = wordAt(block, index);
  const state = stateAt(block, index);
  const kind = kindOf(block, index);
  const slot = changetype<Slot>(scratch);
  store<u64>(RESULT + (RESULT_BLOCKED << 3), readState(state, profileAt(kind), slot, stateWord(STATE_NEWEST)));
  store<u64>(RESULT + (RESULT_LEVELS << 3), slot.level);
  store<u64>(RESULT + (RESULT_LEVELS << 3), slot.second, 8);
  store<u64>(RESULT + (RESULT_KEY << 3), keyOf(load<u64>(word), kind));
  store<u32>(RESULT + (RESULT_SLOT << 3), <u32>word);
  store<u32>(RESULT + (RESULT_SLOT << 3), <u32>state, 4);
  store<u64>(RESULT + (RESULT_KIND << 3), kind);
}
