/** A meter's integer profile as the core reads it: PROFILE_* and BUCKET_* of assembly/abi.ts. */
import {
  BUCKET_DRAIN,
  BUCKET_DRAINED_AFTER,
  BUCKET_INITIAL,
  BUCKET_LENGTH_MASK,
  BUCKET_OVERHEAD,
  BUCKET_OWN_SIZE_MASK,
  BUCKET_TEST,
  BUCKET_UNIT,
  BUCKET_UNITS_MAX,
  BUCKET_UNITS_MIN,
  KERNEL_EVENT_COUNTER,
  KERNEL_ONE_BUCKET,
  KERNEL_TURNER,
  KERNEL_TWO_BUCKETS,
  KERNEL_WEIGHTED,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_BYTES,
  PROFILE_CAP,
  PROFILE_CLEAR,
  PROFILE_COUPLED,
  PROFILE_GROUP,
  PROFILE_KERNEL,
  PROFILE_RULES,
  PROFILE_TICKS_PER_LEVEL,
  PROFILE_TICKS_PER_UNIT,
  PROFILE_WEIGHT,
  RULE_CHARGES0,
  RULE_CHARGES1,
  RULE_REASON_SHIFT,
} from "../../assembly/abi.ts";
import type { BucketProfile, MarkingRule, MeterProfile } from "../types.ts";

const ALL_ONES = 0xffff_ffff_ffff_ffffn;

const KERNELS: Readonly<Record<MeterProfile["kernel"], number>> = {
  "one-bucket": KERNEL_ONE_BUCKET,
  "two-buckets": KERNEL_TWO_BUCKETS,
  turner: KERNEL_TURNER,
  "event-counter": KERNEL_EVENT_COUNTER,
  weighted: KERNEL_WEIGHTED,
};

/** Writes a profile at byte `address` of the core's memory. */
export function writeProfile(buffer: ArrayBuffer, address: number, profile: MeterProfile): void {
  const words = new BigUint64Array(buffer, address, PROFILE_BYTES / 8);
  const set = (offset: number, value: bigint) => (words[offset / 8] = value);
  set(PROFILE_KERNEL, BigInt(KERNELS[profile.kernel]));
  const [first, second] = profile.buckets;
  writeBucket(words, PROFILE_BUCKET0, first);
  if (second !== undefined) writeBucket(words, PROFILE_BUCKET1, second);
  switch (profile.kernel) {
    case "one-bucket":
      return;
    case "two-buckets":
      set(PROFILE_COUPLED, profile.isCoupled ? ALL_ONES : 0n);
      new Uint8Array(buffer, address + PROFILE_RULES).set(profile.rules.map(ruleByte));
      return;
    case "turner":
      set(PROFILE_CAP, profile.capLevel);
      return;
    case "event-counter":
      set(PROFILE_CAP, profile.capLevel);
      set(PROFILE_CLEAR, profile.clearLevel);
      return;
    case "weighted":
      set(PROFILE_GROUP, BigInt(profile.group));
      set(PROFILE_WEIGHT, profile.weight);
      set(PROFILE_TICKS_PER_UNIT, profile.ticksPerUnit);
      set(PROFILE_TICKS_PER_LEVEL, profile.ticksPerLevel);
  }
}

/** Writes a bucket at byte `at` of a profile. */
export function writeBucket(words: BigUint64Array, at: number, bucket: BucketProfile): void {
  const { cost, overheadBytes, minLengthBytes } = bucket.costRule;
  const isBytes = cost === "bytes";
  const set = (offset: number, value: bigint) => (words[(at + offset) / 8] = BigInt.asUintN(64, value));
  set(BUCKET_DRAIN, bucket.drainPerNs);
  set(BUCKET_UNIT, bucket.levelPerUnit);
  set(BUCKET_TEST, bucket.testLevel);
  set(BUCKET_UNITS_MAX, bucket.unitsMax);
  set(BUCKET_DRAINED_AFTER, bucket.drainedAfterNs);
  set(BUCKET_OWN_SIZE_MASK, bucket.testsOwnCost ? ALL_ONES : 0n);
  set(BUCKET_LENGTH_MASK, isBytes ? ALL_ONES : 0n);
  set(BUCKET_OVERHEAD, isBytes ? BigInt(overheadBytes) : 1n);
  set(BUCKET_UNITS_MIN, isBytes ? BigInt(Math.max(0, minLengthBytes)) : 0n);
  set(BUCKET_INITIAL, bucket.initialLevel);
}

function ruleByte({ color, charges, reason }: MarkingRule): number {
  const cause = reason === null ? 0 : reason === "color-in" ? 3 : reason + 1;
  return color | (charges[0] ? RULE_CHARGES0 : 0) | (charges[1] ? RULE_CHARGES1 : 0) | (cause << RULE_REASON_SHIFT);
}
