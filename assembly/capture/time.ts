/** Time stamps of captures to nanoseconds, in whole numbers; what passes 64 bits is cut at the end it passed. */
import { Interface } from "./interface";
import { Source } from "./source";

export const NS_PER_SEC: u64 = 1_000_000_000;
const NS_EXPONENT: u32 = 9;
/** A clock of 10^-28 s counts 10^19 units a nanosecond; a finer one cannot count a whole nanosecond in 64 bits. */
const DECIMAL_EXPONENT_MAX: u32 = 28;

/** Nanoseconds of a pcapng time stamp: floor of units / resolution + offset. */
export function stampToNs(source: Source, face: Interface, units: u64): u64 {
  const ns = face.isBinary ? binaryToNs(source, face.exponent, units) : decimalToNs(source, face.exponent, units);
  return addSeconds(source, ns, face.offsetSec);
}

function decimalToNs(source: Source, exponent: u32, units: u64): u64 {
  if (exponent > DECIMAL_EXPONENT_MAX) return 0;
  if (exponent >= NS_EXPONENT) return units / powerOfTen(exponent - NS_EXPONENT);
  const factor = powerOfTen(NS_EXPONENT - exponent);
  if (units > u64.MAX_VALUE / factor) return limit(source);
  return units * factor;
}

function powerOfTen(exponent: u32): u64 {
  let power: u64 = 1;
  for (let i: u32 = 0; i < exponent; i++) power *= 10;
  return power;
}

/** units * 10^9 / 2^exponent through the 128-bit product, whose halves are taken apart so that nothing overflows. */
function binaryToNs(source: Source, exponent: u32, units: u64): u64 {
  const low = (units & 0xffffffff) * NS_PER_SEC;
  const middle = (units >>> 32) * NS_PER_SEC + (low >>> 32);
  const productLow = (middle << 32) | (low & 0xffffffff);
  const productHigh = middle >>> 32;
  if (exponent == 0) return productHigh != 0 ? limit(source) : productLow;
  const shift = <u64>exponent;
  if (shift >= 128) return 0;
  if (shift >= 64) return productHigh >>> (shift - 64);
  if (productHigh >>> shift != 0) return limit(source);
  return (productLow >>> shift) | (productHigh << (64 - shift));
}

function addSeconds(source: Source, ns: u64, seconds: i64): u64 {
  if (seconds == 0) return ns;
  const magnitude = <u64>(seconds < 0 ? -seconds : seconds);
  const isHuge = magnitude > u64.MAX_VALUE / NS_PER_SEC;
  if (seconds < 0) {
    if (!isHuge && ns >= magnitude * NS_PER_SEC) return ns - magnitude * NS_PER_SEC;
    source.timeLimited++;
    return 0;
  }
  const sum = ns + magnitude * NS_PER_SEC;
  return isHuge || sum < ns ? limit(source) : sum;
}

function limit(source: Source): u64 {
  source.timeLimited++;
  return u64.MAX_VALUE;
}
