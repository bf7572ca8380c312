/** SipHash-1-3 on 32-bit words: twin of assembly/siphash.ts. */

/** The state: four 64-bit values, low word first. One for all calls: nothing is made a key. */
const v = new Uint32Array(8);
const BEGIN = Uint32Array.of(
  0x7073_6575,
  0x736f_6d65,
  0x6e64_6f6d,
  0x646f_7261,
  0x6e65_7261,
  0x6c79_6765,
  0x7974_6573,
  0x7465_6462,
);

function add(to: number, from: number): void {
  const lo = v[to]! + v[from]!;
  v[to + 1] = v[to + 1]! + v[from + 1]! + (lo > 0xffff_ffff ? 1 : 0);
  v[to] = lo;
}

/** Rotates to the left by less than 32 bits, then takes `with` in. */
function rotateXor(at: number, bits: number, other: number): void {
  const lo = v[at]!;
  const hi = v[at + 1]!;
  v[at] = ((lo << bits) | (hi >>> (32 - bits))) ^ v[other]!;
  v[at + 1] = ((hi << bits) | (lo >>> (32 - bits))) ^ v[other + 1]!;
}

function swap(at: number): void {
  const lo = v[at]!;
  v[at] = v[at + 1]!;
  v[at + 1] = lo;
}

function round(): void {
  add(0, 2);
  add(4, 6);
  rotateXor(2, 13, 0);
  rotateXor(6, 16, 4);
  add(4, 2);
  swap(0);
  add(0, 6);
  rotateXor(2, 17, 4);
  rotateXor(6, 21, 0);
  swap(4);
}

/** Hashes the first `length` bytes of `text` under the 128 bits at `secret`; writes two words, low first, to `out[at]`. */
export function siphash(secret: Uint32Array, text: Uint8Array, length: number, out: Uint32Array, at: number): void {
  for (let word = 0; word < 8; word += 1) v[word] = BEGIN[word]! ^ secret[word & 3]!;
  const whole = length & ~7;
  for (let from = 0; from <= whole; from += 8) {
    const isLast = from === whole;
    const lo = wordAt(text, from, length);
    let hi = wordAt(text, from + 4, length);
    if (isLast) hi |= length << 24;
    v[6] = v[6]! ^ lo;
    v[7] = v[7]! ^ hi;
    round();
    v[0] = v[0]! ^ lo;
    v[1] = v[1]! ^ hi;
  }
  v[4]! ^= 0xff;
  round();
  round();
  round();
  out[at] = v[0]! ^ v[2]! ^ v[4]! ^ v[6]!;
  out[at + 1] = v[1]! ^ v[3]! ^ v[5]! ^ v[7]!;
}

/** Four bytes, low first; bytes behind the end are 0. */
function wordAt(text: Uint8Array, from: number, end: number): number {
  let word = 0;
  for (let byte = 0; byte < 4 && from + byte < end; byte += 1) word |= text[from + byte]! << (8 * byte);
  return word;
}
