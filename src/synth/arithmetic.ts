/**
 * Logarithm and exponential that give the same bits on every machine. ECMAScript leaves `Math.log`, `Math.exp` and
 * `Math.pow` to the engine, but fixes `+ - * /` on numbers to the last bit (IEEE 754 doubles, rounded to nearest);
 * so these are made of nothing else (`Math.LN2` is a fixed number). Both are right to 12 digits and more.
 */

const EXPONENT_BIAS = 1023;
const MANTISSA_HIGH_BITS = 20;
/** Terms of the series: beyond these they are below half a unit in the last place. */
const LN_TERMS = 11;
const EXP_TERMS = 14;
/** Arguments of `exp` beyond this have no normal double; nothing here comes near. */
const EXP_MAX = 700;

const scratch = new DataView(new ArrayBuffer(8));

const ODD_PARTS = Float64Array.from({ length: LN_TERMS }, (_, index) => 1 / (2 * index + 1));
const WHOLE_PARTS = Float64Array.from({ length: EXP_TERMS }, (_, index) => 1 / (index + 1));

/** The natural logarithm of a positive normal number. */
export function ln(x: number): number {
  scratch.setFloat64(0, x);
  const high = scratch.getInt32(0);
  let exponent = (high >>> MANTISSA_HIGH_BITS) - EXPONENT_BIAS;
  scratch.setInt32(0, (high & 0xf_ffff) | (EXPONENT_BIAS << MANTISSA_HIGH_BITS));
  let mantissa = scratch.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa *= 0.5;
    exponent += 1;
  }
  // ln m = 2 (z + z^3/3 + z^5/5 ...) with z = (m - 1) / (m + 1), at most 0.172 in size.
  const z = (mantissa - 1) / (mantissa + 1);
  const square = z * z;
  let sum = 0;
  for (let term = LN_TERMS - 1; term >= 0; term -= 1) sum = sum * square + ODD_PARTS[term]!;
  return exponent * Math.LN2 + 2 * z * sum;
}

/** e to the power of x. Arguments are held within -700 and 700, where every result is a normal number. */
export function exp(x: number): number {
  const held = Math.min(Math.max(x, -EXP_MAX), EXP_MAX);
  const power = Math.floor(held / Math.LN2 + 0.5);
  const rest = held - power * Math.LN2;
  let sum = 1;
  for (let term = EXP_TERMS - 1; term >= 0; term -= 1) sum = 1 + sum * rest * WHOLE_PARTS[term]!;
  scratch.setInt32(0, (power + EXPONENT_BIAS) << MANTISSA_HIGH_BITS);
  scratch.setInt32(4, 0);
  return sum * scratch.getFloat64(0);
}
