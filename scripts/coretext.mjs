// The core as text for the inline entries: what src/edge/packed.ts tells of each bit, coded arithmetically, in digits of 6
// bits, which compressors cost 6 bits each. Printable ASCII that no tool has to escape or can misread.
// src/edge/inlinecore.ts reads it.
import { sourceModule } from "./source.mjs";

const FIRST = 35;
const BACKSLASH = 92;
const RANGE_MIN = 2 ** 24;
const DIGIT_BITS = 6n;

const { modelled } = await sourceModule("edge/packed.ts");

/** The text of these bytes. Of a range each bit keeps the part that is its probability; any number in the last one tells all. */
export function coreText(bytes) {
  let at = 0;
  let low = 0n;
  let range = 1;
  let digits = 0;
  modelled(bytes.length, (probability) => {
    for (; range < RANGE_MIN; range *= 64) {
      low <<= DIGIT_BITS;
      digits += 1;
    }
    const bit = (bytes[at >> 3] >> (7 - (at & 7))) & 1;
    const ones = Math.floor(range * probability);
    if (bit === 0) low += BigInt(ones);
    range = bit === 1 ? ones : range - ones;
    at += 1;
    return bit;
  });
  const bits = low.toString(2).padStart(digits * 6, "0");
  return bits.replace(/.{6}/gu, (digit) => {
    const code = FIRST + Number.parseInt(digit, 2);
    return String.fromCharCode(code < BACKSLASH ? code : code + 1);
  });
}
