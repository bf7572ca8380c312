/** One call: its slots read or begun, all judged, all charged or none, and the outcome written. */
import {
  BUCKET_INITIAL,
  COLOR_GREEN,
  COLOR_RED,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  RULE_COLOR_MASK,
  SLOT_BYTES,
} from "../abi";
import { DELAY_NEVER } from "../meter/bucket";
import { charge, delayOf, judge } from "../meter/kernels";
import { Slot } from "../table/slot";
import {
  ANSWER_BLOCKED,
  ANSWER_COLOR_MASK,
  ANSWER_FULL,
  CALL_SLOTS_MAX,
  COUNTS,
  COUNTS_BYTES,
  COUNTS_CALLS,
  COUNTS_UNITS,
  ON_FULL_ALLOW,
  PROFILE_HAS_INITIAL,
  STATE_BLOCKED,
  STATE_UNTRACKED,
} from "./abi";
import { dropLag } from "./clock";
import { addToState, onFull } from "./memory";
import { drainedIn, Outcome, remainingIn } from "./outcome";
import { kindAt, profileAt, slotsOf } from "./profile";
import { clearNeeds, clearRoom, hasRoom, need, pin, roomIn } from "./room";
import { readState, writeState } from "./state";
import { findState, takeState } from "./table";
import { wordOf } from "./word";

// The slots of the call at hand: word, address of the state (0: the key is new), the state drained to now, the ns for
// which it is blocked, and the rule it was judged by.
const words = memory.data(CALL_SLOTS_MAX * 8, 8);
const states = memory.data(CALL_SLOTS_MAX * 4, 4);
const slots = memory.data(CALL_SLOTS_MAX * SLOT_BYTES, 8);
const blocks = memory.data(CALL_SLOTS_MAX * 8, 8);
const rules = memory.data(CALL_SLOTS_MAX);
/** There was no room for the new slots of the call: each time they are new again. */
let isHomeless = false;

/** Meters one call at the meter's time and writes its outcome. Answers ANSWER_*. */
export function meterCall(key: u64, nowNs: u64, units: u32, policy: u32, colorIn: u32): u32 {
  const answer = anyCall(key, nowNs, units, policy, colorIn);
  countCall(policy, answer & ANSWER_COLOR_MASK, units);
  return answer;
}

/** The same at the meter's newest time, from which no call lags. */
export function meterNow(key: u64, nowNs: u64, units: u32, policy: u32, colorIn: u32): u32 {
  dropLag();
  return meterCall(key, nowNs, units, policy, colorIn);
}

export function countCall(policy: u32, color: u32, units: u32): void {
  const counts = COUNTS + policy * COUNTS_BYTES + (color << 3);
  store<u64>(counts, load<u64>(counts, COUNTS_CALLS) + 1, COUNTS_CALLS);
  store<u64>(counts, load<u64>(counts, COUNTS_UNITS) + <u64>units, COUNTS_UNITS);
}

function anyCall(key: u64, nowNs: u64, units: u32, policy: u32, colorIn: u32): u32 {
  const count = slotsOf(policy);
  lookUp(key, nowNs, policy, count);
  isHomeless = false;
  const answer = judgeAll(units, policy, colorIn, count);
  if (answer & ANSWER_BLOCKED) addToState(STATE_BLOCKED, 1);
  else {
    // Of several slots none is charged when one refuses, but flows that begin with less than a full bucket begin now.
    const charges = answer != <u32>COLOR_RED || count == 1;
    if (charges) chargeAll(units, policy, count);
    isHomeless = !keepAll(nowNs, policy, count);
    if (isHomeless && charges) return untracked(answer, nowNs, units, policy, colorIn, count);
  }
  const retryNs = putOutcome(units, policy, colorIn, count);
  if (retryNs != 0 && count > 1) waitForRoom(retryNs, nowNs, units, policy, count);
  return answer;
}

