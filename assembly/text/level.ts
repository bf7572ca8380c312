/** Levels as people read them: units, to a billionth, rounded down. */
import { BUCKET_UNIT } from "../abi";
import { writeByte, writeDecimal } from "./writer";

const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const FRACTION_DIGITS: u32 = 9;

/** Writes `level`, in the level steps of the bucket whose profile is at `bucket`, in units; without trailing zeros. */
export function writeLevel(level: u64, bucket: usize): void {
  const stepsPerUnit = load<u64>(bucket, BUCKET_UNIT);
  writeDecimal(level / stepsPerUnit);
  let rest = level % stepsPerUnit;
  let zeros: u32 = 0;
  let hasPoint = false;
  for (let place: u32 = 0; place < FRACTION_DIGITS && rest != 0; place++) {
    const digit = nextDigit(rest, stepsPerUnit);
    rest = remainder;
    if (digit == 0) {
      zeros++;
      continue;
    }
    if (!hasPoint) writeByte(POINT);
    hasPoint = true;
    for (; zeros > 0; zeros--) writeByte(ZERO);
    writeByte(ZERO + <u8>digit);
  }
}

/** Whole billionths in `rest / stepsPerUnit`, for `rest < stepsPerUnit`. */
export function billionths(rest: u64, stepsPerUnit: u64): u64 {
  let value: u64 = 0;
  remainder = rest;
  for (let place: u32 = 0; place < FRACTION_DIGITS; place++) value = value * 10 + nextDigit(remainder, stepsPerUnit);
  return value;
}

/** What `nextDigit` left over. */
let remainder: u64 = 0;

/** The digit that `rest * 10 / divisor` begins with, for `rest < divisor`. Ten additions: the product need not fit. */
function nextDigit(rest: u64, divisor: u64): u32 {
  let digit: u32 = 0;
  remainder = 0;
  for (let part = 0; part < 10; part++) {
    if (remainder >= divisor - rest) {
      remainder -= divisor - rest;
      digit++;
    } else {
      remainder += rest;
    }
  }
  return digit;
}
