/** One call: its slots found or begun, all judged, all charged or none, and the outcome written. */
import {
  BUCKET_INITIAL,
  COLOR_GREEN,
  COLOR_RED,
  KERNEL_ONE_BUCKET,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_KERNEL,
  RULE_COLOR_MASK,
  SLOT_BYTES,
} from "../abi";
import { Bucket, DELAY_NEVER } from "../meter/bucket";
import { charge, delayOf, judge, refresh } from "../meter/kernels";
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
  POLICIES,
  POLICY_BYTES,
  POLICY_FIRST_SLOT,
  POLICY_SLOTS,
  PROFILE_HAS_INITIAL,
  STATE_BLOCKED,
  STATE_UNTRACKED,
} from "./abi";
import { addToState, onFull } from "./memory";
import { drainedIn, Outcome, remainingIn } from "./outcome";
import { clearPins, makeRoom, pin, profileAt, removeSlotAt, roomIn } from "./room";
import { blockHolding, findState, indexHolding, slotAt } from "./table";
import { wordOf } from "./word";

/** The slots of the call at hand: word, and address of the Slot, which is a scratch one where the key is new. */
const words = memory.data(CALL_SLOTS_MAX * 8, 8);
const slots = memory.data(CALL_SLOTS_MAX * 4, 4);
const rules = memory.data(CALL_SLOTS_MAX);
const scratch = memory.data(CALL_SLOTS_MAX * SLOT_BYTES, 8);

export function slotsOf(policy: u32): u32 {
  return load<u8>(POLICIES + policy * POLICY_BYTES, POLICY_SLOTS);
}

/** Index of the profile of a policy's slot `k`. */
export function kindAt(policy: u32, k: u32): u32 {
  return load<u8>(POLICIES + policy * POLICY_BYTES + k, POLICY_FIRST_SLOT);
}

/** Meters one call at the meter's time and writes its outcome. Answers ANSWER_*. */
export function meterCall(keyLo: u32, keyHi: u32, nowNs: u64, units: u32, policy: u32, colorIn: u32): u32 {
  if (slotsOf(policy) == 1) {
    const kind = kindAt(policy, 0);
    const profile = profileAt(kind);
    if (load<u64>(profile, PROFILE_KERNEL) == <u64>KERNEL_ONE_BUCKET) {
      const state = findState(wordOf(keyLo, keyHi, kind));
      if (state != 0) {
        const slot = slotAt(state);
        if (slot.lastNs <= nowNs) return counted(oneBucket(profile, slot, nowNs, units), units, policy);
      }
    }
  }
  return counted(anyCall(keyLo, keyHi, nowNs, units, policy, colorIn), units, policy);
}

/** The usual case: one bucket, whose key is known and not blocked. */
function oneBucket(profile: usize, slot: Slot, nowNs: u64, lengthUnits: u32): u32 {
  const bucket = profile + PROFILE_BUCKET0;
  const units = Bucket.units(bucket, lengthUnits);
  const level = Bucket.lowered(slot.level, Bucket.drained(bucket, nowNs - slot.lastNs));
  slot.lastNs = nowNs;
  const cost = Bucket.cost(bucket, units);
  if (!Bucket.fits(bucket, level, units, cost)) {
    slot.level = level;
    return refused(profile, slot, lengthUnits);
  }
  slot.level = level + cost;
  Outcome.putOneBucket(profile, level + cost);
  return COLOR_GREEN;
}

function refused(profile: usize, slot: Slot, units: u32): u32 {
  const left = remainingIn(profile, slot, COLOR_GREEN);
  Outcome.put(left, delayOf(profile, slot, units, COLOR_GREEN), drainedIn(profile, slot));
  return COLOR_RED;
}

function anyCall(keyLo: u32, keyHi: u32, nowNs: u64, units: u32, policy: u32, colorIn: u32): u32 {
  const count = slotsOf(policy);
  lookUp(keyLo, keyHi, nowNs, policy, count);
  const answer = judgeAll(nowNs, units, policy, colorIn, count);
  if (answer & ANSWER_BLOCKED) {
    addToState(STATE_BLOCKED, 1);
    putOutcome(nowNs, units, policy, colorIn, count);
    return answer;
  }
  const charges = answer != <u32>COLOR_RED || count == 1;
  if (!charges || chargeAll(nowNs, units, policy, count)) {
    putOutcome(nowNs, units, policy, colorIn, count);
    return answer;
  }
  addToState(STATE_UNTRACKED, 1);
  if (onFull != <u32>ON_FULL_ALLOW) return refuseUntracked(nowNs, count);
  putOutcome(nowNs, units, policy, colorIn, count);
  return answer | ANSWER_FULL;
}

