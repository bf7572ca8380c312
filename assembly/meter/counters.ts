/**
 * Counters that every arrival raises, refused ones too. Turner's bucket refuses while the level is above the depth; the
 * event counter is red from reaching its alarm level until it has drained to its clear level.
 */
import {
  BUCKET_DRAIN,
  BUCKET_UNIT,
  COLOR_GREEN,
  COLOR_RED,
  KERNEL_TURNER,
  PROFILE_BUCKET0,
  PROFILE_CAP,
  PROFILE_CLEAR,
  PROFILE_KERNEL,
  RULE_REASON_SHIFT,
} from "../abi";
import { Slot } from "../table/slot";
import { Bucket, DELAY_NEVER, timeToDrain } from "./bucket";

const RULE_CONFORMS: u32 = COLOR_GREEN;
const RULE_REFUSED: u32 = COLOR_RED | (1 << RULE_REASON_SHIFT);
/** `second` of an event counter's slot while its alarm is on. */
const ALARM_ON: u64 = 1;

/** What the packet becomes on a slot drained to now; changes nothing. */
export function judgeCounted(profile: usize, slot: Slot, lengthBytes: u32): u32 {
  const bucket = profile + PROFILE_BUCKET0;
  const units = Bucket.units(bucket, lengthBytes);
  const fits = Bucket.fits(bucket, slot.level, units, Bucket.cost(bucket, units));
  return fits && !isHeld(profile, slot) ? RULE_CONFORMS : RULE_REFUSED;
}

/** Adds the packet, conforming or not, up to the cap. */
export function chargeCounted(profile: usize, slot: Slot, lengthBytes: u32, rule: u32): void {
  const cap = load<u64>(profile, PROFILE_CAP);
  slot.level = min(slot.level + countedCost(profile + PROFILE_BUCKET0, lengthBytes, cap), cap);
  if (load<u64>(profile, PROFILE_KERNEL) != <u64>KERNEL_TURNER) slot.second = rule == RULE_REFUSED ? ALARM_ON : 0;
}

/** The cost, or the cap where that is less; what can never fit may be too large to be multiplied out. */
function countedCost(bucket: usize, lengthBytes: u32, cap: u64): u64 {
  const units = Bucket.units(bucket, lengthBytes);
  if (Bucket.isTooLarge(bucket, units) && units > cap / load<u64>(bucket, BUCKET_UNIT)) return cap;
  return Bucket.cost(bucket, units);
}

/** Ns until the packet would conform had it come later instead. */
export function delayOfCounted(profile: usize, slot: Slot, lengthBytes: u32): u64 {
  const bucket = profile + PROFILE_BUCKET0;
  const units = Bucket.units(bucket, lengthBytes);
  if (Bucket.isTooLarge(bucket, units)) return DELAY_NEVER;
  const drain = load<u64>(bucket, BUCKET_DRAIN);
  const untilFits = timeToDrain(Bucket.excess(bucket, slot.level, Bucket.cost(bucket, units)), drain);
  if (!isHeld(profile, slot)) return untilFits;
  return max(untilFits, timeToDrain(Bucket.lowered(slot.level, load<u64>(profile, PROFILE_CLEAR)), drain));
}

/** True while an alarm goes on: begun before, and not drained to the clear level since. */
export function isHeld(profile: usize, slot: Slot): bool {
  return slot.second == ALARM_ON && slot.level > load<u64>(profile, PROFILE_CLEAR);
}

/** True when the packet is refused on a drained slot. */
export function isOversizeCounted(profile: usize, lengthBytes: u32): bool {
  const bucket = profile + PROFILE_BUCKET0;
  return Bucket.isTooLarge(bucket, Bucket.units(bucket, lengthBytes));
}
