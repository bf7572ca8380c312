/** Shapers: kernels, their words of a profile, and what waits (assembly/shape). Portable, like abi.ts. */

export const KERNEL_FLUID_SHAPER = 5;
export const KERNEL_QUEUE_SHAPER = 6;
export const KERNEL_TWO_RATE_SHAPER = 7;
export const KERNEL_TICK_SHAPER = 8;

// Where meters of two buckets or of weighted groups have what shapers do not need.
export const SHAPER_WAIT_MAX = 208; // fluid: a packet may find this level
export const SHAPER_DEPTH0 = 208; // level steps of bucket 0 that leave at once
export const SHAPER_DEPTH1 = 216;
export const SHAPER_LEVEL_MASK = 224; // two rates: bits of a slot's levels that are level; all ones: the others are too few
export const SHAPER_TICK = 208; // ns
export const SHAPER_QUANTUM = 216; // units a tick
export const SHAPER_TICK_MODE = 224; // TICK_*
export const SHAPER_QUEUE_LIMIT = 232; // what may wait, in units or packets
export const SHAPER_QUEUE_MASK = 240; // all ones: packets count by their units; 0: each counts 1

/** Levels of two rates below this leave room for what waits. */
export const HELD_LEVEL_BITS = 40;

export const TICK_CARRIES = 1; // bit: what is left of a quantum is carried on
export const TICK_IMMEDIATE = 2; // bit: what is left of a tick serves who finds the queue empty

// Dropped with REASON_MEMORY_FULL: as many packets waited as there is room for.
export const STAT_UNQUEUED_PACKETS = 24;
export const STAT_UNQUEUED_BYTES = 25;
/** Most packets that wait at once. */
export const CONFIG_QUEUED_MAX = 21;
/** Unless something else is asked for: 320 MiB of them. */
export const QUEUED_PACKETS_DEFAULT = 16777216;