/** What a call would be answered, and what its key has left as it is; changes nothing. */
export function peekCall(key: u64, nowNs: u64, units: u32, policy: u32, colorIn: u32): u32 {
  const count = slotsOf(policy);
  lookUp(key, nowNs, policy, count);
  const answer = judgeAll(units, policy, colorIn, count);
  const isNew = hasNew(count);
  if (isNew) {
    askForRoom(policy, count);
    isHomeless = !hasRoom(nowNs);
  }
  const retryNs = putOutcome(units, policy, colorIn, count);
  if (!isNew) return answer;
  if (answer & ANSWER_BLOCKED || (answer == <u32>COLOR_RED && count > 1)) {
    waitForRoom(retryNs, nowNs, units, policy, count);
    return answer;
  }
  chargeAll(units, policy, count);
  askForRoom(policy, count);
  return hasRoom(nowNs) ? answer : refusedRoom(answer, nowNs);
}

function hasNew(count: u32): bool {
  for (let k: u32 = 0; k < count; k++) if (stateOf(k) == 0) return true;
  return false;
}

/** The largest cost that fits on drained slots. */
export function mostOf(policy: u32): u64 {
  let most = u64.MAX_VALUE;
  const drained = changetype<Slot>(slots);
  drained.level = 0;
  drained.second = 0;
  for (let k: u32 = 0; k < slotsOf(policy); k++) {
    most = min(most, remainingIn(profileAt(kindAt(policy, k)), drained, COLOR_GREEN));
  }
  return most;
}

/** Reads the slots of a call, drained to now; those of new keys are as flows begin. */
export function lookUp(key: u64, nowNs: u64, policy: u32, count: u32): void {
  for (let k: u32 = 0; k < count; k++) {
    const kind = kindAt(policy, k);
    const profile = profileAt(kind);
    const word = wordOf(key, kind);
    const state = findState(word);
    store<u64>(words + (k << 3), word);
    store<u32>(states + (k << 2), <u32>state);
    store<u64>(
      blocks + (k << 3),
      state == 0 ? begin(slotOf(k), profile, nowNs) : readState(state, profile, slotOf(k), nowNs),
    );
  }
}

/** Makes `slot` that of a new flow, which is not blocked. */
function begin(slot: Slot, profile: usize, nowNs: u64): u64 {
  slot.lastNs = nowNs;
  slot.level = load<u64>(profile, PROFILE_BUCKET0 + BUCKET_INITIAL);
  slot.second = load<u64>(profile, PROFILE_BUCKET1 + BUCKET_INITIAL);
  return 0;
}

export function slotOf(k: u32): Slot {
  return changetype<Slot>(slots + k * SLOT_BYTES);
}

/** Address of the state of the call's slot `k`; 0 if its key is new. */
export function stateOf(k: u32): usize {
  return load<u32>(states + (k << 2));
}

/** Ns for which the call's slot `k` is blocked. */
export function blockedNs(k: u32): u64 {
  return load<u64>(blocks + (k << 3));
}

function wordOfSlot(k: u32): u64 {
  return load<u64>(words + (k << 3));
}

/** Asks each slot; the worst color counts. */
function judgeAll(units: u32, policy: u32, colorIn: u32, count: u32): u32 {
  let answer: u32 = COLOR_GREEN;
  let isBlocked = false;
  for (let k: u32 = 0; k < count; k++) {
    const rule = judge(profileAt(kindAt(policy, k)), slotOf(k), units, colorIn);
    store<u8>(rules + k, rule);
    answer = max(answer, rule & RULE_COLOR_MASK);
    if (blockedNs(k) != 0) isBlocked = true;
  }
  return isBlocked ? COLOR_RED | ANSWER_BLOCKED : answer;
}

function chargeAll(units: u32, policy: u32, count: u32): void {
  for (let k: u32 = 0; k < count; k++) {
    charge(profileAt(kindAt(policy, k)), slotOf(k), units, load<u8>(rules + k));
  }
}

/** Writes all slots that are not blocked into the table; new ones that are not as fresh first get room: all or none. */
export function keepAll(nowNs: u64, policy: u32, count: u32): bool {
  if (hasNew(count) && !makeRoomForAll(nowNs, policy, count)) return false;
  for (let k: u32 = 0; k < count; k++) {
    if (stateOf(k) != 0 && blockedNs(k) == 0) writeState(stateOf(k), profileAt(kindAt(policy, k)), slotOf(k));
  }
  return true;
}

