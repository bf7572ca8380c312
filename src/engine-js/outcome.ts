/** Colors and reasons: the numbers of the `color` and `reason` columns (assembly/abi.ts; a test holds them equal). */

export const COLOR_GREEN = 0;
export const COLOR_YELLOW = 1;
export const COLOR_RED = 2;

export const REASON_NONE = 0;
export const REASON_OVERSIZE = 1;
export const REASON_UNTRACKED = 2;
export const REASON_COLOR_IN = 3;
export const REASON_BLOCKED = 4;
/** Dropped: the queue of its class, or all queues of its link, held what they may; or there was no room to wait in. */
export const REASON_QUEUE_FULL = 12;
export const REASON_LINK_FULL = 13;
export const REASON_MEMORY_FULL = 14;
/** REASON_BUCKET + 2 * slot of the path (leaf first) + bucket in the slot. */
export const REASON_BUCKET = 16;

/** Either word of the delay of a packet that will never conform. */
export const NEVER_WORD = 0xffff_ffff;
