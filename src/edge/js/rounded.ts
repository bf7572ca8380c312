/** Whole numbers up to 2^63 as doubles, on the side that keeps what is said of them true. Twin of assembly/edge/rounded.ts. */

const MOST = 2n ** 63n;
const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

/** The least double that is not below. */
export function roundedUp(value: bigint): number {
  double[0] = Number(value);
  if (BigInt(double[0]) < value) bits[0]! += 1n;
  return double[0];
}

/** The greatest double that is not above; of more than 2^63, that. */
export function roundedDown(value: bigint): number {
  double[0] = Number(value < MOST ? value : MOST);
  if (BigInt(double[0]) > value) bits[0]! -= 1n;
  return double[0];
}
