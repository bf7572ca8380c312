/** Many calls at once, in the order of their rows: the same answers as one by one. */
import { COLOR_RED } from "../abi";
import {
  COLUMN_COLOR,
  COLUMN_COLOR_IN,
  COLUMN_COST,
  COLUMN_FAST,
  COLUMN_NS,
  COLUMN_POLICIES,
  COLUMN_POLICY,
  COLUMN_REMAINING,
  COLUMN_RESET,
  COLUMN_RETRY,
  COLUMN_TIME,
  RESULT,
  RESULT_REMAINING,
  RESULT_RESET,
  RESULT_RETRY,
  RESULT_TALLY,
  RUN_OUTCOMES,
  RUN_PEEK,
  STATE,
  STATE_TIME_END,
} from "./abi";
import { meterCall, peekCall } from "./call";
import { advance, lookAhead, nanosecondsOf } from "./clock";
import { column, keyAt, putAnswer } from "./columns";
import { runCompact } from "./compactbatch";
import { kindAt } from "./profile";
import { homeBlock } from "./table";
import { wordOf } from "./word";

/** Rows whose lines are fetched together before the first of them is metered: their cache misses overlap. */
const BLOCK_ROWS: u32 = 64;
const homes = memory.data(64 * 4, 4);
/** Keeps the loads that fetch lines from being dropped. */
let fetched: u64 = 0;

/** The first of `count` rows whose time or policy cannot be; `count` if there is none. */
export function wrongRow(count: u32): u32 {
  const times = column(COLUMN_TIME);
  const policies = column(COLUMN_POLICY);
  const policyEnd = <u32>column(COLUMN_POLICIES);
  const isAnyTime = column(COLUMN_NS) != 0;
  const end = load<f64>(STATE + (STATE_TIME_END << 3));
  for (let i = rightRows(count, isAnyTime); i < count; i++) {
    const time = load<f64>(times + (i << 3));
    const isTime = (<u32>isAnyTime) | ((<u32>(time >= 0)) & (<u32>(time < end)));
    if (!(isTime & (<u32>(<u32>load<u8>(policies + i) < policyEnd)))) return i;
  }
  return count;
}

/** Rows from the first on, eight at a time, that are right. */
function rightRows(count: u32, isAnyTime: bool): u32 {
  const times = column(COLUMN_TIME);
  const policies = column(COLUMN_POLICY);
  const policyEnd = i8x16.splat(<i8>column(COLUMN_POLICIES));
  const zero = f64x2.splat(0);
  const end = f64x2.splat(isAnyTime ? Infinity : load<f64>(STATE + (STATE_TIME_END << 3)));
  let i: u32 = 0;
  for (; i + 8 <= count; i += 8) {
    const at = times + (i << 3);
    let isRight = i8x16.lt_u(v128.load64_splat(policies + i), policyEnd);
    for (let pair: u32 = 0; pair < 64 && !isAnyTime; pair += 16) {
      const time = v128.load(at + pair);
      isRight = v128.and(isRight, v128.and(f64x2.ge(time, zero), f64x2.lt(time, end)));
    }
    if (!i8x16.all_true(isRight)) break;
  }
  return i;
}

/** Meters the first `count` rows, all of them right. `mode` is RUN_*. */
export function runRows(count: u32, mode: u32): void {
  if (mode == 0 && column(COLUMN_FAST) != 0) runCompact(count);
  else runAny(count, mode);
  tally(count);
}

function runAny(count: u32, mode: u32): void {
  for (let first: u32 = 0; first < count; first += BLOCK_ROWS) {
    const end = min(first + BLOCK_ROWS, count);
    fetch(first, end);
    meterAny(first, end, mode);
  }
}

/** Home blocks of the rows' first slots; then nothing but loads, so that as many as can be are under way. */
function fetch(first: u32, end: u32): void {
  const policies = column(COLUMN_POLICY);
  for (let i = first; i < end; i++) {
    const word = wordOf(keyAt(i), kindAt(load<u8>(policies + i), 0));
    store<u32>(homes + ((i - first) << 2), <u32>homeBlock(word));
  }
  let seen: u64 = 0;
  for (let at: u32 = 0; at < end - first; at++) seen ^= load<u64>(load<u32>(homes + (at << 2)));
  fetched = seen;
}

function timeAt(i: u32): u64 {
  if (column(COLUMN_NS) != 0) return load<u64>(column(COLUMN_TIME) + (i << 3));
  return nanosecondsOf(load<f64>(column(COLUMN_TIME) + (i << 3)));
}

function meterAny(first: u32, end: u32, mode: u32): void {
  const isPeek = (mode & RUN_PEEK) != 0;
  for (let i = first; i < end; i++) {
    const colorIn = min<u32>(load<u8>(column(COLUMN_COLOR_IN) + i), COLOR_RED);
    const units = load<u32>(column(COLUMN_COST) + (i << 2));
    const policy = <u32>load<u8>(column(COLUMN_POLICY) + i);
    const nowNs = isPeek ? lookAhead(timeAt(i)) : advance(timeAt(i));
    const answer = isPeek
      ? peekCall(keyAt(i), nowNs, units, policy, colorIn)
      : meterCall(keyAt(i), nowNs, units, policy, colorIn);
    putAnswer(i, answer);
    if (mode & RUN_OUTCOMES) putOutcomes(i);
  }
}

function putOutcomes(i: u32): void {
  store<f64>(column(COLUMN_REMAINING) + (i << 3), load<f64>(RESULT + (RESULT_REMAINING << 3)));
  store<f64>(column(COLUMN_RETRY) + (i << 3), load<f64>(RESULT + (RESULT_RETRY << 3)));
  store<f64>(column(COLUMN_RESET) + (i << 3), load<f64>(RESULT + (RESULT_RESET << 3)));
}

/** Rows by color, eight at a time: bit 0 of a color is yellow, bit 1 is red. */
function tally(count: u32): void {
  const colors = column(COLUMN_COLOR);
  let yellow: u64 = 0;
  let red: u64 = 0;
  let i: u32 = 0;
  for (; i + 8 <= count; i += 8) {
    const eight = load<u64>(colors + i);
    yellow += popcnt<u64>(eight & 0x0101010101010101);
    red += popcnt<u64>(eight & 0x0202020202020202);
  }
  for (; i < count; i++) {
    const color = <u64>load<u8>(colors + i);
    yellow += color & 1;
    red += color >>> 1;
  }
  store<u64>(RESULT + (RESULT_TALLY << 3), <u64>count - yellow - red);
  store<u64>(RESULT + (RESULT_TALLY << 3), yellow, 8);
  store<u64>(RESULT + (RESULT_TALLY << 3), red, 16);
}
