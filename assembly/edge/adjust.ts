/** What changes a key beside calls: unconditional charges, refunds, blocks, a fresh start. */
import { PROFILE_BUCKET0, PROFILE_BUCKET1, RULE_CHARGES0, RULE_CHARGES1 } from "../abi";
import { Bucket, DELAY_NEVER } from "../meter/bucket";
import {
  PROFILE_CHARGES,
  PROFILE_LEVEL_MAX0,
  PROFILE_LEVEL_MAX1,
  STATE_NEWEST,
  STATE_OFFSET,
  STATE_SATURATED,
  STATE_UNTRACKED,
} from "./abi";
import { blockedNs, keepAll, lookUp, makeRoomForAll, slotOf, stateOf } from "./call";
import { isStarted, startClock } from "./clock";
import { addToState, stateWord } from "./memory";
import { drainedIn } from "./outcome";
import { kindAt, profileAt, slotsOf } from "./profile";
import { writeBlock } from "./state";
import { removeWord } from "./table";
import { wordOf } from "./word";

/**
 * Adds `units` to the buckets that a call of this color is charged to, whatever their levels; a refund takes them back, as
 * far as there is something. False when a new key finds no room. A blocked key comes back fresh: nothing is added to it.
 */
export function adjustKey(key: u64, nowNs: u64, units: u32, policy: u32, color: u32, isRefund: bool): bool {
  const count = slotsOf(policy);
  lookUp(key, nowNs, policy, count);
  for (let k: u32 = 0; k < count; k++) {
    if (isRefund && stateOf(k) == 0) continue;
    const profile = profileAt(kindAt(policy, k));
    const buckets = load<u8>(profile + color, PROFILE_CHARGES);
    const slot = slotOf(k);
    if (buckets & RULE_CHARGES0) {
      slot.level = adjusted(
        profile + PROFILE_BUCKET0,
        load<u64>(profile, PROFILE_LEVEL_MAX0),
        slot.level,
        units,
        isRefund,
      );
    }
    if (buckets & RULE_CHARGES1) {
      slot.second = adjusted(
        profile + PROFILE_BUCKET1,
        load<u64>(profile, PROFILE_LEVEL_MAX1),
        slot.second,
        units,
        isRefund,
      );
    }
  }
  if (keepAll(nowNs, policy, count) || isRefund) return true;
  addToState(STATE_UNTRACKED, 1);
  return false;
}

/**
 * Refuses the key until the caller's `ns` (or for ever) and until it is drained; from then on it is as fresh. An end before
 * that of a block it has changes nothing. False when a new key finds no room.
 */
export function blockKey(key: u64, ns: u64, isForever: bool, policy: u32): bool {
  // Before the first call the meter's time is not known: no time of the caller's lies before 0.
  if (!isStarted()) startClock(0);
  const nowNs = stateWord(STATE_NEWEST);
  const endNs = ns + stateWord(STATE_OFFSET);
  const forNs = isForever ? DELAY_NEVER : <i64>(endNs - nowNs) > 0 ? endNs - nowNs : 0;
  if (forNs == 0) return true;
  const count = slotsOf(policy);
  lookUp(key, nowNs, policy, count);
  let hasLevel: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    if (stateOf(k) != 0) hasLevel |= 1 << k;
    // A new flow has to be kept, which is what a level says.
    else slotOf(k).level = 1;
  }
  if (!makeRoomForAll(nowNs, policy, count)) {
    addToState(STATE_UNTRACKED, 1);
    return false;
  }
  for (let k: u32 = 0; k < count; k++) {
    const profile = profileAt(kindAt(policy, k));
    const drainedNs = (hasLevel >>> k) & 1 ? drainedIn(profile, slotOf(k)) : 0;
    writeBlock(stateOf(k), nowNs, max(forNs, max(blockedNs(k), drainedNs)));
  }
  return true;
}

/** The key starts afresh. */
export function resetKey(key: u64, policy: u32): void {
  for (let k: u32 = 0; k < slotsOf(policy); k++) removeWord(wordOf(key, kindAt(policy, k)));
}

/** The level with an amount on top, at most as high as the bucket's levels go; or without as much of it as there is. */
function adjusted(bucket: usize, most: u64, level: u64, units: u32, isRefund: bool): u64 {
  const cost = costOf(bucket, units);
  if (isRefund) return Bucket.lowered(level, cost);
  if (level <= most && cost <= most - level) return level + cost;
  addToState(STATE_SATURATED, 1);
  return max(most, level);
}

/** Level steps of an amount; more than any level where they are beyond 63 bits. */
function costOf(bucket: usize, amount: u32): u64 {
  const units = Bucket.units(bucket, amount);
  const step = Bucket.cost(bucket, 1);
  return units > <u64>i64.MAX_VALUE / step ? <u64>i64.MAX_VALUE : units * step;
}
