/** Room in a full table: who leaves, and what is said when nobody does. Everything is counted. */
import { DELAY_NEVER } from "../meter/bucket";
import { Slot } from "../table/slot";
import {
  CALL_SLOTS_MAX,
  ON_FULL_DENY,
  ON_FULL_EVICT_OLDEST,
  PROFILE_HAS_INITIAL,
  STATE_EVICTED,
  STATE_FLOWS,
  STATE_FLOWS_MAX,
  STATE_FORGOTTEN,
} from "./abi";
import { addToState, onFull, searchBlocks, slotsPerBlock, stateWord } from "./memory";
import { drainedIn } from "./outcome";
import { profileAt } from "./profile";
import { readState } from "./state";
import { blockAfter, homeBlock, kindOf, removeAt, removeWord, stateAt, takeState, wordAt } from "./table";

/** Words of the call at hand: its own slots do not leave for each other. */
const pinned = memory.data(CALL_SLOTS_MAX * 8, 8);
let pinnedCount: u32 = 0;
const looked = memory.data(32, 8);

export function clearPins(): void {
  pinnedCount = 0;
}

export function pin(word: u64): void {
  store<u64>(pinned + (pinnedCount << 3), word);
  pinnedCount++;
}

/** A zeroed state for a word that is not in the table; 0 when it is full and stays so. */
export function makeRoom(word: u64, kind: u32, nowNs: u64): usize {
  const isThere = stateWord(STATE_FLOWS) < stateWord(STATE_FLOWS_MAX) || evict(word, nowNs);
  return isThere ? takeState(word, kind) : 0;
}

/**
 * Drops the first drained flow from the new one's home block on, or as `onFull` says the one that would be drained next.
 * The search is bounded; it begins at the home because a hand that went round the table would find it ever fuller ahead.
 */
function evict(word: u64, nowNs: u64): bool {
  if (onFull == <u32>ON_FULL_DENY) return false;
  let block = homeBlock(word);
  let soonest = DELAY_NEVER;
  let leaver: u64 = 0;
  for (let searched: u32 = 0; searched < searchBlocks; searched++) {
    for (let index: u32 = 0; index < slotsPerBlock; index++) {
      if (!mayLeave(block, index)) continue;
      const leavesNs = leavesIn(block, index, nowNs);
      if (leavesNs == 0) {
        removeAt(block, index);
        addToState(STATE_EVICTED, 1);
        return true;
      }
      if (leavesNs >= soonest) continue;
      soonest = leavesNs;
      leaver = load<u64>(wordAt(block, index));
    }
    block = blockAfter(block);
  }
  if (onFull != <u32>ON_FULL_EVICT_OLDEST || leaver == 0) return false;
  removeWord(leaver);
  addToState(STATE_FORGOTTEN, 1);
  return true;
}

function mayLeave(block: usize, index: u32): bool {
  const word = load<u64>(wordAt(block, index));
  for (let i: u32 = 0; i < pinnedCount; i++) if (load<u64>(pinned + (i << 3)) == word) return false;
  return word != 0;
}

/** Ns until no later call could tell the slot's flow from a new one; DELAY_NEVER where new ones do not begin drained. */
export function leavesIn(block: usize, index: u32, nowNs: u64): u64 {
  const profile = profileAt(kindOf(block, index));
  if (load<u64>(profile, PROFILE_HAS_INITIAL) != 0) return DELAY_NEVER;
  const slot = changetype<Slot>(looked);
  const blockedNs = readState(stateAt(block, index), profile, slot, nowNs);
  return blockedNs != 0 ? blockedNs : drainedIn(profile, slot);
}

/** Ns until a flow could leave for this word, were nothing to come meanwhile; DELAY_NEVER when none will. */
export function roomIn(word: u64, nowNs: u64): u64 {
  if (onFull == <u32>ON_FULL_DENY) return DELAY_NEVER;
  let soonest = DELAY_NEVER;
  let block = homeBlock(word);
  for (let searched: u32 = 0; searched < searchBlocks; searched++) {
    for (let index: u32 = 0; index < slotsPerBlock; index++) {
      if (mayLeave(block, index)) soonest = min(soonest, leavesIn(block, index, nowNs));
    }
    block = blockAfter(block);
  }
  return soonest;
}
