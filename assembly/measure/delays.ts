/**
 * How delays are spread: exact below 256 ns, above that 128 bins each time they double, so that a bin's end is less than
 * 1/128 above any delay in it.
 */
import { DELAY_BIN_BITS } from "../abi/departures";

const BIN_BITS: u64 = DELAY_BIN_BITS;
const BINS: u64 = 1 << DELAY_BIN_BITS;

/** Counts a delay in the bins at `bins`. */
export function countDelay(bins: usize, delayNs: u64): void {
  const bin = bins + ((<usize>binOf(delayNs)) << 3);
  store<u64>(bin, load<u64>(bin) + 1);
}

function binOf(delayNs: u64): u64 {
  if (delayNs < BINS) return delayNs;
  const shift = 63 - clz<u64>(delayNs) - BIN_BITS;
  return shift * BINS + (delayNs >>> shift);
}
