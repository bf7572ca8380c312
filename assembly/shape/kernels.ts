/** A slot under any shaper: one row an operation, chosen by the profile's kernel. */
import { BUCKET_UNITS_MAX, PROFILE_BUCKET0, PROFILE_KERNEL, REASON_OVERSIZE, REASON_MEMORY_FULL } from "../abi";
import { KERNEL_FLUID_SHAPER, KERNEL_QUEUE_SHAPER, KERNEL_TICK_SHAPER, KERNEL_TWO_RATE_SHAPER } from "../abi/shaper";
import { Bucket, DELAY_NEVER } from "../meter/bucket";
import { Slot, SLOT_SECOND } from "../table/slot";
import { delayOfFluid, offerToFluid } from "./fluid";
import { Bound } from "./bound";
import { OneRateFlow } from "./onerate";
import { ByTicks, ticksUntilMost } from "./byticks";
import { Held, heldUntil, SIZE_MAX as HELD_SIZE_MAX } from "./held";
import { giveRing } from "./pool";
import { Ring, ringUntil } from "./ring";
import { Room } from "./room";
import { Sizes, sizesUntil, SIZE_MAX } from "./sizes";
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
  const sizeMax = select<u64>(HELD_SIZE_MAX, SIZE_MAX, kernelOf(profile) == KERNEL_TWO_RATE_SHAPER);
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

/** The word of a flow's queue, or of the ring in its place. */
export function queueWordOf(profile: usize, slot: usize): u64 {
  if (kernelOf(profile) == KERNEL_TWO_RATE_SHAPER) return changetype<TwoRateFlow>(slot).queueWord(profile);
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
  if (kernel == KERNEL_FLUID_SHAPER) {
    delayNs = delayOfFluid(profile, slot, lengthBytes);
  } else {
    const units = Bucket.units(profile + PROFILE_BUCKET0, lengthBytes);
    delayNs = untilRoom(profile, address, nowNs, units);
    if (kernel == KERNEL_QUEUE_SHAPER)
      delayNs = max(delayNs, changetype<OneRateFlow>(address).untilPrompt(profile, units));
    if (kernel == KERNEL_TWO_RATE_SHAPER)
      delayNs = max(delayNs, changetype<TwoRateFlow>(address).untilPrompt(profile, units));
  }
  // It fits: what it lacked is time, whose end is near.
  return delayNs == 0 ? DELAY_NEVER : delayNs;
}

/** The level of the first bucket. */
export function levelOf(profile: usize, slot: Slot): u64 {
  const isTwoRate = kernelOf(profile) == KERNEL_TWO_RATE_SHAPER;
  return isTwoRate ? slot.level & Held.levelMask(profile) : slot.level;
}

/** Ns until there is room for so many units more. */
function untilRoom(profile: usize, slot: usize, nowNs: u64, units: u64): u64 {
  const counted = Bound.counted(profile, units, 1);
  if (Bound.hasRoom(profile, waitingOf(profile, slot), counted)) return 0;
  const most = Bound.mostBeside(profile, counted);
  const word = queueWordOf(profile, slot);
  if (Ring.is(word)) return ringUntil(word, most, nowNs);
  const kernel = kernelOf(profile);
  if (kernel == KERNEL_TWO_RATE_SHAPER) return heldUntil(profile, changetype<Slot>(slot), word, most);
  if (kernel == KERNEL_TICK_SHAPER)
    return ticksUntilMost(profile, word, most, changetype<TickFlow>(slot).restNs(nowNs));
  return sizesUntil(profile, word, most, changetype<OneRateFlow>(slot).unsent(profile));
}

/** Whole packets that wait, in units or packets; 0 where the queue is fluid. Of a flow that was advanced. */
export function waitingOf(profile: usize, slot: usize): u64 {
  if (!hasQueue(profile)) return 0;
  const word = queueWordOf(profile, slot);
  if (Ring.is(word)) return Ring.waiting(word);
  const kernel = kernelOf(profile);
  if (kernel == KERNEL_TWO_RATE_SHAPER) return Held.counted(profile, word);
  return kernel == KERNEL_TICK_SHAPER ? ByTicks.waiting(profile, word) : Sizes.counted(profile, word);
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
  if (kernelOf(profile) == KERNEL_TWO_RATE_SHAPER) Held.put(changetype<Slot>(slot), Held.levelMask(profile), 0, 0, 0);
}

/** Gives up what a flow that goes has kept. */
export function endQueue(profile: usize, slot: usize): void {
  if (!hasQueue(profile)) return;
  const word = queueWordOf(profile, slot);
  const kernel = kernelOf(profile);
  if (Ring.is(word)) giveRing(Ring.last(word));
  else if (kernel == KERNEL_TWO_RATE_SHAPER) Room.leave(Held.packets(word));
  else Room.leave(kernel == KERNEL_TICK_SHAPER ? ByTicks.counted(word) : Sizes.packets(word));
}
