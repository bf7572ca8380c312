import type { BatchColumns, EngineOptions } from "../types.ts";

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
  /** Record of each packet's flow, where records are kept; 0 for an untracked one. */
  readonly records: Uint32Array;
  /** The columns `color` and `reason`, four packets a word. */
  readonly colorWords: Uint32Array;
  readonly reasonWords: Uint32Array;
}

/** Allocates the columns of one engine; those that were not asked for are empty. */
export function createColumns({ policy, delays, levels }: EngineOptions): EngineColumns {
  const isClasses = policy.meter === "classes";
  const isShaped = policy.meter === "shaper";
  const wordPairs = () => new Uint32Array(2 * BATCH_PACKETS_MAX);
  const color = new Uint8Array(BATCH_PACKETS_MAX);
  const reason = new Uint8Array(BATCH_PACKETS_MAX);
  return {
    time: wordPairs(),
    length: new Uint32Array(BATCH_PACKETS_MAX),
    key: wordPairs(),
    colorIn: new Uint8Array(BATCH_PACKETS_MAX),
    class: new Uint16Array(isClasses ? BATCH_PACKETS_MAX : 0),
    nodeKeys: isClasses ? [wordPairs(), wordPairs(), wordPairs()] : [],
    color,
    reason,
    delay: delays ? wordPairs() : new Uint32Array(0),
    levels: levels === true ? [wordPairs(), wordPairs()] : [],
    departure: isShaped ? wordPairs() : new Uint32Array(0),
    departureRest: isShaped ? wordPairs() : new Uint32Array(0),
    clock: wordPairs(),
    hashes: new Uint32Array(BATCH_PACKETS_MAX + TOUCH_AHEAD),
    records: new Uint32Array(BATCH_PACKETS_MAX),
    colorWords: new Uint32Array(color.buffer),
    reasonWords: new Uint32Array(reason.buffer),
  };
}
