/** Loops over numbers of 64 bits as pairs of words, low half first: no bigint a row. */

const ALL_ONES = 0xffff_ffff;
const TWO_32 = 2 ** 32;

/** Views over bytes as words of 32 bits. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
}

/** Writes `base` plus each of `offsets`; `base` and the sums are below 2^53. */
export function addOffsets(target: Uint32Array, base: number, offsets: Uint32Array): void {
  for (let row = 0; row < offsets.length; row += 1) {
    const value = base + offsets[row]!;
    target[2 * row] = value % TWO_32;
    target[2 * row + 1] = value / TWO_32;
  }
}

/** Tells of numbers of `words` words each which are not all ones, and so are values. */
export function markPresent(present: Uint8Array, values: Uint32Array, words: number): void {
  for (let row = 0; row < present.length; row += 1) {
    let isPresent = 0;
    for (let word = 0; word < words; word += 1) if (values[row * words + word] !== ALL_ONES) isPresent = 1;
    present[row] = isPresent;
  }
}

/** Writes to `target` at `at` the sum of three numbers that stand in a row in `source` from `from` on, modulo 2^64. */
export function sumOfThree(target: Uint32Array, at: number, source: Uint32Array, from: number): void {
  const low = source[from]! + source[from + 2]! + source[from + 4]!;
  target[at] = low % TWO_32;
  target[at + 1] = source[from + 1]! + source[from + 3]! + source[from + 5]! + Math.floor(low / TWO_32);
}

/** One bit a row, the first lowest. */
export function bitmapOf(marks: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(marks.length / 8));
  for (let row = 0; row < marks.length; row += 1) bits[row >>> 3]! |= marks[row]! << (row & 7);
  return bits;
}
