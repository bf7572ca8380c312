/** Why a shaper drops a packet, besides REASON_OVERSIZE and REASON_MEMORY_FULL: its two bounds stand for two buckets. */
import { REASON_BUCKET } from "../abi";

/** The queue has no room for it. */
export const REASON_QUEUE: u32 = REASON_BUCKET;
/** It would wait too long. */
export const REASON_DELAY: u32 = REASON_BUCKET + 1;
