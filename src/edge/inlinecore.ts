/** The core as text in the JavaScript, compiled at the first meter. */
import { modelled } from "./packed.ts";

/** The core as scripts/coretext.mjs packs it, and its bytes, put in by scripts/edge.mjs. */
declare const EDGE_CORE_TEXT: string;
declare const EDGE_CORE_BYTES: number;
/** Digits are the 64 characters from this one on, without the backslash. */
const FIRST = 35;
const BACKSLASH = 92;
/** A range below this takes another digit of 6 bits: engines hold integers below 2^30 without a box. */
const RANGE_MIN = 2 ** 24;

let module: WebAssembly.Module | undefined;

/** The core, compiled once. */
export function inlineCore(): WebAssembly.Module {
  module ??= new WebAssembly.Module(unpacked(EDGE_CORE_TEXT, EDGE_CORE_BYTES));
  return module;
}

/**
 * The bytes, as many as this, of a text of scripts/coretext.mjs. Arithmetic decoding: `rest` lies in a range of which each
 * bit keeps the part that is its probability.
 */
export function unpacked(text: string, length: number): Uint8Array<ArrayBuffer> {
  let at = 0;
  let range = 1;
  let rest = 0;
  return modelled(length, (probability) => {
    while (range < RANGE_MIN) {
      const code = text.charCodeAt(at++);
      range *= 64;
      rest = rest * 64 + code - (code > BACKSLASH ? FIRST + 1 : FIRST);
    }
    const ones = Math.floor(range * probability);
    if (rest < ones) {
      range = ones;
      return 1;
    }
    rest -= ones;
    range -= ones;
    return 0;
  });
}
