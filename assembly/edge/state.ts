/**
 * The state of a flow as it lies in the table, and as a Slot that meters work on, drained to now.
 *
 *   compact:  finish                     the bucket is empty when the meter's time x drain reaches it
 *             bit 63, and a time         blocked until then, and fresh from then on
 *   wide:     last time, level, second   a last time ahead of now: blocked until then, and fresh from then on
 */
import { BUCKET_DRAIN, KERNEL_ONE_BUCKET, PROFILE_BUCKET0, PROFILE_KERNEL } from "../abi";
import { DELAY_NEVER } from "../meter/bucket";
import { refresh } from "../meter/kernels";
import { Slot } from "../table/slot";
import { STATE_TOUCHABLE } from "./abi";
import { isCompact, setStateWord } from "./memory";

const BLOCKED: u64 = 1 << 63;
const FINISH_MAX: u64 = BLOCKED - 1;
/** A time of block that never comes, in either form. */
const NEVER: u64 = u64.MAX_VALUE;

/** The meter's time in level steps drained; not beyond the end of a finish. */
function ticksOf(nowNs: u64, drain: u64): u64 {
  return drain != 0 && nowNs > FINISH_MAX / drain ? FINISH_MAX : nowNs * drain;
}

/** Makes `slot` the state drained to now. Answers the ns for which the flow is blocked; the slot is then a fresh one. */
export function readState(state: usize, profile: usize, slot: Slot, nowNs: u64): u64 {
  slot.lastNs = nowNs;
  slot.second = 0;
  if (isCompact) {
    const finish = load<u64>(state);
    if (finish & BLOCKED) {
      slot.level = 0;
      return blockLeft(finish, finish ^ BLOCKED, nowNs);
    }
    const ticks = ticksOf(nowNs, load<u64>(profile, PROFILE_BUCKET0 + BUCKET_DRAIN));
    slot.level = finish > ticks ? finish - ticks : 0;
    return 0;
  }
  const last = load<u64>(state);
  slot.level = load<u64>(state, 8);
  if (last > nowNs) return blockLeft(last, last, nowNs);
  if (hasSecond(profile)) slot.second = load<u64>(state, 16);
  slot.lastNs = last;
  refresh(profile, slot, nowNs);
  return 0;
}

/** Ns until the time of a block, which is held as `held`. */
function blockLeft(held: u64, untilNs: u64, nowNs: u64): u64 {
  if (held == NEVER) return DELAY_NEVER;
  return untilNs > nowNs ? untilNs - nowNs : 0;
}

/** Writes back a slot that stands at `slot.lastNs`. */
export function writeState(state: usize, profile: usize, slot: Slot): void {
  if (isCompact) {
    store<u64>(state, slot.lastNs * load<u64>(profile, PROFILE_BUCKET0 + BUCKET_DRAIN) + slot.level);
    return;
  }
  store<u64>(state, slot.lastNs);
  store<u64>(state, slot.level, 8);
  store<u64>(state, slot.second, 16);
}

/** Blocks the flow for `blockedNs` from `nowNs` on (DELAY_NEVER: for ever); from then on it is as fresh. */
export function writeBlock(state: usize, nowNs: u64, blockedNs: u64): void {
  const until = blockedNs == DELAY_NEVER ? NEVER : nowNs + blockedNs;
  if (isCompact) {
    setStateWord(STATE_TOUCHABLE, 0);
    store<u64>(state, BLOCKED | until);
    return;
  }
  store<u64>(state, until);
  store<u64>(state, 0, 8);
  store<u64>(state, 0, 16);
}

/** True for profiles that keep a second level, or an alarm. */
function hasSecond(profile: usize): bool {
  return load<u64>(profile, PROFILE_KERNEL) != <u64>KERNEL_ONE_BUCKET;
}
