/** Unsigned 64-bit arithmetic on pairs of 32-bit words, for values that float64 cannot hold. */

const TWO_16 = 2 ** 16;
const TWO_32 = 2 ** 32;

/** A 64-bit value as two unsigned words. */
export interface Words {
  lo: number;
  hi: number;
}

/** The low 64 bits of a bigint. */
export function wordsOf(value: bigint): Words {
  return { lo: Number(value & 0xffff_ffffn), hi: Number((value >> 32n) & 0xffff_ffffn) };
}

/** The bigint of a pair. */
export function bigintOf(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}

/** Writes a value below 2^64 to item `index` of a column of word pairs. */
export function putBigint(column: Uint32Array, index: number, value: bigint): void {
  column[2 * index] = Number(value & 0xffff_ffffn);
  column[2 * index + 1] = Number(value >> 32n);
}

/** High word of the product of two unsigned words. The partial products stay below 2^49, so float64 is exact. */
export function mulHigh(a: number, b: number): number {
  const low = (a & 0xffff) * b;
  const high = (a >>> 16) * b;
  return Math.floor((high + Math.floor(low / TWO_16)) / TWO_16);
}

/** High word of the low 64 bits of a 64-bit product; the low word is `Math.imul(aLo, bLo) >>> 0`. */
export function productHigh(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return (mulHigh(aLo, bLo) + Math.imul(aHi, bLo) + Math.imul(aLo, bHi)) >>> 0;
}

/** Whether a <= b. */
export function atMost(aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  return aHi < bHi || (aHi === bHi && aLo <= bLo);
}

/** Below 1 by more than the rounding of an estimated quotient (four roundings of 2^-53), so that it never overshoots. */
const UNDERESTIMATE = 1 - 2 ** -50;

/** Writes ceil(dividend / divisor) to `target[at]` (low word) and `target[at + 1]`. The divisor is above 0. */
export function divideUp(dividend: Words, divisor: Words, target: Uint32Array, at: number): void {
  const divisorAbout = divisor.hi * TWO_32 + divisor.lo;
  let { lo, hi } = dividend;
  let quotientLo = 0;
  let quotientHi = 0;
  // Each round leaves about 2^-50 of the dividend: at most three.
  while (atMost(divisor.lo, divisor.hi, lo, hi)) {
    const part = Math.max(1, Math.floor(((hi * TWO_32 + lo) / divisorAbout) * UNDERESTIMATE));
    const partLo = part >>> 0;
    const partHi = Math.floor(part / TWO_32);
    const productLo = Math.imul(partLo, divisor.lo) >>> 0;
    hi = (hi - productHigh(partLo, partHi, divisor.lo, divisor.hi) - (lo < productLo ? 1 : 0)) >>> 0;
    lo = (lo - productLo) >>> 0;
    quotientHi += partHi + (quotientLo + partLo >= TWO_32 ? 1 : 0);
    quotientLo = (quotientLo + partLo) >>> 0;
  }
  if (lo !== 0 || hi !== 0) {
    quotientHi += quotientLo === 0xffff_ffff ? 1 : 0;
    quotientLo = (quotientLo + 1) >>> 0;
  }
  target[at] = quotientLo;
  target[at + 1] = quotientHi;
}
