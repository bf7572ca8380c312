/** Times in nanoseconds, and how long something takes at a rate. A time of null is never. */
import { ceiling, divide, floor, fraction, isBelow, multiply, ZERO, type Fraction } from "./rational.ts";

const NS_PER_SEC = fraction(1_000_000_000n);
/** The delay column's word for never; longer delays do not fit the column and read the same. */
export const NEVER_NS = 2n ** 64n - 1n;

/** What a rate yields in so many nanoseconds. */
export function yieldOf(ratePerSec: Fraction, elapsedNs: bigint): Fraction {
  return multiply(ratePerSec, divide(fraction(elapsedNs), NS_PER_SEC));
}

/** The least whole number of nanoseconds in which a rate yields `amount` or, if `isStrict`, more than that. */
export function untilYieldNs(amount: Fraction, ratePerSec: Fraction, isStrict: boolean): bigint | null {
  if (isBelow(amount, ZERO) || (amount.num === 0n && !isStrict)) return 0n;
  if (ratePerSec.num === 0n) return null;
  const exactNs = multiply(divide(amount, ratePerSec), NS_PER_SEC);
  return isStrict ? floor(exactNs) + 1n : ceiling(exactNs);
}

/** The earliest of these times. */
export function earliest(times: readonly (bigint | null)[]): bigint | null {
  return times.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
}

/** The latest of these times; never, if one of them is. */
export function latest(times: readonly (bigint | null)[]): bigint | null {
  return times.reduce((a, b) => (a === null || b === null ? null : a > b ? a : b), 0n);
}

/**
 * The least whole delay above 0 for which `holds`, given that it holds for every longer one too; null when it does not
 * even for the longest that the delay column can tell.
 */
export function leastDelayNs(holds: (delayNs: bigint) => boolean): bigint | null {
  let refusedNs = 0n;
  let heldNs = 1n;
  while (!holds(heldNs)) {
    if (heldNs === NEVER_NS - 1n) return null;
    refusedNs = heldNs;
    heldNs = heldNs * 2n < NEVER_NS ? heldNs * 2n : NEVER_NS - 1n;
  }
  while (heldNs - refusedNs > 1n) {
    const middleNs = (refusedNs + heldNs) / 2n;
    if (holds(middleNs)) heldNs = middleNs;
    else refusedNs = middleNs;
  }
  return heldNs;
}
