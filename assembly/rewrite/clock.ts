/**
 * The clock where packets are dropped from what is written (CONFIG_PASSED_CLOCK): only packets that pass carry it. What is
 * written then has, packet for packet, the clock that it was metered at, and so the same verdicts when it is metered again.
 *
 * A packet behind a newer one has to wait for that one's verdict. Where times go on, as they nearly always do, the clocks
 * of a batch hold whatever its verdicts are: they are those that its frames were placed with.
 */
import {
  BATCH,
  BATCH_PACKETS_MAX,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_DEPARTURE,
  COLUMN_DEPARTURE_REST,
  COLUMN_TIME,
  CONFIG_SKIP_OTHER,
  STAT_REGRESSIONS,
} from "../abi";
import { REWRITE_EARLIER } from "../abi/rewrite";
import { isTimeless } from "../capture/frame";
import { sourceAt } from "../capture/sources";
import { isSet } from "../config";
import { getStat } from "../stats";
import { addAnswer } from "./results";

/**
 * u64 a row: newest time of the frames left out of metering before it, 0 for none; and behind the last row. What is
 * written again by color has no departures.
 */
const COLUMN_LEFT_OUT: usize = COLUMN_DEPARTURE;
const LEFT_OUT_BYTES: i32 = (BATCH_PACKETS_MAX + 1) * 8;
if (COLUMN_DEPARTURE_REST - COLUMN_DEPARTURE < LEFT_OUT_BYTES) ERROR("no place behind the last row");

/** The clock as packets that pass have left it. */
let carriedNs: u64 = 0;
/** STAT_REGRESSIONS up to the batch before. */
let regressions: u64 = 0;
/** True when the clocks of the batch are those that its frames were placed with. */
let isSettled: bool = true;

/** The frame at row `from` is left out of metering, before row `row` of what is metered: it passes. */
export function noteLeftOut(from: u32, row: u32): void {
  store<u64>(row << 3, max(ownTime(from), leftOutBefore(row)), BATCH + COLUMN_LEFT_OUT);
}

function ownTime(row: u32): u64 {
  return isTimeless(BATCH, row) ? 0 : load<u64>(row << 3, BATCH + COLUMN_TIME);
}

/** Newest time of the frames left out before row `row`; 0: there is none. */
function leftOutBefore(row: u32): u64 {
  return load<u64>(row << 3, BATCH + COLUMN_LEFT_OUT);
}

function carryLeftOut(row: u32): void {
  carriedNs = max(carriedNs, leftOutBefore(row));
  store<u64>(row << 3, 0, BATCH + COLUMN_LEFT_OUT);
}

/**
 * Fills the clocks of the rows from `first` on whose clocks hold whatever the verdicts on them are. Answers the row behind
 * the last of these: `count`, or one that has to wait for `carryClock`.
 */
export function settleClocks(first: u32, count: u32): u32 {
  if (first == 0) isSettled = isInOrder();
  return isSettled ? count : settleRows(first, count);
}

/** True when all frames of the batch have times, none below one before it, and all are metered. */
function isInOrder(): bool {
  const before = regressions;
  regressions = getStat(STAT_REGRESSIONS);
  return before == regressions && sourceAt(0).timelessFrames == 0 && !isSet(CONFIG_SKIP_OTHER);
}

function settleRows(first: u32, count: u32): u32 {
  let newestNs = carriedNs;
  for (let i = first; i < count; i++) {
    const timeNs = max(ownTime(i), leftOutBefore(i));
    // The newest time counts if its packet passes, which is not known yet.
    if (timeNs < newestNs && newestNs > carriedNs) return i;
    carryLeftOut(i);
    newestNs = max(newestNs, timeNs);
    if (newestNs < load<u64>(i << 3, BATCH + COLUMN_CLOCK)) addAnswer(REWRITE_EARLIER, 1);
    store<u64>(i << 3, newestNs, BATCH + COLUMN_CLOCK);
    if (isTimeless(BATCH, i)) store<u64>(i << 3, newestNs, BATCH + COLUMN_TIME);
  }
  return count;
}

/**
 * The newest packet of rows [first, end) that passes carries the clock (the last one: their clocks do not go back), and so
 * do frames left out before row `end`.
 */
export function carryClock(first: u32, end: u32): void {
  let i = end;
  while (i > first && load<u8>(i - 1, BATCH + COLUMN_COLOR) == COLOR_RED) i--;
  if (i > first) carriedNs = max(carriedNs, load<u64>((i - 1) << 3, BATCH + COLUMN_CLOCK));
  carryLeftOut(end);
}
