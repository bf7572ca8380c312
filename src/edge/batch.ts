/** Batches: columns in the engine's memory, and arrays of the caller's copied through them. */
import {
  COLUMN_COLOR,
  COLUMN_COLOR_IN,
  COLUMN_COST,
  COLUMN_COUNT,
  COLUMN_FLAGS,
  COLUMN_KEY,
  COLUMN_FAST,
  COLUMN_NS,
  COLUMN_POLICIES,
  COLUMN_POLICY,
  COLUMN_REMAINING,
  COLUMN_RESET,
  COLUMN_RETRY,
  COLUMN_TIME,
  COLUMN_WIDE_KEYS,
  COLUMN_WORDS,
  COLUMNS,
  RESULT,
  RESULT_TALLY,
  RUN_OUTCOMES,
  RUN_PEEK,
} from "../../assembly/edge/abi.ts";
import { unitsOf } from "./cost.ts";
import type { EdgeEngine } from "./engine.ts";
import type { Identity } from "./keys.ts";
import type { Layout } from "./layout.ts";
import type { Settings } from "./options.ts";
import { Times } from "./time.ts";
import type { Batch, Columns, ColumnsOptions, ColumnsOut, Key, RunOptions, Tally, Time } from "./types.ts";

/** Tells the engine where its columns are and how they are read. */
export function writeColumns(engine: EdgeEngine, layout: Layout, settings: Settings): void {
  const words = new Uint32Array(engine.memory.buffer, COLUMNS, COLUMN_WORDS);
  for (let column = 0; column < COLUMN_COUNT; column += 1) words[column] = layout.columns[column]!;
  words[COLUMN_WIDE_KEYS] = settings.key === "u32" ? 0 : 1;
  words[COLUMN_NS] = settings.time === "ns" ? 1 : 0;
  words[COLUMN_POLICIES] = settings.policies.length;
}

/** Tells the engine whether all policies have a fast way. */
export function setFast(engine: EdgeEngine, isFast: boolean): void {
  new Uint32Array(engine.memory.buffer, COLUMNS, COLUMN_WORDS)[COLUMN_FAST] = isFast ? 1 : 0;
}

class Rows implements Batch {
  readonly rows: number;
  readonly key: Uint32Array;
  readonly time: Float64Array;
  readonly timeWords: Uint32Array;
  readonly cost: Uint32Array;
  readonly length: Uint32Array;
  readonly policy: Uint8Array;
  readonly colorIn: Uint8Array;
  readonly color: Uint8Array;
  readonly flags: Uint8Array;
  readonly remaining: Float64Array;
  readonly retryAfter: Float64Array;
  readonly resetAfter: Float64Array;
  readonly #keys: Identity;
  readonly #isSmall: boolean;

  constructor(engine: EdgeEngine, layout: Layout, isSmall: boolean, rows: number, keys: Identity) {
    const { buffer } = engine.memory;
    const at = (column: number) => layout.columns[column]!;
    const bytes = (column: number) => new Uint8Array(buffer, at(column), rows);
    const doubles = (column: number) => new Float64Array(buffer, at(column), rows);
    this.rows = rows;
    this.key = new Uint32Array(buffer, at(COLUMN_KEY), isSmall ? rows : 2 * rows);
    this.time = doubles(COLUMN_TIME);
    this.timeWords = new Uint32Array(buffer, at(COLUMN_TIME), 2 * rows);
    this.cost = new Uint32Array(buffer, at(COLUMN_COST), rows);
    this.length = this.cost;
    this.policy = bytes(COLUMN_POLICY);
    this.colorIn = bytes(COLUMN_COLOR_IN);
    this.color = bytes(COLUMN_COLOR);
    this.flags = bytes(COLUMN_FLAGS);
    this.remaining = doubles(COLUMN_REMAINING);
    this.retryAfter = doubles(COLUMN_RETRY);
    this.resetAfter = doubles(COLUMN_RESET);
    this.#keys = keys;
    this.#isSmall = isSmall;
  }

  setKey(row: number, key: Key): void {
    this.#keys.put(this.key, this.#isSmall ? row : 2 * row, key);
  }
}

/** The batches of one meter. */
export class EdgeBatch {
  readonly #engine: EdgeEngine;
  readonly #layout: Layout;
  readonly #settings: Settings;
  readonly #keys: Identity;
  readonly #times: Times;
  readonly #all: Rows;
  /** Rows by color, as 64-bit values whose upper halves are 0. */
  readonly #sums: Uint32Array;
  readonly #tally = { green: 0, yellow: 0, red: 0 };
  /** Rows whose outcomes are of the last run; those of a run before are no answer to this one. */
  #outcomeRows = 0;

  constructor(engine: EdgeEngine, layout: Layout, settings: Settings, keys: Identity) {
    this.#engine = engine;
    this.#layout = layout;
    this.#settings = settings;
    this.#keys = keys;
    this.#times = new Times(settings.time);
    this.#all = this.#rows(settings.batchRows);
    this.#sums = new Uint32Array(engine.memory.buffer, RESULT + 8 * RESULT_TALLY, 6);
    this.#all.cost.fill(settings.costParts);
  }