/** What a call would be answered, and what its key has left as it is; changes nothing. */
export function peekCall(keyLo: u32, keyHi: u32, nowNs: u64, units: u32, policy: u32, colorIn: u32): u32 {
  const count = slotsOf(policy);
  lookUp(keyLo, keyHi, nowNs, policy, count);
  for (let k: u32 = 0; k < count; k++) {
    const copy = changetype<Slot>(scratch + k * SLOT_BYTES);
    const slot = slotOf(k);
    if (slot != copy) copyLevels(slot, copy, profileAt(kindAt(policy, k)));
    store<u32>(slots + (k << 2), <u32>changetype<usize>(copy));
  }
  const answer = judgeAll(nowNs, units, policy, colorIn, count);
  putOutcome(nowNs, units, policy, colorIn, count);
  return answer;
}

/** The largest cost that fits on drained slots. */
export function mostOf(policy: u32): u64 {
  let most = u64.MAX_VALUE;
  const drained = changetype<Slot>(scratch);
  drained.level = 0;
  drained.second = 0;
  for (let k: u32 = 0; k < slotsOf(policy); k++) {
    most = min(most, remainingIn(profileAt(kindAt(policy, k)), drained, COLOR_GREEN));
  }
  return most;
}

/** Finds the slots of a call; where the key is new, a scratch slot that is as its flow begins. */
export function lookUp(keyLo: u32, keyHi: u32, nowNs: u64, policy: u32, count: u32): void {
  for (let k: u32 = 0; k < count; k++) {
    const kind = kindAt(policy, k);
    const word = wordOf(keyLo, keyHi, kind);
    store<u64>(words + (k << 3), word);
    const state = findState(word);
    const slot = state != 0 ? slotAt(state) : beginScratch(k, profileAt(kind), nowNs);
    store<u32>(slots + (k << 2), <u32>changetype<usize>(slot));
  }
}

function beginScratch(k: u32, profile: usize, nowNs: u64): Slot {
  const slot = changetype<Slot>(scratch + k * SLOT_BYTES);
  slot.lastNs = nowNs;
  slot.level = load<u64>(profile, PROFILE_BUCKET0 + BUCKET_INITIAL);
  slot.second = load<u64>(profile, PROFILE_BUCKET1 + BUCKET_INITIAL);
  return slot;
}

export function slotOf(k: u32): Slot {
  return changetype<Slot>(load<u32>(slots + (k << 2)));
}

export function isNew(k: u32): bool {
  return load<u32>(slots + (k << 2)) == <u32>(scratch + k * SLOT_BYTES);
}

/** Drains all slots and asks each; the worst color counts. */
function judgeAll(nowNs: u64, units: u32, policy: u32, colorIn: u32, count: u32): u32 {
  let answer: u32 = COLOR_GREEN;
  let isBlocked = false;
  for (let k: u32 = 0; k < count; k++) {
    const profile = profileAt(kindAt(policy, k));
    const slot = slotOf(k);
    if (slot.lastNs > nowNs) {
      isBlocked = true;
      continue;
    }
    refresh(profile, slot, nowNs);
    const rule = judge(profile, slot, units, colorIn);
    store<u8>(rules + k, rule);
    answer = max(answer, rule & RULE_COLOR_MASK);
  }
  return isBlocked ? COLOR_RED | ANSWER_BLOCKED : answer;
}

/** Charges all slots as they were judged; new ones first get their room, all or none. False when there is none. */
function chargeAll(nowNs: u64, units: u32, policy: u32, count: u32): bool {
  let missing: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const profile = profileAt(kindAt(policy, k));
    if (!isNew(k)) continue;
    charge(profile, slotOf(k), units, load<u8>(rules + k));
    if (hasToBeKept(profile, slotOf(k))) missing |= 1 << k;
  }
  if (missing != 0 && !keep(missing, nowNs, policy, count)) return false;
  for (let k: u32 = 0; k < count; k++) {
    if (!isNew(k) && !((missing >>> k) & 1)) {
      charge(profileAt(kindAt(policy, k)), slotOf(k), units, load<u8>(rules + k));
    }
  }
  return true;
}

