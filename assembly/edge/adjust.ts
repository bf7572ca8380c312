/** What changes a key beside calls: unconditional charges, refunds, blocks, a fresh start. */
import {
  KERNEL_ONE_BUCKET,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_KERNEL,
  RULE_CHARGES0,
  RULE_CHARGES1,
} from "../abi";
import { Bucket } from "../meter/bucket";
import { refresh } from "../meter/kernels";
import { Slot } from "../table/slot";
import {
  PROFILE_CHARGES,
  PROFILE_LEVEL_MAX0,
  PROFILE_LEVEL_MAX1,
  STATE_NEWEST,
  STATE_OFFSET,
  STATE_SATURATED,
  STATE_UNTRACKED,
} from "./abi";
import { forget, hasToBeKept, isNew, keep, kindAt, lookUp, slotOf, slotsOf } from "./call";
import { addToState, stateWord } from "./memory";
import { profileAt } from "./room";
import { wordOf } from "./word";

/** `until` of a block without an end. */
const FOREVER: u64 = u64.MAX_VALUE;

/**
 * Adds `units` to the buckets that a call of this color is charged to, whatever their levels. False when a new key finds
 * no room.
 */
export function chargeKey(keyLo: u32, keyHi: u32, nowNs: u64, units: u32, policy: u32, color: u32): bool {
  const count = slotsOf(policy);
  lookUp(keyLo, keyHi, nowNs, policy, count);
  let missing: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    if (!isNew(k)) continue;
    raise(profileAt(kindAt(policy, k)), slotOf(k), nowNs, units, color);
    if (hasToBeKept(profileAt(kindAt(policy, k)), slotOf(k))) missing |= 1 << k;
  }
  if (missing != 0 && !keep(missing, nowNs, policy, count)) {
    addToState(STATE_UNTRACKED, 1);
    return false;
  }
  for (let k: u32 = 0; k < count; k++) {
    if (isNew(k) || (missing >>> k) & 1) continue;
    raise(profileAt(kindAt(policy, k)), slotOf(k), nowNs, units, color);
  }
  return true;
}

/** Takes `units` back from the buckets that a call of this color is charged to, as far as there is something. */
export function refundKey(keyLo: u32, keyHi: u32, nowNs: u64, units: u32, policy: u32, color: u32): void {
  const count = slotsOf(policy);
  lookUp(keyLo, keyHi, nowNs, policy, count);
  for (let k: u32 = 0; k < count; k++) {
    if (isNew(k)) continue;
    const profile = profileAt(kindAt(policy, k));
    const slot = slotOf(k);
    const buckets = bucketsOf(profile, color);
    if (slot.lastNs <= nowNs) refresh(profile, slot, nowNs);
    if (buckets & RULE_CHARGES0) slot.level = Bucket.lowered(slot.level, costOf(profile + PROFILE_BUCKET0, units));
    if (buckets & RULE_CHARGES1) slot.second = Bucket.lowered(slot.second, costOf(profile + PROFILE_BUCKET1, units));
  }
}

/** Refuses the key until the meter's `untilNs`; its buckets go on draining. An earlier end than it has changes nothing. */
export function blockKey(keyLo: u32, keyHi: u32, untilNs: u64, policy: u32): bool {
  const nowNs = stateWord(STATE_NEWEST);
  if (untilNs <= nowNs) return true;
  const count = slotsOf(policy);
  lookUp(keyLo, keyHi, nowNs, policy, count);
  let missing: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    if (isNew(k)) missing |= 1 << k;
  }
  if (missing != 0 && !keep(missing, nowNs, policy, count)) {
    addToState(STATE_UNTRACKED, 1);
    return false;
  }
  for (let k: u32 = 0; k < count; k++) {
    const slot = slotOf(k);
    if (slot.lastNs < untilNs) refresh(profileAt(kindAt(policy, k)), slot, untilNs);
  }
  return true;
}

/** The meter's time for the end of a block at the caller's `ns`. */
export function blockEnd(ns: u64, isForever: bool): u64 {
  return isForever ? FOREVER : ns + stateWord(STATE_OFFSET);
}

/** The key starts afresh. */
export function resetKey(keyLo: u32, keyHi: u32, policy: u32): void {
  for (let k: u32 = 0; k < slotsOf(policy); k++) forget(wordOf(keyLo, keyHi, kindAt(policy, k)));
}

function raise(profile: usize, slot: Slot, nowNs: u64, units: u32, color: u32): void {
  const buckets = bucketsOf(profile, color);
  if (slot.lastNs <= nowNs) refresh(profile, slot, nowNs);
  if (buckets & RULE_CHARGES0) slot.level = raised(profile, PROFILE_BUCKET0, PROFILE_LEVEL_MAX0, slot.level, units);
  if (load<u64>(profile, PROFILE_KERNEL) == <u64>KERNEL_ONE_BUCKET) return;
  if (buckets & RULE_CHARGES1) slot.second = raised(profile, PROFILE_BUCKET1, PROFILE_LEVEL_MAX1, slot.second, units);
}

function raised(profile: usize, bucketOffset: usize, maxOffset: usize, level: u64, units: u32): u64 {
  const most = load<u64>(profile + maxOffset);
  const cost = costOf(profile + bucketOffset, units);
  if (level + cost <= most && level + cost >= level) return level + cost;
  addToState(STATE_SATURATED, 1);
  return max(most, level);
}

/** Level steps of an amount; all that a level can hold where it is more. */
function costOf(bucket: usize, amount: u32): u64 {
  const units = Bucket.units(bucket, amount);
  const cost = Bucket.cost(bucket, units);
  // Units are below 2^33 and level steps a unit below 2^63: the quotient tells whether the product has wrapped.
  return units != 0 && cost / units != Bucket.cost(bucket, 1) ? <u64>i64.MAX_VALUE : cost;
}

function bucketsOf(profile: usize, color: u32): u32 {
  return load<u8>(profile + color, PROFILE_CHARGES);
}
