// The core as text for the inline entry: printable ASCII that no tool has to escape or can misread, and one character for
// most bytes, so that what repeats in the core repeats in the text. Compressed it is 3 % larger than the core itself;
// hexadecimal is 11 % larger, base64 38 %. src/edge/entry.inline.ts reads it.
const FIRST = 35;
const DIGITS = 90;
const SHIFTS = ["", "}", "~"];

/** Bytes below 90 are the characters from "#" on; "}" adds 90 to the next, "~" adds 180. */
export function coreText(bytes) {
  return Array.from(
    bytes,
    (byte) => SHIFTS[Math.floor(byte / DIGITS)] + String.fromCharCode(FIRST + (byte % DIGITS)),
  ).join("");
}
