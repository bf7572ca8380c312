/** A compact table brought to a new time 0: once in years, or when the caller's clock leaps that far. */
import { PROFILE_BUCKET0, BUCKET_DRAIN } from "../abi";
import { Slot } from "../table/slot";
import { blockAfter, kindOf, stateAt, wordAt } from "./table";
import { profileAt } from "./profile";
import { slotsPerBlock, tableBase } from "./memory";
import { readState, writeBlock, writeState } from "./state";

const scratch = memory.data(32, 8);

/** All states drained from the meter's `newest` to its `time`, which is 0 from here on. */
export function rebase(newest: u64, time: u64): void {
  let block = tableBase;
  do {
    for (let index: u32 = 0; index < slotsPerBlock; index++) {
      if (load<u64>(wordAt(block, index)) != 0)
        rebaseState(stateAt(block, index), profileAt(kindOf(block, index)), newest, time);
    }
    block = blockAfter(block);
  } while (block != tableBase);
}

function rebaseState(state: usize, profile: usize, newest: u64, time: u64): void {
  const slot = changetype<Slot>(scratch);
  const blockedNs = readState(state, profile, slot, newest);
  const elapsed = time - newest;
  if (blockedNs > elapsed) {
    writeBlock(state, profile, 0, blockedNs == u64.MAX_VALUE ? blockedNs : blockedNs - elapsed);
    return;
  }
  const drain = load<u64>(profile, PROFILE_BUCKET0 + BUCKET_DRAIN);
  const isDrained = elapsed > slot.level / drain;
  slot.level = isDrained ? 0 : slot.level - elapsed * drain;
  slot.lastNs = 0;
  writeState(state, profile, slot);
}
