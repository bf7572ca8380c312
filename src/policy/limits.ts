/** The bounds of exact arithmetic in the engines, which every compiled policy keeps. */

import { rational } from "../rational.ts";
import type { Cost } from "../types.ts";

/** Levels stay below 2^63, so that the sum of two still fits 64 bits. */
export const LEVEL_MAX = 2n ** 63n - 1n;
/** Costs are also counted in JavaScript numbers, below 2^53. */
export const UNITS_MAX = 0x1f_ffff_ffff_ffffn;
/** Where a level may pass the depth by one cost: room for the longest IP packet, or for one packet. */
export const ROOM_UNITS: Readonly<Record<Cost, bigint>> = { bytes: 65_535n, packets: 1n };
/** Distances from the virtual time of a weighted group stay below 2^62, in ticks times weight. */
export const TICKS_MAX = 0x3fff_ffff_ffff_ffffn;
/** Most buckets of `multi`: two a slot, four of the slots that one packet may go through. */
export const MULTI_BUCKETS_MAX = 8;

export const NS_PER_SEC = rational(1_000_000_000n);
