/** Many calls at once, in the order of their rows: the same answers as one by one. */
import { COLOR_GREEN, COLOR_RED, PROFILE_BUCKET0 } from "../abi";
import { Bucket } from "../meter/bucket";
import {
  ANSWER_BLOCKED,
  ANSWER_COLOR_MASK,
  ANSWER_FULL,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_COLOR_IN,
  COLUMN_COST,
  COLUMN_FLAGS,
  COLUMN_KEY,
  COLUMN_NS,
  COLUMN_ONE_BUCKET,
  COLUMN_POLICY,
  COLUMN_REMAINING,
  COLUMN_RESET,
  COLUMN_RETRY,
  COLUMN_TIME,
  COLUMN_WIDE_KEYS,
  COLUMN_WORD,
  COLUMNS,
  COUNTS,
  COUNTS_BYTES,
  COUNTS_CALLS,
  COUNTS_UNITS,
  RESULT,
  RESULT_REMAINING,
  RESULT_RESET,
  RESULT_RETRY,
  RUN_OUTCOMES,
  RUN_PEEK,
} from "./abi";
import { kindAt, meterCall, peekCall, slotsOf } from "./call";
import { advance, lookAhead, nanosecondsOf } from "./clock";
import { profileAt, removals } from "./room";
import { findState, homeBlock, matching, slotAt, stateOf } from "./table";
import { wordOf } from "./word";

/** Rows whose lines are fetched together before the first of them is metered: their cache misses overlap. */
const BLOCK_ROWS: u32 = 64;
/** Addresses of the states of a block of rows. */
const states = memory.data(64 * 4, 4);
/** Keeps the loads that fetch lines from being dropped. */
let fetched: u64 = 0;

/** Meters the first `count` rows. `mode` is RUN_*. */
export function runRows(count: u32, mode: u32): void {
  const isPlain = mode == 0 && column(COLUMN_ONE_BUCKET) != 0;
  for (let first: u32 = 0; first < count; first += BLOCK_ROWS) {
    const end = min(first + BLOCK_ROWS, count);
    fetch(first, end);
    if (isPlain) meterOneBucket(first, end);
    else meterAny(first, end, mode);
  }
}

function column(index: u32): usize {
  return load<u32>(COLUMNS + (index << 2));
}

function timeAt(i: u32): u64 {
  if (column(COLUMN_NS) != 0) return load<u64>(column(COLUMN_TIME) + (i << 3));
  return nanosecondsOf(load<f64>(column(COLUMN_TIME) + (i << 3)));
}

function policyAt(i: u32): u32 {
  return load<u8>(column(COLUMN_POLICY) + i);
}

function keyLoAt(i: u32): u32 {
  return load<u32>(column(COLUMN_KEY) + (i << (column(COLUMN_WIDE_KEYS) != 0 ? 3 : 2)));
}

function keyHiAt(i: u32): u32 {
  return column(COLUMN_WIDE_KEYS) != 0 ? load<u32>(column(COLUMN_KEY) + (i << 3), 4) : 0;
}

/** Words of the rows' first slots; then a load from each home line, and from the state of each that is there. */
function fetch(first: u32, end: u32): void {
  const words = column(COLUMN_WORD);
  for (let i = first; i < end; i++) {
    const word = wordOf(keyLoAt(i), keyHiAt(i), kindAt(policyAt(i), 0));
    store<u64>(words + (i << 3), word);
    fetched ^= load<u64>(homeBlock(word));
  }
  for (let i = first; i < end; i++) {
    const word = load<u64>(words + (i << 3));
    const home = homeBlock(word);
    const found = matching(home, word);
    const state = found != 0 ? stateOf(home, ctz(found)) : 0;
    store<u32>(states + ((i - first) << 2), <u32>state);
    fetched ^= load<u64>(state);
  }
}

/** Rows of one bucket each, without outcomes: the fast loop. */
function meterOneBucket(first: u32, end: u32): void {
  const removalsBefore = removals;
  for (let i = first; i < end; i++) {
    const nowNs = advance(timeAt(i));
    const policy = policyAt(i);
    const units32 = load<u32>(column(COLUMN_COST) + (i << 2));
    let state: usize = load<u32>(states + ((i - first) << 2));
    if (removals != removalsBefore) state = 0;
    if (state == 0 || slotAt(state).lastNs > nowNs) {
      putAnswer(i, meterCall(keyLoAt(i), keyHiAt(i), nowNs, units32, policy, COLOR_GREEN));
      continue;
    }
    const slot = slotAt(state);
    const bucket = profileAt(kindAt(policy, 0)) + PROFILE_BUCKET0;
    const units = Bucket.units(bucket, units32);
    const level = Bucket.lowered(slot.level, Bucket.drained(bucket, nowNs - slot.lastNs));
    const cost = Bucket.cost(bucket, units);
    const fits = Bucket.fits(bucket, level, units, cost);
    slot.lastNs = nowNs;
    slot.level = select<u64>(level + cost, level, fits);
    const color = select<u32>(COLOR_GREEN, COLOR_RED, fits);
    putAnswer(i, color);
    const counts = COUNTS + policy * COUNTS_BYTES + (color << 3);
    store<u64>(counts, load<u64>(counts, COUNTS_CALLS) + 1, COUNTS_CALLS);
    store<u64>(counts, load<u64>(counts, COUNTS_UNITS) + <u64>units32, COUNTS_UNITS);
  }
}

function meterAny(first: u32, end: u32, mode: u32): void {
  for (let i = first; i < end; i++) {
    const colorIn = min<u32>(load<u8>(column(COLUMN_COLOR_IN) + i), COLOR_RED);
    const units = load<u32>(column(COLUMN_COST) + (i << 2));
    const isPeek = (mode & RUN_PEEK) != 0;
    const nowNs = isPeek ? lookAhead(timeAt(i)) : advance(timeAt(i));
    const answer = isPeek
      ? peekCall(keyLoAt(i), keyHiAt(i), nowNs, units, policyAt(i), colorIn)
      : meterCall(keyLoAt(i), keyHiAt(i), nowNs, units, policyAt(i), colorIn);
    putAnswer(i, answer);
    if (mode & RUN_OUTCOMES) putOutcomes(i);
  }
}

function putAnswer(i: u32, answer: u32): void {
  store<u8>(column(COLUMN_COLOR) + i, answer & ANSWER_COLOR_MASK);
  store<u8>(column(COLUMN_FLAGS) + i, answer & (ANSWER_FULL | ANSWER_BLOCKED));
}

function putOutcomes(i: u32): void {
  store<f64>(column(COLUMN_REMAINING) + (i << 3), load<f64>(RESULT + (RESULT_REMAINING << 3)));
  store<f64>(column(COLUMN_RETRY) + (i << 3), load<f64>(RESULT + (RESULT_RETRY << 3)));
  store<f64>(column(COLUMN_RESET) + (i << 3), load<f64>(RESULT + (RESULT_RESET << 3)));
}
