/** A table brought to a new time 0: once in hours or years, or when the caller's clock leaps that far. */
import { Slot } from "../table/slot";
import { slotsPerBlock, tableBase } from "./memory";
import { profileAt } from "./profile";
import { readState, writeBlock, writeState } from "./state";
import { blockAfter, kindOf, stateAt, wordAt } from "./table";

const scratch = memory.data(32, 8);

/** All states drained to the meter's `time`, which is 0 from here on. */
export function rebase(time: u64): void {
  let block = tableBase;
  do {
    for (let index: u32 = 0; index < slotsPerBlock; index++) {
      if (load<u64>(wordAt(block, index)) != 0)
        rebaseState(stateAt(block, index), profileAt(kindOf(block, index)), time);
    }
    block = blockAfter(block);
  } while (block != tableBase);
}

function rebaseState(state: usize, profile: usize, time: u64): void {
  const slot = changetype<Slot>(scratch);
  const blockedNs = readState(state, profile, slot, time);
  if (blockedNs != 0) {
    writeBlock(state, 0, blockedNs);
    return;
  }
  slot.lastNs = 0;
  writeState(state, profile, slot);
}
