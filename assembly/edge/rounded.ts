/** Whole numbers up to 2^63 as doubles, which not all are: on the side that keeps what is said of them true. */

const MOST: u64 = 1 << 63;

/** The least double that is not below. */
export function roundedUp(value: u64): f64 {
  const nearest = <f64>value;
  return <u64>nearest < value ? reinterpret<f64>(reinterpret<u64>(nearest) + 1) : nearest;
}

/** The greatest double that is not above; of more than 2^63, that. */
export function roundedDown(value: u64): f64 {
  const nearest = <f64>min(value, MOST);
  return <u64>nearest > value ? reinterpret<f64>(reinterpret<u64>(nearest) - 1) : nearest;
}
