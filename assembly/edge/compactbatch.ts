/**
 * Rows of one bucket each in a compact table, all policies with a fast way, without outcomes: hashed a block at a time,
 * their lines touched together, then metered.
 */
import { COLOR_GREEN, COLOR_RED } from "../abi";
import {
  COLUMN_COLOR,
  COLUMN_COST,
  COLUMN_FLAGS,
  COLUMN_KEY,
  COLUMN_NS,
  COLUMN_POLICY,
  COLUMN_TIME,
  COLUMN_WIDE_KEYS,
  COMPACT_WORDS_BYTES,
  COUNTS,
  COUNTS_CALLS,
  COUNTS_UNITS,
  FAST,
  FAST_DRAIN,
  FAST_TEST,
  FAST_TWEAK,
  FAST_UNIT,
  FAST_UNITS_MAX,
  MULTIPLIERS,
  STATE_TOUCHABLE,
  TOUCH_BYTE,
} from "./abi";
import { meterCall } from "./call";
import { advance, lagNs, nanosecondsOf } from "./clock";
import { column, keyAt, putAnswer } from "./columns";
import { blockCount, stateWord, tableBase } from "./memory";
import { findBeyond, Places } from "./table";
import { Word } from "./word";

/** Rows whose lines are fetched together before the first of them is metered: their cache misses overlap. */
const BLOCK_ROWS: u32 = 256;
const words = memory.data(256 * 8, 8);
const lines = memory.data(256 * 4, 4);
/** Calls and units of a block in one number: units of 256 rows are below 2^40. */
const TALLY_UNITS_BITS: u64 = 40;
const TALLY_CALL: u64 = 1 << 40;
/** Keeps the loads that fetch lines from being dropped. */
let fetched: u64 = 0;

export function runCompact(count: u32): void {
  const isTouchable = stateWord(STATE_TOUCHABLE) != 0;
  for (let first: u32 = 0; first < count; first += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, count - first);
    if (column(COLUMN_WIDE_KEYS) != 0) Rows.hash(first, rows, true);
    else Rows.hash(first, rows, false);
    if (isTouchable) touch(rows);
    else fetch(rows);
    meter(first, first + rows);
  }
}

/** Words and home lines of rows. What rows share is read before: compilers expect stores to change what lies in memory. */
class Rows {
  @inline static hash(first: u32, rows: u32, isWide: bool): void {
    const keys = column(COLUMN_KEY);
    const policies = column(COLUMN_POLICY);
    const factor0 = load<u64>(MULTIPLIERS);
    const factor1 = load<u64>(MULTIPLIERS, 8);
    const count = <u64>blockCount;
    const base = <u32>tableBase;
    for (let row: u32 = 0; row < rows; row++) {
      const i = first + row;
      const key = isWide ? load<u64>(keys + (i << 3)) : <u64>load<u32>(keys + (i << 2));
      const tweaked = key ^ load<u64>((<usize>load<u8>(policies + i)) << 6, FAST + FAST_TWEAK);
      // The tweak of keys of 32 bits is above all of them, so no word is 0.
      const raw = Word.mix(tweaked, factor0, factor1);
      const word = isWide ? Word.ofRaw(raw) : raw;
      store<u64>(words + (row << 3), word);
      store<u32>(lines + (row << 2), ((<u32>(((word >>> 32) * count) >>> 32)) << 6) + base);
    }
  }
}

/** A store that misses retires at once, where a load would hold back what comes behind it. */
function touch(rows: u32): void {
  for (let row: u32 = 0; row < rows; row++) {
    store<u8>(load<u32>(lines + (row << 2)), 0, TOUCH_BYTE);
  }
}

/** Nothing but loads, so that as many as can be are under way. */
function fetch(rows: u32): void {
  let seen: u64 = 0;
  for (let row: u32 = 0; row < rows; row++) seen ^= load<u64>(load<u32>(lines + (row << 2)));
  fetched = seen;
}

/** Meters rows whose words and lines are known. */
function meter(first: u32, end: u32): void {
  const isNs = column(COLUMN_NS) != 0;
  const times = column(COLUMN_TIME);
  const costs = column(COLUMN_COST);
  const policies = column(COLUMN_POLICY);
  const colors = column(COLUMN_COLOR);
  const flags = column(COLUMN_FLAGS);
  // What rows have in common mostly: policy and time. No policy is as large, no time follows of this one.
  let policy: u32 = u32.MAX_VALUE;
  let time: u64 = ~load<u64>(times + (first << 3));
  let nowNs: u64 = 0;
  let drain: u64 = 0;
  let ticks: u64 = 0;
  let unit: u64 = 0;
  let test: u64 = 0;
  let unitsMax: u64 = 0;
  let all: u64 = 0;
  let green: u64 = 0;
  for (let i = first; i < end; i++) {
    const isAnother = (<u32>(load<u64>(times + (i << 3)) != time)) | (<u32>(<u32>load<u8>(policies + i) != policy));
    if (isAnother) {
      if (all != 0) count(policy, green, all - green);
      all = 0;
      green = 0;
      policy = load<u8>(policies + i);
      time = load<u64>(times + (i << 3));
      nowNs = advance(isNs ? time : nanosecondsOf(reinterpret<f64>(time)));
      // A time that lags has to be counted each time.
      if (lagNs != 0) time = ~time;
      const at: usize = policy << 6;
      drain = load<u64>(at, FAST + FAST_DRAIN);
      ticks = nowNs * drain;
      unit = load<u64>(at, FAST + FAST_UNIT);
      test = load<u64>(at, FAST + FAST_TEST);
      unitsMax = load<u64>(at, FAST + FAST_UNITS_MAX);
    }
    const units = <u64>load<u32>(costs + (i << 2));
    const line: usize = load<u32>(lines + ((i - first) << 2));
    const word = load<u64>(words + ((i - first) << 3));
    const found = Places.of(line, word);
    const state = found != 0 ? line + ((<usize>ctz(found)) << 3) + COMPACT_WORDS_BYTES : findBeyond(line, word);
    const finish = load<u64>(state);
    const before = finish > ticks ? finish - ticks : 0;
    // New, or blocked (its finish is beyond any test).
    if ((<u32>(state == 0)) | (<u32>(units > unitsMax)) | (<u32>(before > test))) {
      putAnswer(i, meterCall(keyAt(i), nowNs, <u32>units, policy, COLOR_GREEN));
      continue;
    }
    const cost = units * unit;
    const fits = before <= test - cost;
    store<u64>(state, select<u64>(ticks + before + cost, finish, fits));
    const color = select<u32>(COLOR_GREEN, COLOR_RED, fits);
    store<u8>(colors + i, color);
    store<u8>(flags + i, 0);
    all += TALLY_CALL | units;
    green += select<u64>(TALLY_CALL | units, 0, fits);
  }
  if (all != 0) count(policy, green, all - green);
}

/** Counts rows of a policy: calls above TALLY_UNITS_BITS, units below. */
function count(policy: u32, green: u64, red: u64): void {
  const at: usize = COUNTS + (policy << 6);
  addTo(at, green);
  addTo(at + (COLOR_RED << 3), red);
}

function addTo(counts: usize, tally: u64): void {
  store<u64>(counts, load<u64>(counts, COUNTS_CALLS) + (tally >>> TALLY_UNITS_BITS), COUNTS_CALLS);
  store<u64>(counts, load<u64>(counts, COUNTS_UNITS) + (tally & (TALLY_CALL - 1)), COUNTS_UNITS);
}
