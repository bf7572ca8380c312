/** Numbers of the reason column. They are part of the contract between engines: a test compares them with the core's. */
import type { Reason } from "./flowmeter.ts";

export const REASON_NONE = 0;
/** The packet can never be other than red. */
export const REASON_OVERSIZE = 1;
/** The table was full. */
export const REASON_UNTRACKED = 2;
/** It arrived with this color. */
export const REASON_COLOR_IN = 3;
/** Its class is blocked. */
export const REASON_BLOCKED = 4;
/** A link's class held what it may. */
export const REASON_QUEUE_FULL = 12;
/** All classes of a link together did. */
export const REASON_LINK_FULL = 13;
/** A shaper or link had as many packets waiting as it has room for. */
export const REASON_MEMORY_FULL = 14;
/** From here on: two buckets a slot, slots numbered from the leaf up. */
export const REASON_BUCKET = 16;

/** The number of a reason given by a meter, whose first slot on the path is `firstSlot`. */
export function reasonNumber(reason: Reason, firstSlot: number): number {
  return reason === "color-in" ? REASON_COLOR_IN : REASON_BUCKET + 2 * firstSlot + reason;
}
