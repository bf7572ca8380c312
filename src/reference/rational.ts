/** Exact fractions on bigint, of either sign: what the twin computes with, so that it never rounds. */
export interface Fraction {
  readonly num: bigint;
  /** Above zero; the fraction is in lowest terms. */
  readonly den: bigint;
}

/** num / den in lowest terms. */
export function fraction(num: bigint, den = 1n): Fraction {
  if (den === 0n) throw new RangeError("a fraction needs a denominator other than 0");
  const divisor = greatestCommonDivisor(num, den);
  const sign = den < 0n ? -1n : 1n;
  return { num: (sign * num) / divisor, den: (sign * den) / divisor };
}

export const ZERO: Fraction = { num: 0n, den: 1n };

/** a + b. */
export function add(a: Fraction, b: Fraction): Fraction {
  return fraction(a.num * b.den + b.num * a.den, a.den * b.den);
}

/** a - b. */
export function subtract(a: Fraction, b: Fraction): Fraction {
  return fraction(a.num * b.den - b.num * a.den, a.den * b.den);
}

/** a * b. */
export function multiply(a: Fraction, b: Fraction): Fraction {
  return fraction(a.num * b.num, a.den * b.den);
}

/** a / b; throws when b is 0. */
export function divide(a: Fraction, b: Fraction): Fraction {
  return fraction(a.num * b.den, a.den * b.num);
}

/** Whether a <= b. */
export function atMost(a: Fraction, b: Fraction): boolean {
  return a.num * b.den <= b.num * a.den;
}

/** Whether a < b. */
export function isBelow(a: Fraction, b: Fraction): boolean {
  return a.num * b.den < b.num * a.den;
}

/** The larger of the two. */
export function larger(a: Fraction, b: Fraction): Fraction {
  return atMost(a, b) ? b : a;
}

/** The smaller of the two. */
export function smaller(a: Fraction, b: Fraction): Fraction {
  return atMost(a, b) ? a : b;
}

/** The sum of all, 0 of none. */
export function sum(terms: readonly Fraction[]): Fraction {
  return terms.reduce(add, ZERO);
}

/** The smallest whole number that is not below a. */
export function ceiling(a: Fraction): bigint {
  const quotient = a.num / a.den; // truncates towards zero, which for a negative fraction is its ceiling
  return quotient * a.den < a.num ? quotient + 1n : quotient;
}

/** The largest whole number that is not above a. */
export function floor(a: Fraction): bigint {
  return -ceiling({ num: -a.num, den: a.den });
}

/** The greatest number that divides both; of 0 and b it is b. */
export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [divisor, remainder] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (remainder !== 0n) [divisor, remainder] = [remainder, divisor % remainder];
  return divisor;
}
