/** The core as text in the JavaScript, compiled at the first meter. */

/** The core as scripts/coretext.mjs writes it, put in by scripts/edge.mjs. */
declare const EDGE_CORE_TEXT: string;
const FIRST = 35;
const DIGITS = 90;

let module: WebAssembly.Module | undefined;

/** The core, compiled once. */
export function inlineCore(): WebAssembly.Module {
  module ??= new WebAssembly.Module(bytesOf(EDGE_CORE_TEXT));
  return module;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let shift = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - FIRST;
    if (digit < DIGITS) bytes.push(shift + digit);
    shift = digit < DIGITS ? 0 : (digit - DIGITS + 1) * DIGITS;
  }
  return Uint8Array.from(bytes);
}
