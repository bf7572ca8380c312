/**
 * What a flow of a weighted group keeps, beside its record (records.ts): 16 bytes.
 *
 *   byte 0 .. 7: virtual time, in ticks, at which the flow has drained    8 .. 11: weight    12 .. 15: place in the heap
 *
 * A flow without a place is drained, whatever its virtual time says: that may lie behind by any number of ticks.
 */
export function beginWeighted(flow: usize, weight: u32): void {
  store<u64>(flow, 0);
  store<u32>(flow, weight, 8);
  store<u32>(flow, 0, 12);
}

export function drainedAtTick(flow: usize): u64 {
  return load<u64>(flow);
}

export function setDrainedAtTick(flow: usize, tick: u64): void {
  store<u64>(flow, tick);
}

export function weightOf(flow: usize): u64 {
  return load<u32>(flow, 8);
}

/** Place in the group's heap, from 1; 0: drained. */
export function placeInHeap(flow: usize): u32 {
  return load<u32>(flow, 12);
}

export function setPlaceInHeap(flow: usize, place: u32): void {
  store<u32>(flow, place, 12);
}

/** True while the flow's level is above 0. */
export function isActive(flow: usize): bool {
  return placeInHeap(flow) != 0;
}
