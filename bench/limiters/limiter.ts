/** What takes part, behind the two calls that a process makes. */

/** The keys of a run of decisions, and when they are made. */
export interface Decisions {
  /** Keys as numbers, one a decision. */
  readonly ids: Uint32Array;
  /** Keys as text; empty for limiters by number. */
  readonly names: readonly string[];
  /** Time of the first decision, in milliseconds. */
  readonly startMs: number;
  /** Decisions that share a millisecond. */
  readonly perMs: number;
}

export interface Limiter {
  /** Makes the decisions [from, to). Answers how many were allowed; asynchronous ones wait for each. */
  play(decisions: Decisions, from: number, to: number): number | Promise<number>;
  /** Bytes that it says it takes, for all keys. */
  readonly statedBytes?: number;
}

export interface Contestant {
  readonly name: string;
  readonly key: "u32" | "string";
  /** One decision a call, or columns of 4096. */
  readonly form: "call" | "batch";
  readonly kind: "npm" | "js" | "native" | "weir";
  /** Takes time as an argument and must allow exactly what the others of its kind do; the rest read the clock. */
  readonly isExact: boolean;
}

/** A contestant in JavaScript. */
export interface LimiterRow extends Contestant {
  create(keys: number): Limiter;
}

/** Numbers in a batch. */
export const BATCH = 4096;

/**
 * Plays `some` decisions a call. A loop entered once and compiled while it runs is other machine code than a function that
 * is called again and again; which of the two a process ends with is chance, and a third of the speed where calls are short.
 */
function inStretches(some: (decisions: Decisions, from: number, to: number) => number): Limiter {
  return {
    play(decisions, from, to) {
      let allowed = 0;
      for (let first = from; first < to; first += BATCH) allowed += some(decisions, first, Math.min(first + BATCH, to));
      return allowed;
    },
  };
}

/** One decision a call, by number. */
export function byNumber(decide: (id: number, nowMs: number) => boolean): Limiter {
  return inStretches(({ ids, startMs, perMs }, from, to) => {
    let allowed = 0;
    for (let index = from; index < to; index += 1) {
      if (decide(ids[index]!, startMs + Math.floor(index / perMs))) allowed += 1;
    }
    return allowed;
  });
}

/** One decision a call, by text. */
export function byName(decide: (name: string, nowMs: number) => boolean): Limiter {
  return inStretches(({ names, startMs, perMs }, from, to) => {
    let allowed = 0;
    for (let index = from; index < to; index += 1) {
      if (decide(names[index]!, startMs + Math.floor(index / perMs))) allowed += 1;
    }
    return allowed;
  });
}

/** Columns of 4096 numbers and times in, one byte a decision out (1: allowed). The copies are part of the cost. */
export function byBatch(decide: (ids: Uint32Array, timesMs: Float64Array, allowed: Uint8Array) => void): Limiter {
  const verdicts = new Uint8Array(BATCH);
  const timesMs = new Float64Array(BATCH);
  return {
    play({ ids, startMs, perMs }, from, to) {
      let allowed = 0;
      for (let first = from; first < to; first += BATCH) {
        const count = Math.min(BATCH, to - first);
        for (let index = 0; index < count; index += 1) timesMs[index] = startMs + Math.floor((first + index) / perMs);
        decide(ids.subarray(first, first + count), timesMs, verdicts);
        for (let index = 0; index < count; index += 1) allowed += verdicts[index]!;
      }
      return allowed;
    },
  };
}
