/** One sum of 128 bits: work of a whole group of flows does not fit 64. */
let high: u64 = 0;
let low: u64 = 0;

export function beginSum(): void {
  high = 0;
  low = 0;
}

export function addToSum(value: u64): void {
  low += value;
  if (low < value) high++;
}

/** The sum must not be below `value`. */
export function subtractFromSum(value: u64): void {
  if (low < value) high--;
  low -= value;
}

/** sum / divisor, rounded up; at most 2^64 - 2, for the next value means "never". The divisor is below 2^63, not 0. */
export function divideSumUp(divisor: u64): u64 {
  if (high >= divisor) return u64.MAX_VALUE - 1;
  let remainder = high;
  let quotient: u64 = 0;
  for (let bit: u64 = 0; bit < 64; bit++) {
    const shift = 63 - bit;
    remainder = (remainder << 1) | ((low >>> shift) & 1);
    quotient <<= 1;
    if (remainder >= divisor) {
      remainder -= divisor;
      quotient |= 1;
    }
  }
  if (remainder == 0) return quotient;
  return quotient >= u64.MAX_VALUE - 1 ? u64.MAX_VALUE - 1 : quotient + 1;
}
