/** A slot under any shaper: one row an operation, chosen by the profile's kernel. */
import { KERNEL_FLUID_SHAPER, PROFILE_KERNEL } from "../abi";
import { Slot } from "../table/slot";
import { delayOfFluid, Fluid } from "./fluid";

/** True for a profile that delays packets. */
export function isShaper(profile: usize): bool {
  return load<u64>(profile, PROFILE_KERNEL) >= <u64>KERNEL_FLUID_SHAPER;
}

/** Shapes packet `i`: REASON_NONE and its departure, or why it is dropped. */
export function offer(profile: usize, slot: Slot, i: u32, nowNs: u64, lengthBytes: u32): u32 {
  return Fluid.offer(profile, slot, i, nowNs, lengthBytes);
}

/** Ns until a packet that was dropped would not be; on a slot that it left at now. */
export function delayOfDropped(profile: usize, slot: Slot, nowNs: u64, lengthBytes: u32): u64 {
  return delayOfFluid(profile, slot, lengthBytes);
}

/** Whole packets that wait, in units or packets; 0 where the queue is fluid. */
export function waitingOf(profile: usize, slot: Slot): u64 {
  return 0;
}
