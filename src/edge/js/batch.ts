/** Rows of a batch in JavaScript: twin of assembly/edge/batch.ts. */
import {
  ANSWER_COLOR_MASK,
  CALL_COLOR_SHIFT,
  COLUMN_COLOR,
  COLUMN_COLOR_IN,
  COLUMN_COST,
  COLUMN_FLAGS,
  COLUMN_KEY,
  COLUMN_NS,
  COLUMN_POLICIES,
  COLUMN_POLICY,
  COLUMN_REMAINING,
  COLUMN_RESET,
  COLUMN_RETRY,
  COLUMN_TIME,
  COLUMN_WIDE_KEYS,
  COLUMNS,
  RESULT,
  RESULT_REMAINING,
  RESULT_RESET,
  RESULT_RETRY,
  RESULT_TALLY,
  RUN_OUTCOMES,
  RUN_PEEK,
  STATE,
  STATE_TIME_END,
} from "../../../assembly/edge/abi.ts";
import { putNs } from "../time.ts";

type Call = (keyLo: number, keyHi: number, nsLo: number, nsHi: number, units: number, call: number) => number;

export class Rows {
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #meter: Call;
  readonly #peek: Call;
  readonly #ns = new Uint32Array(2);

  constructor(buffer: ArrayBuffer, { meter, peek }: { readonly meter: Call; readonly peek: Call }) {
    this.#words = new Uint32Array(buffer);
    this.#doubles = new Float64Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#meter = meter;
    this.#peek = peek;
  }

  #column(index: number): number {
    return this.#words[COLUMNS / 4 + index]!;
  }

  /** The first row whose time or policy cannot be; `count` if there is none. */
  wrongRow(count: number): number {
    const isNs = this.#column(COLUMN_NS) !== 0;
    const times = this.#column(COLUMN_TIME) / 8;
    const policies = this.#column(COLUMN_POLICY);
    const policyEnd = this.#column(COLUMN_POLICIES);
    const timeEnd = this.#doubles[STATE / 8 + STATE_TIME_END]!;
    for (let row = 0; row < count; row += 1) {
      const time = this.#doubles[times + row]!;
      if (!(isNs || (time >= 0 && time < timeEnd)) || this.#bytes[policies + row]! >= policyEnd) return row;
    }
    return count;
  }

  /** Meters the first rows, all of them right. */
  run(count: number, mode: number, unitNs: number): void {
    const words = this.#words;
    const bytes = this.#bytes;
    const isWide = this.#column(COLUMN_WIDE_KEYS) !== 0;
    const isNs = this.#column(COLUMN_NS) !== 0;
    const keys = this.#column(COLUMN_KEY) / 4;
    const times = this.#column(COLUMN_TIME);
    const [policies, colorsIn] = [this.#column(COLUMN_POLICY), this.#column(COLUMN_COLOR_IN)];
    const [colors, flags] = [this.#column(COLUMN_COLOR), this.#column(COLUMN_FLAGS)];
    const costs = this.#column(COLUMN_COST) / 4;
    const call = (mode & RUN_PEEK) === 0 ? this.#meter : this.#peek;
    const sums = [0, 0, 0];
    for (let row = 0; row < count; row += 1) {
      const keyLo = words[isWide ? keys + 2 * row : keys + row]!;
      const keyHi = isWide ? words[keys + 2 * row + 1]! : 0;
      if (isNs) this.#ns.set(words.subarray(times / 4 + 2 * row, times / 4 + 2 * row + 2));
      else putNs(this.#ns, 0, this.#doubles[times / 8 + row]!, unitNs);
      const colorIn = Math.min(bytes[colorsIn + row]!, 2);
      const what = bytes[policies + row]! | (colorIn << CALL_COLOR_SHIFT);
      const answer = call(keyLo, keyHi, this.#ns[0]!, this.#ns[1]!, words[costs + row]!, what);
      const color = answer & ANSWER_COLOR_MASK;
      bytes[colors + row] = color;
      bytes[flags + row] = answer & ~ANSWER_COLOR_MASK;
      sums[color] = sums[color]! + 1;
      if ((mode & RUN_OUTCOMES) !== 0) this.#putOutcome(row);
    }
    for (const [color, sum] of sums.entries()) words[RESULT / 4 + 2 * (RESULT_TALLY + color)] = sum;
  }

  #putOutcome(row: number): void {
    const doubles = this.#doubles;
    doubles[this.#column(COLUMN_REMAINING) / 8 + row] = doubles[RESULT / 8 + RESULT_REMAINING]!;
    doubles[this.#column(COLUMN_RETRY) / 8 + row] = doubles[RESULT / 8 + RESULT_RETRY]!;
    doubles[this.#column(COLUMN_RESET) / 8 + row] = doubles[RESULT / 8 + RESULT_RESET]!;
  }
}
