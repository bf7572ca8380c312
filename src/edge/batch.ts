/** Batches: columns in the engine's memory, and arrays of the caller's copied through them. */
import {
  COLUMN_COLOR,
  COLUMN_COLOR_IN,
  COLUMN_COST,
  COLUMN_FLAGS,
  COLUMN_KEY,
  COLUMN_POLICY,
  COLUMN_REMAINING,
  COLUMN_RESET,
  COLUMN_RETRY,
  COLUMN_TIME,
  RESULT,
  RESULT_TALLY,
  RUN_OUTCOMES,
  RUN_PEEK,
} from "../../assembly/edge/abi.ts";
import { unitsOf } from "./cost.ts";
import type { Meter } from "./meter.ts";
import type { Batch, Columns, ColumnsOptions, ColumnsOut, Key, RunOptions, Tally } from "./types.ts";
import { checkWhole, isWhole, outside } from "./whole.ts";

/** Rows by color, as 64-bit values whose upper halves are 0: 32-bit words of the memory. */
const TALLY = RESULT / 4 + 2 * RESULT_TALLY;
const OUTCOMES = ["remaining", "retryAfter", "resetAfter"] as const;
const RESULTS = ["color", "flags", ...OUTCOMES] as const;

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
  readonly #meter: Meter;
  /** 32-bit words of a key. */
  readonly #keyWords: number;

  constructor(meter: Meter, rows: number) {
    const { columns } = meter.layout;
    const { buffer } = meter.engine.memory;
    const bytes = (column: number) => new Uint8Array(buffer, columns[column], rows);
    const words = (column: number, each: number) => new Uint32Array(buffer, columns[column], each * rows);
    const doubles = (column: number) => new Float64Array(buffer, columns[column], rows);
    this.#meter = meter;
    this.#keyWords = meter.key === "u32" ? 1 : 2;
    this.rows = rows;
    this.key = words(COLUMN_KEY, this.#keyWords);
    this.time = doubles(COLUMN_TIME);
    this.timeWords = words(COLUMN_TIME, 2);
    this.cost = words(COLUMN_COST, 1);
    this.length = this.cost;
    this.policy = bytes(COLUMN_POLICY);
    this.colorIn = bytes(COLUMN_COLOR_IN);
    this.color = bytes(COLUMN_COLOR);
    this.flags = bytes(COLUMN_FLAGS);
    this.remaining = doubles(COLUMN_REMAINING);
    this.retryAfter = doubles(COLUMN_RETRY);
    this.resetAfter = doubles(COLUMN_RESET);
  }

  setKey(row: number, key: Key): void {
    this.#meter.keys.put(this.key, this.#keyWords * row, key);
  }
}

/** The batches of one meter. */
export class EdgeBatch {
  readonly #meter: Meter;
  readonly #all: Rows;
  readonly #tally = { green: 0, yellow: 0, red: 0 };
  /** Rows whose outcomes are of the last run; those of a run before are no answer to this one. */
  #outcomeRows = 0;

  constructor(meter: Meter) {
    const { batchRows, costParts } = meter.settings;
    this.#meter = meter;
    this.#all = new Rows(meter, batchRows);
    this.#all.cost.fill(costParts);
  }

  of(rows: number): Batch {
    return new Rows(this.#meter, checkWhole("batchRows", rows, 0, this.#all.rows));
  }

  run(batch: Batch, count: number, options: RunOptions = {}): Tally {
    const { functions } = this.#meter.engine;
    if (batch.cost.buffer !== this.#all.cost.buffer) throw new TypeError("run: this batch is another meter's");
    checkWhole("run: rows", count, 0, batch.rows);
    const wrong = functions.wrongRow(count);
    if (wrong < count) throw this.#refusal(wrong);
    const hasOutcomes = options.outcomes === true;
    this.#forget(hasOutcomes ? count : 0);
    functions.runRows(count, (hasOutcomes ? RUN_OUTCOMES : 0) | (options.mode === "peek" ? RUN_PEEK : 0));
    const { words } = this.#meter.views;
    this.#tally.green = words[TALLY]!;
    this.#tally.yellow = words[TALLY + 2]!;
    this.#tally.red = words[TALLY + 4]!;
    return this.#tally;
  }

  /** Rows from `kept` on have no outcome in the run that begins. */
  #forget(kept: number): void {
    for (const name of OUTCOMES) this.#all[name].fill(Number.NaN, kept, this.#outcomeRows);
    this.#outcomeRows = kept;
  }

  #refusal(row: number): RangeError {
    const { policies, times } = this.#meter;
    const last = policies.length - 1;
    const policy = this.#all.policy[row];
    const wrong = isWhole(policy, 0, last) ? times.refusal(this.#all.time[row]) : outside("policy", policy, 0, last);
    return new RangeError(`row ${row}: ${wrong.message}`);
  }

  /** Arrays of any length, a batch at a time. Outcomes that have a place to go are asked for. */
  runColumns(columns: Columns, out: ColumnsOut, { mode = "consume" }: ColumnsOptions = {}): Tally {
    const batchRows = this.#all.rows;
    const count = columns.key.length;
    checkLengths(columns, out, count);
    if (batchRows === 0 && count > 0) throw new RangeError("decideColumns: needs batchRows above 0");
    const outcomes = OUTCOMES.some((name) => out[name] !== undefined);
    const sum = { green: 0, yellow: 0, red: 0 };
    for (let first = 0; first < count; first += batchRows) {
      const rows = Math.min(batchRows, count - first);
      for (let row = 0; row < rows; row += 1) this.#fillRow(row, columns, first + row);
      const { green, yellow, red } = this.run(this.#all, rows, { outcomes, mode });
      sum.green += green;
      sum.yellow += yellow;
      sum.red += red;
      for (const name of RESULTS) out[name]?.set(this.#all[name].subarray(0, rows), first);
    }
    return sum;
  }

  #fillRow(row: number, { key, time, cost, policy, colorIn }: Columns, at: number): void {
    const all = this.#all;
    const { settings, times } = this.#meter;
    const { costParts } = settings;
    all.setKey(row, key[at]!);
    if (settings.time === "ns") times.put(all.timeWords, 2 * row, time[at]!);
    else all.time[row] = Number(time[at]);
    all.cost[row] = cost === undefined ? costParts : unitsOf(cost[at]!, costParts);
    all.policy[row] = policy?.[at] ?? 0;
    all.colorIn[row] = colorIn?.[at] ?? 0;
  }
}

/** Columns have as many rows as there are keys, and what they go to has at least so many. Throws RangeError. */
function checkLengths(columns: Columns, out: ColumnsOut, count: number): void {
  const check = (place: string, given: object, fits: (length: number) => boolean): void => {
    for (const [name, column] of Object.entries(given) as [string, ArrayLike<unknown> | undefined][]) {
      const length = column?.length ?? count;
      if (!fits(length)) throw new RangeError(`${place}${name}: has ${length} rows, ${count} are needed`);
    }
  };
  check("", columns, (length) => length === count);
  check("out.", out, (length) => length >= count);
}