/** A slot that is as new needs no place in the table. */
function hasToBeKept(profile: usize, slot: Slot): bool {
  return slot.level != 0 || slot.second != 0 || load<u64>(profile, PROFILE_HAS_INITIAL) != 0;
}

/** Places for the new slots that have to be kept, all or none. Evictions move states: all are looked up again. */
export function makeRoomForAll(nowNs: u64, policy: u32, count: u32): bool {
  askForRoom(policy, count);
  if (!hasRoom(nowNs)) return false;
  clearRoom();
  for (let k: u32 = 0; k < count; k++) if (needsRoom(policy, k)) takeState(wordOfSlot(k), kindAt(policy, k));
  for (let k: u32 = 0; k < count; k++) store<u32>(states + (k << 2), <u32>findState(wordOfSlot(k)));
  return true;
}

function needsRoom(policy: u32, k: u32): bool {
  return stateOf(k) == 0 && hasToBeKept(profileAt(kindAt(policy, k)), slotOf(k));
}

function askForRoom(policy: u32, count: u32): void {
  clearNeeds();
  for (let k: u32 = 0; k < count; k++) {
    pin(wordOfSlot(k));
    if (needsRoom(policy, k)) need(wordOfSlot(k));
  }
}

/** The outcome over all slots: the least that is left, the longest waits. Answers the ns until the call would not be red. */
function putOutcome(units: u32, policy: u32, colorIn: u32, count: u32): u64 {
  let remaining = u64.MAX_VALUE;
  let retryNs: u64 = 0;
  let resetNs: u64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const profile = profileAt(kindAt(policy, k));
    const slot = slotOf(k);
    const blocked = blockedNs(k);
    const isRed = ((<u32>load<u8>(rules + k)) & RULE_COLOR_MASK) == <u32>COLOR_RED;
    remaining = min(remaining, blocked != 0 ? 0 : remainingIn(profile, slot, colorIn));
    if (isRed || blocked != 0) {
      const delayNs = isHomeless && stateOf(k) == 0 ? DELAY_NEVER : delayOf(profile, slot, units, colorIn);
      retryNs = max(retryNs, sum(blocked, delayNs));
    }
    resetNs = max(resetNs, sum(blocked, drainedIn(profile, slot)));
  }
  Outcome.put(remaining, retryNs, resetNs);
  return retryNs;
}

/**
 * When the others of several slots allow the call, the new ones need places: makes the wait of a call that was refused, and
 * charged nothing, as long as that takes.
 */
function waitForRoom(retryNs: u64, nowNs: u64, units: u32, policy: u32, count: u32): void {
  if (retryNs == DELAY_NEVER || onFull == <u32>ON_FULL_ALLOW || !hasNew(count)) return;
  for (let k: u32 = 0; k < count; k++) {
    if (stateOf(k) == 0) charge(profileAt(kindAt(policy, k)), slotOf(k), units, load<u8>(rules + k));
  }
  askForRoom(policy, count);
  Outcome.putRetry(roomIn(nowNs, retryNs));
}

/** Two waits, one after the other. */
function sum(first: u64, then: u64): u64 {
  return first == DELAY_NEVER || then == DELAY_NEVER ? DELAY_NEVER : first + then;
}

/** No room for a call that was judged and charged. */
function untracked(answer: u32, nowNs: u64, units: u32, policy: u32, colorIn: u32, count: u32): u32 {
  addToState(STATE_UNTRACKED, 1);
  putOutcome(units, policy, colorIn, count);
  return refusedRoom(answer, nowNs);
}

/**
 * Let through without a trace, or refused until there is room. A call that a new key's own bucket refuses will be refused
 * again: its key is new each time.
 */
function refusedRoom(answer: u32, nowNs: u64): u32 {
  if (onFull != <u32>ON_FULL_ALLOW) {
    const waitNs = answer == <u32>COLOR_RED ? DELAY_NEVER : roomIn(nowNs, 0);
    Outcome.put(0, waitNs, waitNs);
    return COLOR_RED | ANSWER_FULL;
  }
  if (answer == <u32>COLOR_RED) Outcome.putRetry(DELAY_NEVER);
  return answer | ANSWER_FULL;
}