/** A slot that is as new needs no place in the table. */
export function hasToBeKept(profile: usize, slot: Slot): bool {
  return slot.level != 0 || slot.second != 0 || load<u64>(profile, PROFILE_HAS_INITIAL) != 0;
}

/** Moves the scratch slots of `missing` (a bit each) into the table, all or none; then all slots are looked up again. */
export function keep(missing: u32, nowNs: u64, policy: u32, count: u32): bool {
  clearPins();
  for (let k: u32 = 0; k < count; k++) pin(load<u64>(words + (k << 3)));
  for (let k: u32 = 0; k < count; k++) {
    if (!((missing >>> k) & 1)) continue;
    const kind = kindAt(policy, k);
    const state = makeRoom(load<u64>(words + (k << 3)), kind, nowNs);
    if (state == 0) {
      for (let j: u32 = 0; j < k; j++) if ((missing >>> j) & 1) forget(load<u64>(words + (j << 3)));
      lookUpAgain(count);
      return false;
    }
    copyLevels(slotOf(k), slotAt(state), profileAt(kind));
  }
  lookUpAgain(count);
  return true;
}

/** Evictions move slots. */
function lookUpAgain(count: u32): void {
  for (let k: u32 = 0; k < count; k++) {
    const state = findState(load<u64>(words + (k << 3)));
    if (state != 0) store<u32>(slots + (k << 2), <u32>changetype<usize>(slotAt(state)));
  }
}

/** Takes a word out of the table, if it is there. */
export function forget(word: u64): void {
  const state = findState(word);
  if (state != 0) removeSlotAt(blockHolding(state), indexHolding(state));
}

/** Slots of the table have a second level only where some meter needs one. */
export function copyLevels(from: Slot, to: Slot, profile: usize): void {
  to.lastNs = from.lastNs;
  to.level = from.level;
  if (load<u64>(profile, PROFILE_KERNEL) != <u64>KERNEL_ONE_BUCKET) to.second = from.second;
}

/** The outcome over all slots: the least that is left, the longest waits. */
function putOutcome(nowNs: u64, units: u32, policy: u32, colorIn: u32, count: u32): void {
  let remaining = u64.MAX_VALUE;
  let retryNs: u64 = 0;
  let resetNs: u64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const profile = profileAt(kindAt(policy, k));
    const slot = slotOf(k);
    const blockedNs = slot.lastNs > nowNs ? slot.lastNs - nowNs : 0;
    const isRefused = blockedNs != 0 || (<u32>load<u8>(rules + k) & RULE_COLOR_MASK) == <u32>COLOR_RED;
    remaining = min(remaining, blockedNs != 0 ? 0 : remainingIn(profile, slot, colorIn));
    if (isRefused) retryNs = max(retryNs, sum(blockedNs, delayOf(profile, slot, units, colorIn)));
    resetNs = max(resetNs, sum(blockedNs, drainedIn(profile, slot)));
  }
  Outcome.put(remaining, retryNs, resetNs);
}

/** Two waits, one after the other; a block for ever ends never. */
function sum(blockedNs: u64, thenNs: u64): u64 {
  return thenNs == DELAY_NEVER || blockedNs > <u64>i64.MAX_VALUE ? DELAY_NEVER : blockedNs + thenNs;
}

/** No room: refused until the first flow near here may leave (of several slots that need room, until one might get it). */
function refuseUntracked(nowNs: u64, count: u32): u32 {
  let waitNs: u64 = 0;
  for (let k: u32 = 0; k < count; k++) if (isNew(k)) waitNs = max(waitNs, roomIn(load<u64>(words + (k << 3)), nowNs));
  Outcome.put(0, waitNs, waitNs);
  return COLOR_RED | ANSWER_FULL;
}

/** Counts the call under its policy. */
function counted(answer: u32, units: u32, policy: u32): u32 {
  const counts = COUNTS + policy * COUNTS_BYTES + ((answer & ANSWER_COLOR_MASK) << 3);
  store<u64>(counts, load<u64>(counts, COUNTS_CALLS) + 1, COUNTS_CALLS);
  store<u64>(counts, load<u64>(counts, COUNTS_UNITS) + <u64>units, COUNTS_UNITS);
  return answer;
}
