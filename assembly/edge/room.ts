/** Room in a full table: who leaves, and what is said when nobody does. Everything is counted. */
import {
  KERNEL_TWO_BUCKETS,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_BYTES,
  PROFILE_COUPLED,
  PROFILE_KERNEL,
} from "../abi";
import { Bucket, DELAY_NEVER } from "../meter/bucket";
import { Slot } from "../table/slot";
import {
  BLOCK_SLOTS,
  CALL_SLOTS_MAX,
  ON_FULL_DENY,
  ON_FULL_EVICT_OLDEST,
  PROFILE_HAS_INITIAL,
  PROFILES,
  SEARCH_BLOCKS,
  STATE_EVICTED,
  STATE_FLOWS,
  STATE_FLOWS_MAX,
  STATE_FORGOTTEN,
} from "./abi";
import { addToState, blockCount, onFull, stateWord } from "./memory";
import { drainedIn } from "./outcome";
import { blockAfter, homeBlock, kindOf, removeAt, slotAt, stateOf, takeState } from "./table";

/** Words of the call at hand: its own slots do not leave for each other. */
const pinned = memory.data(CALL_SLOTS_MAX * 8, 8);
let pinnedCount: u32 = 0;
/** Slots emptied so far: whoever remembers a slot's address must look again when this has changed. */
export let removals: u32 = 0;

export function clearPins(): void {
  pinnedCount = 0;
}

export function pin(word: u64): void {
  store<u64>(pinned + (pinnedCount << 3), word);
  pinnedCount++;
}

export function profileAt(kind: u32): usize {
  return PROFILES + kind * PROFILE_BYTES;
}

/** Empties the slot, and notes that slots have moved. */
export function removeSlotAt(block: usize, index: u32): void {
  removals++;
  removeAt(block, index);
}

/** A zeroed state for a word that is not in the table; 0 when it is full and stays so. */
export function makeRoom(word: u64, kind: u32, nowNs: u64): usize {
  const isThere = stateWord(STATE_FLOWS) < stateWord(STATE_FLOWS_MAX) || evict(word, nowNs);
  return isThere ? takeState(word, kind) : 0;
}

/**
 * Drops the first drained flow from the new one's home block on, or what `onFull` says. The search is bounded; it begins
 * at the home because a hand that went round the table would find it ever fuller just ahead.
 */
function evict(word: u64, nowNs: u64): bool {
  if (onFull == <u32>ON_FULL_DENY) return false;
  let block = homeBlock(word);
  let oldest: u64 = u64.MAX_VALUE;
  let oldestBlock: usize = 0;
  let oldestIndex: u32 = 0;
  for (let searched = min<u32>(SEARCH_BLOCKS, blockCount); searched > 0; searched--) {
    for (let index: u32 = 0; index < <u32>BLOCK_SLOTS; index++) {
      if (!mayLeave(block, index)) continue;
      const slot = slotAt(stateOf(block, index));
      if (isDrained(profileAt(kindOf(block, index)), slot, nowNs)) {
        removeSlotAt(block, index);
        addToState(STATE_EVICTED, 1);
        return true;
      }
      if (slot.lastNs >= oldest) continue;
      oldest = slot.lastNs;
      oldestBlock = block;
      oldestIndex = index;
    }
    block = blockAfter(block);
  }
  if (onFull != <u32>ON_FULL_EVICT_OLDEST || oldestBlock == 0) return false;
  removeSlotAt(oldestBlock, oldestIndex);
  addToState(STATE_FORGOTTEN, 1);
  return true;
}

function mayLeave(block: usize, index: u32): bool {
  const word = load<u64>(block + (index << 3));
  for (let i: u32 = 0; i < pinnedCount; i++) if (load<u64>(pinned + (i << 3)) == word) return false;
  return word != 0;
}

/** True when no later call could tell the flow from a new one: drained, not blocked, and new ones begin drained. */
export function isDrained(profile: usize, slot: Slot, nowNs: u64): bool {
  if (load<u64>(profile, PROFILE_HAS_INITIAL) != 0 || slot.lastNs > nowNs) return false;
  const elapsedNs = nowNs - slot.lastNs;
  const drained0 = Bucket.drained(profile + PROFILE_BUCKET0, elapsedNs);
  if (drained0 < slot.level) return false;
  if (load<u64>(profile, PROFILE_KERNEL) != <u64>KERNEL_TWO_BUCKETS) return true;
  const passedOn = (drained0 - slot.level) & load<u64>(profile, PROFILE_COUPLED);
  return Bucket.drained(profile + PROFILE_BUCKET1, elapsedNs) + passedOn >= slot.second;
}

/** Ns until a flow could leave for this word, were nothing to come meanwhile; DELAY_NEVER when none will. */
export function roomIn(word: u64, nowNs: u64): u64 {
  if (onFull == <u32>ON_FULL_DENY) return DELAY_NEVER;
  let soonest = DELAY_NEVER;
  let block = homeBlock(word);
  for (let searched = min<u32>(SEARCH_BLOCKS, blockCount); searched > 0; searched--) {
    for (let index: u32 = 0; index < <u32>BLOCK_SLOTS; index++) {
      if (mayLeave(block, index)) soonest = min(soonest, leavesIn(block, index, nowNs));
    }
    block = blockAfter(block);
  }
  return soonest;
}

function leavesIn(block: usize, index: u32, nowNs: u64): u64 {
  const profile = profileAt(kindOf(block, index));
  if (load<u64>(profile, PROFILE_HAS_INITIAL) != 0) return DELAY_NEVER;
  const slot = slotAt(stateOf(block, index));
  const fromLast = drainedIn(profile, slot);
  if (fromLast == DELAY_NEVER || slot.lastNs == u64.MAX_VALUE) return DELAY_NEVER;
  const passed = nowNs > slot.lastNs ? nowNs - slot.lastNs : 0;
  const blockedFor = slot.lastNs > nowNs ? slot.lastNs - nowNs : 0;
  return blockedFor + (fromLast > passed ? fromLast - passed : 0);
}
