import type { BatchColumns } from "../types.ts";

/** The batch columns, scratch included, stay in a 2 MB L2 cache beside the table lines in flight. */
export const BATCH_PACKETS_MAX = 4096;

/**
 * Packets between the touch of a table line and its use. JavaScript has no prefetch; a blind store to a spare word
 * retires at once and starts the line's way into the cache. Measured on 1 M flows: see narrow.ts.
 */
export const TOUCH_AHEAD = 16;

/** The caller's columns and the engine's own, filled before the packet loop. */
export interface EngineColumns extends BatchColumns {
  /** Newest time up to and including each packet: 2 words a packet. */
  readonly clock: Uint32Array;
  /** Hash of each key; TOUCH_AHEAD more are read past the last packet. */
  readonly hashes: Uint32Array;
  /** Record of each packet's flow; 0 for an untracked one. */
  readonly records: Uint32Array;
}

/** Allocates the columns of one engine; without delays that column is empty. */
export function createColumns(delays: boolean): EngineColumns {
  return {
    time: new Uint32Array(2 * BATCH_PACKETS_MAX),
    length: new Uint32Array(BATCH_PACKETS_MAX),
    key: new Uint32Array(2 * BATCH_PACKETS_MAX),
    color: new Uint8Array(BATCH_PACKETS_MAX),
    delay: new Uint32Array(delays ? 2 * BATCH_PACKETS_MAX : 0),
    clock: new Uint32Array(2 * BATCH_PACKETS_MAX),
    hashes: new Uint32Array(BATCH_PACKETS_MAX + TOUCH_AHEAD),
    records: new Uint32Array(BATCH_PACKETS_MAX),
  };
}
