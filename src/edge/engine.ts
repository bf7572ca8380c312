/**
 * What an edge engine is to the library: memory laid out as assembly/edge/abi.ts has it, and functions over it. The
 * WebAssembly core and the pure-JS engine are two of them; everything else reads and writes the same bytes.
 */

import type { EdgeProfile } from "./profiles.ts";

/**
 * The exports of assembly/edge/index.ts, under names of their own (corenames.ts). 64-bit values cross in memory or as pairs
 * of words: no BigInt is made, no double boxed.
 */
export interface EdgeFunctions {
  layOut(base: number, blocks: number, isCompact: number, kinds: number, onFull: number): void;
  /** The largest cost of a fresh key under a policy, in parts. */
  mostUnits(policy: number): number;
  /**
   * A usual call of a key of 32 bits at the newest time: 0, or REFUSED, with its outcome at RESULT (of one that passes
   * without the retry). UNUSUAL: it is none, and nothing was done. Only for policies with FAST_DRAIN_DOUBLE and costs that
   * fit them.
   */
  decideUsual(key: number, units: number, policy: number): number;
  /** `decideUsual` without an outcome. */
  allowUsual(key: number, units: number, policy: number): number;
  /** Any call at the newest time. Answers ANSWER_*. */
  decideNow(keyLo: number, keyHi: number, units: number, call: number): number;
  /** Whether the time at ARGUMENT_NOW, in the caller's unit, became the newest as times usually do. */
  moves(): number;
  /** Key at ARGUMENT_KEY, time at ARGUMENT_NOW in nanoseconds; so of all that follow. */
  decideNs(units: number, call: number): number;
  peekNs(units: number, call: number): number;
  chargeNs(units: number, call: number): number;
  refundNs(units: number, call: number): void;
  blockUntil(isForever: number, policy: number): number;
  resetKey(policy: number): void;
  sweepBlocks(blocks: number): number;
  identify(length: number): void;
  /** Address of the state of a word, taken for it if it is not there. */
  placeWord(wordLo: number, wordHi: number, kind: number): number;
  /** Goes on to the next taken slot (`isFirst`: to the first), which is then at RESULT; 0: there is none. */
  nextSlot(isFirst: number): number;
  /** The first of the rows whose time or policy cannot be; `count` if there is none. */
  wrongRow(count: number): number;
  runRows(count: number, mode: number): void;
}

export interface EdgeEngine {
  readonly name: "wasm" | "js";
  readonly functions: EdgeFunctions;
  /** All memory; it never changes its size. */
  readonly memory: { readonly buffer: ArrayBuffer };
  /** The profile of this index, which has been written. */
  setProfile(index: number, profile: EdgeProfile): void;
  /** To be called when policies or what follows from the secret have been written. */
  refresh(): void;
}

/** Makes an engine of at least so many bytes, which have still to be laid out. Throws RangeError when they are not to be had. */
export type EngineMaker = (bytes: number) => EdgeEngine;

/** An engine of so many bytes for so many flows. Throws RangeError when they are not to be had. */
export function engineOf(makeEngine: EngineMaker, bytes: number, maxFlows: number): EdgeEngine {
  try {
    return makeEngine(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`maxFlows ${maxFlows}: its ${bytes} bytes are not to be had`, { cause: error });
  }
}
