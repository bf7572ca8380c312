/** A slot under any shaper: one row an operation, chosen by the profile's kernel. */
import { BUCKET_UNITS_MAX, PROFILE_BUCKET0, PROFILE_KERNEL, REASON_OVERSIZE, REASON_MEMORY_FULL } from "../abi";
import { KERNEL_FLUID_SHAPER, KERNEL_QUEUE_SHAPER, KERNEL_TICK_SHAPER, KERNEL_TWO_RATE_SHAPER } from "../abi/shaper";
import { DELAY_NEVER } from "../meter/bucket";
import { Slot, SLOT_SECOND } from "../table/slot";
import { delayOfFluid, offerToFluid } from "./fluid";
import { Bound } from "./bound";
import { OneRateFlow } from "./onerate";
import { Pair, SIZE_MAX as PAIR_SIZE_MAX } from "./pair";
import { Room } from "./room";
import { SIZE_MAX } from "./sizes";
import { TickFlow } from "./ticks";
import { TwoRateFlow } from "./tworate";

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

/**
 * Units of the largest packet that `shapePlain` may take while a block is shaped whose last clock is `lastClockNs`;
 * 0: none, because departures may be later than times can say, or as many packets may wait as there is room for.
 */
export function plainUnitsMax(profile: usize, lastClockNs: u64): u64 {
  const isPlain = Room.holdsBlock() && Bound.isBounded(profile) && <i64>lastClockNs >= 0;
  const sizeMax = select<u64>(PAIR_SIZE_MAX, SIZE_MAX, kernelOf(profile) == KERNEL_TWO_RATE_SHAPER);
  return isPlain ? min(load<u64>(profile + PROFILE_BUCKET0, BUCKET_UNITS_MAX), sizeMax) : 0;
}

/**
 * Shapes packets from `first` on, and puts their colors, until one that is seldom (not plain, or with no place beside
 * those that wait): answers that one, which is as it was, or `end`. Their places are known.
 */
export function shapePlain(profile: usize, first: u32, end: u32, unitsMax: u64): u32 {
  const kernel = kernelOf(profile);
  if (kernel == KERNEL_QUEUE_SHAPER) return OneRateFlow.shapePlain(first, end, unitsMax);
  if (kernel == KERNEL_TWO_RATE_SHAPER) return TwoRateFlow.shapePlain(first, end, unitsMax);
  return TickFlow.shapePlain(first, end, unitsMax);
}

/** Shapes packet `i`, whatever it is: REASON_NONE and its departure, or why it is dropped. */
export function offerTo(profile: usize, slot: Slot, i: u32, nowNs: u64, lengthBytes: u32): u32 {
  const kernel = kernelOf(profile);
  const address = changetype<usize>(slot);
  if (kernel == KERNEL_FLUID_SHAPER) return offerToFluid(profile, slot, i, nowNs, lengthBytes);
  if (kernel == KERNEL_QUEUE_SHAPER) return changetype<OneRateFlow>(address).offer(profile, i, nowNs, lengthBytes);
  if (kernel == KERNEL_TWO_RATE_SHAPER) return changetype<TwoRateFlow>(address).offer(profile, i, nowNs, lengthBytes);
  return changetype<TickFlow>(address).offer(profile, i, nowNs, lengthBytes);
}

/** The word of the ring of a flow with a queue; of another queue, or 0, if it has none. */
export function ringWordOf(profile: usize, slot: usize): u64 {
  if (kernelOf(profile) == KERNEL_TWO_RATE_SHAPER) return changetype<TwoRateFlow>(slot).ringWord(profile);
  return load<u64>(slot, SLOT_SECOND);
}

/**
 * Ns until a packet that was dropped for `reason` would not be, on a slot that it left at now; never when it can never be
 * sent, or when what it lacked was not its flow's own.
 */
export function delayOfDropped(profile: usize, slot: Slot, nowNs: u64, lengthBytes: u32, reason: u32): u64 {
  if (reason == REASON_OVERSIZE || reason == REASON_MEMORY_FULL) return DELAY_NEVER;
  const kernel = kernelOf(profile);
  const address = changetype<usize>(slot);
  let delayNs: u64 = 0;
  if (kernel == KERNEL_FLUID_SHAPER) delayNs = delayOfFluid(profile, slot, lengthBytes);
  else if (kernel == KERNEL_QUEUE_SHAPER) delayNs = changetype<OneRateFlow>(address).delay(profile, nowNs, lengthBytes);
  else if (kernel == KERNEL_TWO_RATE_SHAPER)
    delayNs = changetype<TwoRateFlow>(address).delay(profile, nowNs, lengthBytes);
  else delayNs = changetype<TickFlow>(address).delay(profile, nowNs, lengthBytes);
  // It fits: what it lacked is time, whose end is near.
  return delayNs == 0 ? DELAY_NEVER : delayNs;
}

/** Whole packets that wait, in units or packets; 0 where the queue is fluid. */
export function waitingOf(profile: usize, slot: Slot): u64 {
  const kernel = kernelOf(profile);
  const address = changetype<usize>(slot);
  if (kernel == KERNEL_QUEUE_SHAPER) return changetype<OneRateFlow>(address).waiting(profile);
  if (kernel == KERNEL_TWO_RATE_SHAPER) return changetype<TwoRateFlow>(address).waiting(profile);
  return kernel == KERNEL_TICK_SHAPER ? changetype<TickFlow>(address).waiting(profile) : 0;
}

/** Drains a flow with a queue to `nowNs`, and lets those go that have left. */
export function advanceQueue(profile: usize, slot: usize, nowNs: u64): void {
  const kernel = kernelOf(profile);
  if (kernel == KERNEL_QUEUE_SHAPER) changetype<OneRateFlow>(slot).advance(profile, nowNs);
  else if (kernel == KERNEL_TWO_RATE_SHAPER) changetype<TwoRateFlow>(slot).advance(profile, nowNs);
  else changetype<TickFlow>(slot).advance(profile, nowNs);
}

/** A new flow's queue is empty; its slot is, but not what lies beside it. */
export function beginQueue(profile: usize, slot: usize): void {
  if (kernelOf(profile) == KERNEL_TWO_RATE_SHAPER) Pair.clear(changetype<TwoRateFlow>(slot).pair());
}

/** Gives up what a flow that goes has kept. */
export function endQueue(profile: usize, slot: usize): void {
  const kernel = kernelOf(profile);
  if (kernel == KERNEL_QUEUE_SHAPER) changetype<OneRateFlow>(slot).drop();
  else if (kernel == KERNEL_TWO_RATE_SHAPER) changetype<TwoRateFlow>(slot).drop();
  else if (kernel == KERNEL_TICK_SHAPER) changetype<TickFlow>(slot).drop();
}
