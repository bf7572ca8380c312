/**
 * Time never goes back: the newest time over the whole input, in input order and before any split, is the clock that
 * meters. A packet older than that is metered at the newest time and counted.
 */
import { BATCH, COLUMN_CLOCK, COLUMN_TIME, STAT_EARLIEST, STAT_NEWEST, STAT_REGRESSIONS } from "./abi";
import { addStat, getStat, setStat } from "./stats";

/** Times that are compared and copied together. */
const PAIR: u32 = 2;

export function startClock(): void {
  setStat(STAT_EARLIEST, u64.MAX_VALUE);
}

/** The newest time including `timeNs`. */
export function advanceClock(timeNs: u64): u64 {
  const newest = getStat(STAT_NEWEST);
  if (timeNs < getStat(STAT_EARLIEST)) setStat(STAT_EARLIEST, timeNs);
  if (timeNs < newest) {
    addStat(STAT_REGRESSIONS, 1);
    return newest;
  }
  setStat(STAT_NEWEST, timeNs);
  return timeNs;
}

/**
 * Fills the clock column of rows [first, end) of the batch from their times. Times that go on, as they nearly always do,
 * are compared and copied in vectors; the first that does not is found packet by packet.
 */
export function clockRows(first: u32, end: u32): void {
  let done = first;
  if (ASC_FEATURE_SIMD) {
    if (end > first + PAIR && load<u64>(first << 3, BATCH + COLUMN_TIME) >= getStat(STAT_NEWEST)) {
      advanceClock(load<u64>(first << 3, BATCH + COLUMN_TIME));
      done = copyRising(first, end - 1);
      if (done > first) setStat(STAT_NEWEST, load<u64>((done - 1) << 3, BATCH + COLUMN_TIME));
    }
  }
  for (let i = done; i < end; i++) {
    store<u64>(i << 3, advanceClock(load<u64>(i << 3, BATCH + COLUMN_TIME)), BATCH + COLUMN_CLOCK);
  }
}

/** Copies times to clocks in pairs while none of the pair is later than the one behind it. Answers the row behind them. */
function copyRising(first: u32, end: u32): u32 {
  const sign = i64x2.splat(i64.MIN_VALUE);
  let i = first;
  for (; i + PAIR <= end; i += PAIR) {
    const times = v128.load(i << 3, BATCH + COLUMN_TIME);
    const behind = v128.load(i << 3, BATCH + COLUMN_TIME + 8);
    if (v128.any_true(i64x2.gt_s(v128.xor(times, sign), v128.xor(behind, sign)))) break;
    v128.store(i << 3, times, BATCH + COLUMN_CLOCK);
  }
  return i;
}
