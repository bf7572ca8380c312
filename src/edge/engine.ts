/**
 * What an edge engine is to the library: memory laid out as assembly/edge/abi.ts has it, and functions over it. The
 * WebAssembly core and the pure-JS engine are two of them; everything else reads and writes the same bytes.
 */

/** The exports of assembly/edge/index.ts. 64-bit values cross as pairs of words, so that no BigInt is made. */
export interface EdgeFunctions {
  /** False when there is not so much memory. */
  layOut(base: number, blocks: number, stateBytes: number, kinds: number, end: number, onFull: number): number;
  /** The largest cost of a fresh key under a policy, in parts. */
  most(policy: number): number;
  decide(keyLo: number, keyHi: number, now: number, units: number, call: number): number;
  decideNs(keyLo: number, keyHi: number, nowLo: number, nowHi: number, units: number, call: number): number;
  peek(keyLo: number, keyHi: number, nowLo: number, nowHi: number, units: number, call: number): number;
  charge(keyLo: number, keyHi: number, nowLo: number, nowHi: number, units: number, call: number): number;
  refund(keyLo: number, keyHi: number, nowLo: number, nowHi: number, units: number, call: number): void;
  block(keyLo: number, keyHi: number, untilLo: number, untilHi: number, isForever: number, policy: number): number;
  reset(keyLo: number, keyHi: number, policy: number): void;
  sweep(nowLo: number, nowHi: number, blocks: number): number;
  identify(length: number): void;
  /** Address of the state of a word, taken for it if it is not there. */
  place(wordLo: number, wordHi: number, kind: number): number;
  run(count: number, mode: number): void;
}

export interface EdgeEngine {
  readonly name: "wasm" | "js";
  readonly functions: EdgeFunctions;
  /** All memory; after `layOut` it never changes its size. */
  readonly memory: { readonly buffer: ArrayBuffer };
  /** To be called when the profile of this index has been written. */
  profileChanged(index: number): void;
}

/** Makes an engine whose memory has still to be laid out. */
export type EngineMaker = () => EdgeEngine;
