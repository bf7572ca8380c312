/**
 * The state of a flow as it lies in the table, and as a Slot that meters work on, drained to now.
 *
 *   compact:  finish, bit 63: blocked    the bucket is empty when the meter's time x drain reaches it
 *   wide:     last time, level, second   a last time ahead of now: blocked until then, and fresh from then on
 */
import { BUCKET_DRAIN, KERNEL_ONE_BUCKET, KERNEL_TWO_BUCKETS, PROFILE_BUCKET0, PROFILE_KERNEL } from "../abi";
import { DELAY_NEVER, timeToDrain } from "../meter/bucket";
import { refresh } from "../meter/kernels";
import { Slot } from "../table/slot";
import { isCompact } from "./memory";

/** Bit 63 of a finish. */
const BLOCKED: u64 = 1 << 63;
const FINISH_MASK: u64 = BLOCKED - 1;
/** The finish, and the last time, of a flow that is blocked for ever. */
const FINISH_NEVER: u64 = FINISH_MASK;
const LAST_NEVER: u64 = u64.MAX_VALUE;

/** The meter's time in level steps drained; not beyond the end of a finish. */
export function ticksOf(nowNs: u64, drain: u64): u64 {
  return drain != 0 && nowNs > FINISH_MASK / drain ? FINISH_MASK : nowNs * drain;
}

/** Makes `slot` the state drained to now. Answers the ns for which the flow is blocked; the slot is then a fresh one. */
export function readState(state: usize, profile: usize, slot: Slot, nowNs: u64): u64 {
  slot.lastNs = nowNs;
  slot.second = 0;
  if (isCompact) {
    const finish = load<u64>(state);
    const drain = load<u64>(profile, PROFILE_BUCKET0 + BUCKET_DRAIN);
    const ticks = ticksOf(nowNs, drain);
    const end = finish & FINISH_MASK;
    slot.level = end > ticks ? end - ticks : 0;
    if ((finish & BLOCKED) == 0 || slot.level == 0) return 0;
    const left = slot.level;
    slot.level = 0;
    return end == FINISH_NEVER ? DELAY_NEVER : timeToDrain(left, drain);
  }
  const last = load<u64>(state);
  slot.level = load<u64>(state, 8);
  if (last > nowNs) return last == LAST_NEVER ? DELAY_NEVER : last - nowNs;
  if (hasSecond(profile)) slot.second = load<u64>(state, 16);
  slot.lastNs = last;
  refresh(profile, slot, nowNs);
  return 0;
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
export function writeBlock(state: usize, profile: usize, nowNs: u64, blockedNs: u64): void {
  if (isCompact) {
    const drain = load<u64>(profile, PROFILE_BUCKET0 + BUCKET_DRAIN);
    const isEndless = blockedNs == DELAY_NEVER || drain == 0;
    const end = isEndless ? FINISH_NEVER : ticksOf(nowNs + blockedNs, drain);
    store<u64>(state, BLOCKED | end);
    return;
  }
  store<u64>(state, blockedNs == DELAY_NEVER ? LAST_NEVER : nowNs + blockedNs);
  store<u64>(state, 0, 8);
  store<u64>(state, 0, 16);
}

/** True for profiles that keep a second level, or an alarm. */
function hasSecond(profile: usize): bool {
  return load<u64>(profile, PROFILE_KERNEL) != <u64>KERNEL_ONE_BUCKET;
}
