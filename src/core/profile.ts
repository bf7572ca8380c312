/** A meter's integer profile as the core reads it: PROFILE_* and BUCKET_* of assembly/abi.ts. */
import {
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
  writeOwn(words, profile);
  if (profile.kernel !== "weighted") return;
  const { group, weight, ticksPerUnit, ticksPerLevel } = profile;
  words.set([BigInt(group), weight, ticksPerUnit, ticksPerLevel], PROFILE_GROUP / 8);
}

/** Writes all of a profile but what flows of a group share; `words` are those of the profile. */
export function writeOwn(words: BigUint64Array, profile: MeterProfile): void {
  words[PROFILE_KERNEL / 8] = BigInt(KERNELS[profile.kernel]);
  for (const [index, bucket] of profile.buckets.entries()) {
    writeBucket(words, index === 0 ? PROFILE_BUCKET0 : PROFILE_BUCKET1, bucket);
  }
  if ("capLevel" in profile) words[PROFILE_CAP / 8] = profile.capLevel;
  if ("clearLevel" in profile) words[PROFILE_CLEAR / 8] = profile.clearLevel;
  if (profile.kernel !== "two-buckets") return;
  words[PROFILE_COUPLED / 8] = maskOf(profile.isCoupled);
  new Uint8Array(words.buffer, words.byteOffset + PROFILE_RULES).set(profile.rules.map(ruleByte));
}

function maskOf(isOn: boolean): bigint {
  return isOn ? ALL_ONES : 0n;
}

/** Writes a bucket at byte `at` of a profile: all words of it, in the order of BUCKET_*. */
export function writeBucket(words: BigUint64Array, at: number, bucket: BucketProfile): void {
  const { drainPerNs, levelPerUnit, testLevel, unitsMax, drainedAfterNs, testsOwnCost, initialLevel } = bucket;
  const { cost, overheadBytes, minLengthBytes } = bucket.costRule;
  const isBytes = cost === "bytes";
  const added = isBytes ? overheadBytes : 1;
  const least = isBytes ? Math.max(0, minLengthBytes) : 0;
  const masks = [maskOf(testsOwnCost), maskOf(isBytes)];
  const sizes = [BigInt(added), BigInt(least), initialLevel];
  words.set([drainPerNs, levelPerUnit, testLevel, unitsMax, drainedAfterNs, ...masks, ...sizes], at / 8);
}

function ruleByte({ color, charges, reason }: MarkingRule): number {
  const cause = reason === null ? 0 : reason === "color-in" ? 3 : reason + 1;
  return color | (charges[0] ? RULE_CHARGES0 : 0) | (charges[1] ? RULE_CHARGES1 : 0) | (cause << RULE_REASON_SHIFT);
}
