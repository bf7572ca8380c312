/** Exact fractions, so that no configured number is ever rounded. Values are non-negative, in lowest terms. */

import type { Rational } from "./types.ts";

/** Decimal expansions longer than this are shown rounded; also bounds the work in `decimalText`. */
const DECIMALS_MAX = 40;

export function gcd(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** Least common multiple of two positive integers. */
export function lcm(left: bigint, right: bigint): bigint {
  return (left / gcd(left, right)) * right;
}

/** `num / den` in lowest terms. Throws RangeError for a negative number or a zero denominator: a bug of the caller. */
export function rational(num: bigint, den = 1n): Rational {
  if (num < 0n || den <= 0n) throw new RangeError(`not a non-negative fraction: ${num}/${den}`);
  const divisor = gcd(num, den);
  return { num: num / divisor, den: den / divisor };
}

export const ZERO: Rational = rational(0n);

export function isZero(value: Rational): boolean {
  return value.num === 0n;
}

export function add(left: Rational, right: Rational): Rational {
  return rational(left.num * right.den + right.num * left.den, left.den * right.den);
}

/** `left - right`; throws RangeError when that is negative. */
export function subtract(left: Rational, right: Rational): Rational {
  return rational(left.num * right.den - right.num * left.den, left.den * right.den);
}

export function multiply(left: Rational, right: Rational): Rational {
  return rational(left.num * right.num, left.den * right.den);
}

/** `left / right`; throws RangeError when `right` is 0. */
export function divide(left: Rational, right: Rational): Rational {
  return rational(left.num * right.den, left.den * right.num);
}

/** Negative, 0 or positive as `left` is below, equal to or above `right`. */
export function compare(left: Rational, right: Rational): number {
  const difference = left.num * right.den - right.num * left.den;
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

/** The largest whole number not above `value`. */
export function floor(value: Rational): bigint {
  return value.num / value.den;
}

/** "5" or "1/360". */
export function fractionText(value: Rational): string {
  return value.den === 1n ? value.num.toString() : `${value.num}/${value.den}`;
}

/** The decimal expansion when it ends within 40 places, else undefined. */
export function decimalText(value: Rational): string | undefined {
  let decimalCount = 0;
  let scaled = value.num;
  // A fraction in lowest terms ends after n places exactly when its denominator divides 10^n.
  while (scaled % value.den !== 0n) {
    if (decimalCount === DECIMALS_MAX) return undefined;
    scaled *= 10n;
    decimalCount += 1;
  }
  const digits = (scaled / value.den).toString().padStart(decimalCount + 1, "0");
  if (decimalCount === 0) return digits;
  return `${digits.slice(0, -decimalCount)}.${digits.slice(-decimalCount)}`;
}

/** `value` rounded half up to so many significant digits, without trailing zeros after the point. */
export function roundedText(value: Rational, significantDigits: number): string {
  if (isZero(value)) return "0";
  const whole = floor(value);
  let places = significantDigits - whole.toString().length;
  if (whole === 0n) {
    // Leading zeros after the point are not significant: 0.00123 needs five places for three digits.
    for (let scaled = value.num * 10n; scaled < value.den; scaled *= 10n) places += 1;
    places += 1;
  }
  const power = 10n ** BigInt(Math.abs(places));
  const factor = places >= 0 ? rational(power) : rational(1n, power);
  const scaled = multiply(value, factor);
  const rounded = (scaled.num * 2n + scaled.den) / (scaled.den * 2n);
  const result = divide(rational(rounded), factor);
  return decimalText(result) ?? fractionText(result);
}

/**
 * The exact value of decimal digits such as "1.5" with a power of ten. The caller has matched
 * `integerDigits` and `decimalDigits` as digits (or nothing) and bounded their number and the exponent.
 */
export function fromDecimal(integerDigits: string, decimalDigits: string, exponent: number): Rational {
  const shift = exponent - decimalDigits.length;
  const digits = BigInt(`${integerDigits}${decimalDigits}`);
  const power = 10n ** BigInt(Math.abs(shift));
  return shift >= 0 ? rational(digits * power) : rational(digits, power);
}
