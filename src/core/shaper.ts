/** A shaper's integer profile as the core reads it. */
import { PROFILE_BUCKET0, PROFILE_BUCKET1, PROFILE_BYTES, PROFILE_KERNEL } from "../../assembly/abi.ts";
import {
  KERNEL_FLUID_SHAPER,
  KERNEL_QUEUE_SHAPER,
  KERNEL_TICK_SHAPER,
  KERNEL_TWO_RATE_SHAPER,
  HELD_LEVEL_BITS,
  SHAPER_DEPTH0,
  SHAPER_DEPTH1,
  SHAPER_LEVEL_MASK,
  SHAPER_QUANTUM,
  SHAPER_QUEUE_LIMIT,
  SHAPER_QUEUE_MASK,
  SHAPER_TICK,
  SHAPER_TICK_MODE,
  SHAPER_WAIT_MAX,
  TICK_CARRIES,
  TICK_IMMEDIATE,
} from "../../assembly/abi/shaper.ts";
import type { BucketProfile, ShaperProfile } from "../types.ts";
import { writeBucket } from "./profile.ts";

const ALL_ONES = 0xffff_ffff_ffff_ffffn;

const KERNELS: Readonly<Record<ShaperProfile["kernel"], number>> = {
  "fluid-shaper": KERNEL_FLUID_SHAPER,
  "queue-shaper": KERNEL_QUEUE_SHAPER,
  "two-rate-shaper": KERNEL_TWO_RATE_SHAPER,
  "tick-shaper": KERNEL_TICK_SHAPER,
};

/** Writes a profile at byte `address` of the core's memory. */
export function writeShaper(buffer: ArrayBuffer, address: number, profile: ShaperProfile): void {
  const words = new BigUint64Array(buffer, address, PROFILE_BYTES / 8);
  const set = (offset: number, value: bigint) => (words[offset / 8] = value);
  set(PROFILE_KERNEL, BigInt(KERNELS[profile.kernel]));
  const [first, second] = profile.buckets;
  writeBucket(words, PROFILE_BUCKET0, first);
  if (second !== undefined) writeBucket(words, PROFILE_BUCKET1, second);
  if (profile.kernel === "fluid-shaper") {
    set(SHAPER_WAIT_MAX, profile.waitLevelMax);
    return;
  }
  set(SHAPER_QUEUE_LIMIT, profile.queue.limit ?? ALL_ONES);
  set(SHAPER_QUEUE_MASK, profile.queue.countsPackets ? 0n : ALL_ONES);
  if (profile.kernel === "tick-shaper") {
    set(SHAPER_TICK, profile.tickNs);
    set(SHAPER_QUANTUM, profile.quantumUnits);
    set(
      SHAPER_TICK_MODE,
      BigInt((profile.carriesResidue ? TICK_CARRIES : 0) | (profile.isImmediate ? TICK_IMMEDIATE : 0)),
    );
    return;
  }
  set(SHAPER_DEPTH0, first.depthLevel);
  set(SHAPER_DEPTH1, second?.depthLevel ?? 0n);
  if (profile.kernel === "two-rate-shaper") set(SHAPER_LEVEL_MASK, levelMaskOf(profile.buckets));
}

/** The bits of a slot's levels that are level: HELD_LEVEL_BITS if all levels fit, else all. */
function levelMaskOf(buckets: readonly BucketProfile[]): bigint {
  const mask = (1n << BigInt(HELD_LEVEL_BITS)) - 1n;
  // What drains until any level is 0 is no less than the highest.
  const fits = buckets.every(({ drainPerNs, drainedAfterNs }) => drainedAfterNs * drainPerNs <= mask);
  return fits ? mask : ALL_ONES;
}
