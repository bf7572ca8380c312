/** A slot under any shaper: one row an operation, chosen by the profile's kernel. */
import { PROFILE_KERNEL, REASON_OVERSIZE, REASON_MEMORY_FULL } from "../abi";
import { KERNEL_FLUID_SHAPER, KERNEL_QUEUE_SHAPER, KERNEL_TWO_RATE_SHAPER } from "../abi/shaper";
import { DELAY_NEVER } from "../meter/bucket";
import { Slot } from "../table/slot";
import { delayOfFluid, Fluid } from "./fluid";
import { delayOfOneRate, offerOneRate } from "./onerate";
import { dropQueue, queueOf, waitingIn } from "./queue";
import { delayOfTicks, offerTicks } from "./ticks";
import { delayOfTwoRate, offerTwoRate } from "./tworate";

function kernelOf(profile: usize): u32 {
  return <u32>load<u64>(profile, PROFILE_KERNEL);
}

/** True for a profile that delays packets. */
export function isShaper(profile: usize): bool {
  return kernelOf(profile) >= <u32>KERNEL_FLUID_SHAPER;
}

/** True for a profile that keeps whole packets of a flow in a queue. */
export function hasQueue(profile: usize): bool {
  return kernelOf(profile) > <u32>KERNEL_FLUID_SHAPER;
}

/** Shapes packet `i`: REASON_NONE and its departure, or why it is dropped. */
export function offer(profile: usize, slot: Slot, i: u32, nowNs: u64, lengthBytes: u32): u32 {
  const kernel = kernelOf(profile);
  if (kernel == KERNEL_FLUID_SHAPER) return Fluid.offer(profile, slot, i, nowNs, lengthBytes);
  if (kernel == KERNEL_QUEUE_SHAPER) return offerOneRate(profile, slot, i, nowNs, lengthBytes);
  if (kernel == KERNEL_TWO_RATE_SHAPER) return offerTwoRate(profile, slot, i, nowNs, lengthBytes);
  return offerTicks(profile, slot, i, nowNs, lengthBytes);
}

/**
 * Ns until a packet that was dropped for `reason` would not be, on a slot that it left at now; never when it can never be
 * sent, or when what it lacked was not its flow's own.
 */
export function delayOfDropped(profile: usize, slot: Slot, nowNs: u64, lengthBytes: u32, reason: u32): u64 {
  if (reason == REASON_OVERSIZE || reason == REASON_MEMORY_FULL) return DELAY_NEVER;
  const kernel = kernelOf(profile);
  let delayNs: u64 = 0;
  if (kernel == KERNEL_FLUID_SHAPER) delayNs = delayOfFluid(profile, slot, lengthBytes);
  else if (kernel == KERNEL_QUEUE_SHAPER) delayNs = delayOfOneRate(profile, slot, nowNs, lengthBytes);
  else if (kernel == KERNEL_TWO_RATE_SHAPER) delayNs = delayOfTwoRate(profile, slot, nowNs, lengthBytes);
  else delayNs = delayOfTicks(profile, slot, nowNs, lengthBytes);
  // It fits: what it lacked is time, whose end is near.
  return delayNs == 0 ? DELAY_NEVER : delayNs;
}

/** Whole packets that wait, in units or packets; 0 where the queue is fluid. */
export function waitingOf(profile: usize, slot: Slot): u64 {
  return hasQueue(profile) ? waitingIn(queueOf(profile, changetype<usize>(slot))) : 0;
}

/** A new flow's queue is empty; its slot is, but not what lies beside it. */
export function beginQueue(profile: usize, slot: usize): void {
  if (kernelOf(profile) == KERNEL_TWO_RATE_SHAPER) store<u64>(queueOf(profile, slot), 0);
}

/** Gives up what a flow that goes has kept. */
export function endQueue(profile: usize, slot: usize): void {
  if (hasQueue(profile)) dropQueue(queueOf(profile, slot));
}
