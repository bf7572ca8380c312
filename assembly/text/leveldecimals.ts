/** Levels as numbers for files of columns: billionths of a unit, rounded down as in text, in 128 bits. */
import {
  BATCH,
  BUCKET_UNIT,
  COLUMN_LEVEL0,
  COLUMN_LEVEL1,
  COLUMN_REASON,
  KERNEL_TWO_BUCKETS,
  PROFILE,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_KERNEL,
  REASON_UNTRACKED,
  TEXT,
} from "../abi";
import { hasQueue } from "../shape/kernels";
import { billionths } from "./level";

/** Bytes of a decimal: the low half first. */
const DECIMAL_BYTES: u32 = 16;
const BILLION: u64 = 1_000_000_000;

/**
 * Levels of the first bucket (`second` false) or of what stands in the second column, of the first `count` packets of the
 * batch, one behind the other at TEXT. A packet without such a level has all ones.
 */
export function writeLevelDecimals(count: u32, second: bool): void {
  const hasSecond = hasQueue(PROFILE) || load<u64>(PROFILE, PROFILE_KERNEL) == <u64>KERNEL_TWO_BUCKETS;
  for (let i: u32 = 0; i < count; i++) {
    const at = TEXT + <usize>i * DECIMAL_BYTES;
    const isTracked = load<u8>(i, BATCH + COLUMN_REASON) != <u8>REASON_UNTRACKED;
    if (!isTracked || (second && !hasSecond)) {
      store<u64>(at, u64.MAX_VALUE);
      store<u64>(at, u64.MAX_VALUE, 8);
    } else if (!second) {
      writeDecimal128(at, load<u64>(i << 3, BATCH + COLUMN_LEVEL0), load<u64>(PROFILE + PROFILE_BUCKET0, BUCKET_UNIT));
    } else {
      const stepsPerUnit = hasQueue(PROFILE) ? 1 : load<u64>(PROFILE + PROFILE_BUCKET1, BUCKET_UNIT);
      writeDecimal128(at, load<u64>(i << 3, BATCH + COLUMN_LEVEL1), stepsPerUnit);
    }
  }
}

function writeDecimal128(at: usize, level: u64, stepsPerUnit: u64): void {
  const units = level / stepsPerUnit;
  const low = (units & 0xffff_ffff) * BILLION + billionths(level % stepsPerUnit, stepsPerUnit);
  const high = (units >>> 32) * BILLION + (low >>> 32);
  store<u64>(at, (high << 32) | (low & 0xffff_ffff));
  store<u64>(at, high >>> 32, 8);
}
