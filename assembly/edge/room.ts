/**
 * Room in a full table: who leaves, and what is said when nobody does. Everything is counted. A place is found for all new
 * slots of a call before any flow leaves: all of them get one, or nothing changes.
 *
 * Two stretches of SEARCH_PLACES are searched: from the new flow's home on, and half the table further. One alone finds
 * no drained flow once in millions of calls although half of all are drained: they are taken in the order of their
 * places, so those in use grow together as in linear probing (of load 1/2 there: a run of 77 has a probability of e^-15).
 * The search does not begin where the last one ended: a hand that went round the table would find it ever fuller ahead.
 */
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
import {
  addToState,
  blockBytes,
  blockCount,
  isCompact,
  onFull,
  searchBlocks,
  slotsPerBlock,
  stateWord,
  tableBase,
} from "./memory";
import { drainedIn } from "./outcome";
import { profileAt } from "./profile";
import { readState } from "./state";
import { blockAfter, homeBlock, kindOf, removeWord, stateAt, wordAt } from "./table";

/** Words of flows that may not leave for the call at hand: its own slots, and those that are leaving already. */
const pinned = memory.data(CALL_SLOTS_MAX * 16, 8);
let pinnedCount: u32 = 0;
/** Words of its new slots. */
const needed = memory.data(CALL_SLOTS_MAX * 8, 8);
let neededCount: u32 = 0;
/** Pins from here on are leaving; one bit each: it is not drained. */
let leaversFrom: u32 = 0;
let forgotten: u32 = 0;
const looked = memory.data(32, 8);
const NO_KIND: u32 = u32.MAX_VALUE;

/** Begins a call's asking for room. */
export function clearNeeds(): void {
  pinnedCount = 0;
  neededCount = 0;
}

/** The flow of one of the call's slots does not leave for another. */
export function pin(word: u64): void {
  store<u64>(pinned + (pinnedCount << 3), word);
  pinnedCount++;
  leaversFrom = pinnedCount;
}

/** A slot of the call that is new and needs a place. */
export function need(word: u64): void {
  store<u64>(needed + (neededCount << 3), word);
  neededCount++;
}

/** Whether there is room for all slots that need it; then there are places, or flows that leave. */
export function hasRoom(nowNs: u64): bool {
  return findRoom(nowNs, 0) == 0;
}

/** Lets those leave that `hasRoom` found. */
export function clearRoom(): void {
  for (let i = leaversFrom; i < pinnedCount; i++) {
    removeWord(load<u64>(pinned + (i << 3)));
    addToState((forgotten >>> (i - leaversFrom)) & 1 ? STATE_FORGOTTEN : STATE_EVICTED, 1);
  }
}

/** Ns, at least `aheadNs`, until there would be room, were nothing to come meanwhile; DELAY_NEVER when there never will be. */
export function roomIn(nowNs: u64, aheadNs: u64): u64 {
  let nextNs = findRoom(nowNs, aheadNs);
  // Of one that is to leave, the next look would find just that.
  if (neededCount == <u32>(stateWord(STATE_FLOWS_MAX) - stateWord(STATE_FLOWS)) + 1 && nextNs != 0) return nextNs;
  while (nextNs != 0 && nextNs != DELAY_NEVER) {
    aheadNs = nextNs;
    nextNs = findRoom(nowNs, aheadNs);
  }
  return nextNs == 0 ? aheadNs : DELAY_NEVER;
}

/** Finds room as it would be `aheadNs` later. Answers 0, or after how many ns it is worth another look. */
function findRoom(nowNs: u64, aheadNs: u64): u64 {
  const left = <u32>(stateWord(STATE_FLOWS_MAX) - stateWord(STATE_FLOWS));
  pinnedCount = leaversFrom;
  forgotten = 0;
  for (let i = left; i < neededCount; i++) {
    if (onFull == <u32>ON_FULL_DENY) return DELAY_NEVER;
    const nextNs = findLeaver(load<u64>(needed + (i << 3)), nowNs, aheadNs);
    if (nextNs != 0) return nextNs;
  }
  return 0;
}

/** Pins the first flow that is drained by then, or as `onFull` says the one that is next; answers as `findRoom`. */
function findLeaver(word: u64, nowNs: u64, aheadNs: u64): u64 {
  let soonest = DELAY_NEVER;
  let leaver: u64 = 0;
  let nextState: usize = 0;
  let nextKind: u32 = NO_KIND;
  let block = homeBlock(word);
  for (let stretch = 0; stretch < 2; stretch++) {
    for (let searched: u32 = 0; searched < searchBlocks; searched++) {
      for (let index: u32 = 0; index < slotsPerBlock; index++) {
        if (!mayLeave(block, index)) continue;
        const state = stateAt(block, index);
        const kind = kindOf(block, index);
        if (kind == nextKind && isNoSooner(state, nextState)) continue;
        const leavesNs = leavesIn(block, index, nowNs);
        if (leavesNs <= aheadNs) return leave(load<u64>(wordAt(block, index)));
        if (leavesNs >= soonest) continue;
        soonest = leavesNs;
        leaver = load<u64>(wordAt(block, index));
        nextState = state;
        nextKind = kind;
      }
      block = blockAfter(block);
    }
    if (searchBlocks == blockCount) break;
    block = blockAcross(homeBlock(word));
  }
  if (onFull != <u32>ON_FULL_EVICT_OLDEST || leaver == 0) return soonest;
  forgotten |= 1 << (pinnedCount - leaversFrom);
  return leave(leaver);
}

/** Whether a state leaves no sooner than another of its kind, which most of a search ends at: no part of it is less. */
function isNoSooner(state: usize, other: usize): bool {
  const begun = load<u64>(state);
  const otherBegun = load<u64>(other);
  // A compact state that is blocked (bit 63) is a time, others are not.
  if (begun < otherBegun || (begun ^ otherBegun) >>> 63 != 0) return false;
  return isCompact || (load<u64>(state, 8) >= load<u64>(other, 8) && load<u64>(state, 16) >= load<u64>(other, 16));
}

function leave(word: u64): u64 {
  store<u64>(pinned + (pinnedCount << 3), word);
  pinnedCount++;
  return 0;
}

/** The block half the table further. */
function blockAcross(block: usize): usize {
  const index = <u32>((block - tableBase) / blockBytes) + (blockCount >>> 1);
  return tableBase + <usize>(index < blockCount ? index : index - blockCount) * blockBytes;
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
