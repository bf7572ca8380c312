/** Meters of one bucket: leaky bucket, GCRA, token bucket, under every check. */
import { BUCKET_DRAIN, COLOR_GREEN, COLOR_RED, PROFILE_BUCKET0, RULE_CHARGES0, RULE_REASON_SHIFT } from "../abi";
import { Slot } from "../table/slot";
import { Bucket, DELAY_NEVER, timeToDrain } from "./bucket";

/** The rules of one bucket, in the form of PROFILE_RULES. */
const RULE_FITS: u32 = COLOR_GREEN | RULE_CHARGES0;
const RULE_REFUSED: u32 = COLOR_RED | (1 << RULE_REASON_SHIFT);

export class OneBucket {
  /** Drains the slot to `nowNs`. A refused packet may leave it so: draining is linear. */
  @inline static refresh(profile: usize, slot: Slot, nowNs: u64): void {
    const drained = Bucket.drained(profile + PROFILE_BUCKET0, nowNs - slot.lastNs);
    slot.level = Bucket.lowered(slot.level, drained);
    slot.lastNs = nowNs;
  }

  /** What the packet becomes; changes nothing. */
  @inline static judge(profile: usize, slot: Slot, lengthBytes: u32): u32 {
    const bucket = profile + PROFILE_BUCKET0;
    const units = Bucket.units(bucket, lengthBytes);
    return Bucket.fits(bucket, slot.level, units, Bucket.cost(bucket, units)) ? RULE_FITS : RULE_REFUSED;
  }

  /** Adds the cost, if the rule says so. */
  @inline static charge(profile: usize, slot: Slot, lengthBytes: u32, rule: u32): void {
    const bucket = profile + PROFILE_BUCKET0;
    if (rule & RULE_CHARGES0) slot.level += Bucket.cost(bucket, Bucket.units(bucket, lengthBytes));
  }

  /** Ns until a packet would conform, on a slot drained to now and not charged with it. */
  @inline static delay(profile: usize, slot: Slot, lengthBytes: u32): u64 {
    const bucket = profile + PROFILE_BUCKET0;
    const units = Bucket.units(bucket, lengthBytes);
    if (Bucket.isTooLarge(bucket, units)) return DELAY_NEVER;
    return timeToDrain(Bucket.excess(bucket, slot.level, Bucket.cost(bucket, units)), load<u64>(bucket, BUCKET_DRAIN));
  }

  /** True when the packet can never conform. */
  @inline static isOversize(profile: usize, lengthBytes: u32): bool {
    const bucket = profile + PROFILE_BUCKET0;
    return Bucket.isTooLarge(bucket, Bucket.units(bucket, lengthBytes));
  }
}
