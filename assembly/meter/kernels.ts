/** A slot under any meter: one row an operation, chosen by the profile's kernel. Off the fast loops of batch.ts. */
import {
  COLOR_RED,
  KERNEL_ONE_BUCKET,
  KERNEL_TWO_BUCKETS,
  PROFILE_KERNEL,
  REASON_BUCKET,
  REASON_COLOR_IN,
  REASON_NONE,
  REASON_OVERSIZE,
  RULE_COLOR_MASK,
  RULE_REASON_SHIFT,
} from "../abi";
import { Slot } from "../table/slot";
import { chargeCounted, delayOfCounted, isOversizeCounted, judgeCounted } from "./counters";
import { OneBucket } from "./onebucket";
import { delayOfTwo, TwoBuckets } from "./twobuckets";

/** Reason part of a rule: the color of arrival. */
const REASON_IN_RULE_COLOR_IN: u32 = 3;

/** Drains the slot to `nowNs`. */
export function refresh(profile: usize, slot: Slot, nowNs: u64): void {
  const kernel = <u32>load<u64>(profile, PROFILE_KERNEL);
  if (kernel == KERNEL_TWO_BUCKETS) TwoBuckets.refresh(profile, slot, nowNs);
  else OneBucket.refresh(profile, slot, nowNs);
}

/** The rule (RULE_*) for a packet on a slot drained to now; changes nothing. */
export function judge(profile: usize, slot: Slot, lengthBytes: u32, colorIn: u32): u32 {
  const kernel = <u32>load<u64>(profile, PROFILE_KERNEL);
  if (kernel == KERNEL_ONE_BUCKET) return OneBucket.judge(profile, slot, lengthBytes);
  if (kernel == KERNEL_TWO_BUCKETS) return TwoBuckets.judge(profile, slot, lengthBytes, colorIn);
  return judgeCounted(profile, slot, lengthBytes);
}

/** Charges the slot as the rule says. */
export function charge(profile: usize, slot: Slot, lengthBytes: u32, rule: u32): void {
  const kernel = <u32>load<u64>(profile, PROFILE_KERNEL);
  if (kernel == KERNEL_ONE_BUCKET) OneBucket.charge(profile, slot, lengthBytes, rule);
  else if (kernel == KERNEL_TWO_BUCKETS) TwoBuckets.charge(profile, slot, lengthBytes, rule);
  else chargeCounted(profile, slot, lengthBytes, rule);
}

/** Ns until a red packet would not be red; on a slot drained to now and not charged with it. */
export function delayOf(profile: usize, slot: Slot, lengthBytes: u32, colorIn: u32): u64 {
  const kernel = <u32>load<u64>(profile, PROFILE_KERNEL);
  if (kernel == KERNEL_ONE_BUCKET) return OneBucket.delay(profile, slot, lengthBytes);
  if (kernel == KERNEL_TWO_BUCKETS) return delayOfTwo(profile, slot, lengthBytes, colorIn);
  return delayOfCounted(profile, slot, lengthBytes);
}

/** True when the packet could never be other than red, and did not arrive so. */
export function isOversize(profile: usize, lengthBytes: u32, colorIn: u32): bool {
  const kernel = <u32>load<u64>(profile, PROFILE_KERNEL);
  if (kernel == KERNEL_ONE_BUCKET) return OneBucket.isOversize(profile, lengthBytes);
  if (kernel == KERNEL_TWO_BUCKETS) return TwoBuckets.isOversize(profile, lengthBytes, colorIn);
  return isOversizeCounted(profile, lengthBytes);
}

/** REASON_* of a packet whose only slot has this rule for it. */
export function reasonOf(profile: usize, lengthBytes: u32, colorIn: u32, rule: u32): u32 {
  if (rule >>> RULE_REASON_SHIFT == 0) return REASON_NONE;
  if ((rule & RULE_COLOR_MASK) == <u32>COLOR_RED && isOversize(profile, lengthBytes, colorIn)) return REASON_OVERSIZE;
  return reasonOfRule(rule, 0);
}

/** REASON_* that a rule gives at path slot `pathSlot`. Whether the packet is oversize, only the whole path can say. */
export function reasonOfRule(rule: u32, pathSlot: u32): u32 {
  const cause = rule >>> RULE_REASON_SHIFT;
  if (cause == 0) return REASON_NONE;
  if (cause == REASON_IN_RULE_COLOR_IN) return REASON_COLOR_IN;
  return REASON_BUCKET + (pathSlot << 1) + cause - 1;
}