  #rows(rows: number): Rows {
    return new Rows(this.#engine, this.#layout, this.#settings.key === "u32", rows, this.#keys);
  }

  of(rows: number): Batch {
    const { batchRows } = this.#settings;
    if (!(Number.isInteger(rows) && rows >= 0 && rows <= batchRows)) {
      throw new RangeError(`batch(${String(rows)}): this meter was created with batchRows ${batchRows}`);
    }
    return this.#rows(rows);
  }

  run(batch: Batch, count: number, options: RunOptions = {}): Tally {
    if (batch.cost.buffer !== this.#engine.memory.buffer) throw new TypeError("run: this batch is another meter's");
    if (!(Number.isInteger(count) && count >= 0 && count <= batch.rows)) {
      throw new RangeError(`run(${String(count)}): must be a whole number of rows from 0 to ${batch.rows}`);
    }
    const wrong = this.#engine.functions.wrongRow(count);
    if (wrong < count) throw this.#refusal(wrong);
    const isPeek = options.mode === "peek";
    const hasOutcomes = options.outcomes === true;
    this.#forget(hasOutcomes ? count : 0);
    this.#engine.functions.run(count, (hasOutcomes ? RUN_OUTCOMES : 0) | (isPeek ? RUN_PEEK : 0));
    return this.#tallied();
  }

  /** Rows from `kept` on have no outcome in the run that begins. */
  #forget(kept: number): void {
    const { remaining, retryAfter, resetAfter } = this.#all;
    for (const column of [remaining, retryAfter, resetAfter]) {
      if (kept < this.#outcomeRows) column.fill(Number.NaN, kept, this.#outcomeRows);
    }
    this.#outcomeRows = kept;
  }

  #refusal(row: number): RangeError {
    const { policy, time } = this.#all;
    const end = this.#settings.policies.length;
    if (policy[row]! < end) return new RangeError(`row ${row}: ${this.#times.refusal(time[row]).message}`);
    return new RangeError(`row ${row}: policy ${policy[row]}: must be a whole number from 0 to ${end - 1}`);
  }

  #tallied(): Tally {
    this.#tally.green = this.#sums[0]!;
    this.#tally.yellow = this.#sums[2]!;
    this.#tally.red = this.#sums[4]!;
    return this.#tally;
  }

  /** Arrays of any length, a batch at a time. Outcomes that have a place to go are asked for. */
  runColumns(columns: Columns, out: ColumnsOut, { mode = "consume" }: ColumnsOptions = {}): Tally {
    const { batchRows } = this.#settings;
    const count = columns.key.length;
    checkLengths(columns, out, count);
    if (batchRows === 0 && count > 0) throw new RangeError("decideColumns: this meter was created with batchRows 0");
    const { remaining, retryAfter, resetAfter } = out;
    const outcomes = [remaining, retryAfter, resetAfter].some((column) => column !== undefined);
    const sum = { green: 0, yellow: 0, red: 0 };
    for (let first = 0; first < count; first += batchRows) {
      const rows = Math.min(batchRows, count - first);
      for (let row = 0; row < rows; row += 1) this.#fillRow(row, columns, first + row);
      const { green, yellow, red } = this.run(this.#all, rows, { outcomes, mode });
      sum.green += green;
      sum.yellow += yellow;
      sum.red += red;
      this.#copyOut(out, first, rows);
    }
    return sum;
  }

  #fillRow(row: number, { key, time, cost, policy, colorIn }: Columns, at: number): void {
    const all = this.#all;
    all.setKey(row, key[at]!);
    this.#putTime(row, time[at]!);
    all.cost[row] = cost === undefined ? this.#settings.costParts : unitsOf(cost[at]!, this.#settings.costParts);
    all.policy[row] = policy?.[at] ?? 0;
    all.colorIn[row] = colorIn?.[at] ?? 0;
  }

  #putTime(row: number, now: Time): void {
    if (this.#settings.time !== "ns") {
      this.#all.time[row] = Number(now);
      return;
    }
    this.#times.put(this.#all.timeWords, 2 * row, now);
  }

  #copyOut(out: ColumnsOut, first: number, rows: number): void {
    const all = this.#all;
    out.color?.set(all.color.subarray(0, rows), first);
    out.flags?.set(all.flags.subarray(0, rows), first);
    out.remaining?.set(all.remaining.subarray(0, rows), first);
    out.retryAfter?.set(all.retryAfter.subarray(0, rows), first);
    out.resetAfter?.set(all.resetAfter.subarray(0, rows), first);
  }
}

function checkLengths(columns: Columns, out: ColumnsOut, count: number): void {
  for (const [name, column] of Object.entries(columns) as [string, ArrayLike<unknown> | undefined][]) {
    if (column === undefined || column.length === count) continue;
    throw new RangeError(`${name}: has ${column.length} rows, key has ${count}`);
  }
  for (const [name, column] of Object.entries(out) as [string, ArrayLike<unknown> | undefined][]) {
    if (column === undefined || column.length >= count) continue;
    throw new RangeError(`out.${name}: has ${column.length} rows, ${count} are needed`);
  }
}
