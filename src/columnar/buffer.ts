/** The rows of one column that wait for their group to be full. */
import { type Chunk, type Column, GROUP_ROWS_MAX, widthOf } from "./column.ts";

/** A text takes some 45 bytes; what is longer makes the buffer grow. */
const TEXT_BYTES_FIRST = GROUP_ROWS_MAX * 48;

export class ColumnBuffer {
  readonly column: Column;
  readonly #width: number;
  readonly #lengths: Uint32Array;
  readonly #present: Uint8Array;
  #bytes: Uint8Array;
  #used = 0;
  #rows = 0;

  constructor(column: Column) {
    this.column = column;
    this.#width = widthOf(column);
    this.#bytes = new Uint8Array(column.kind === "text" ? TEXT_BYTES_FIRST : GROUP_ROWS_MAX * this.#width);
    this.#lengths = new Uint32Array(column.kind === "text" ? GROUP_ROWS_MAX : 0);
    this.#present = new Uint8Array(column.isOptional ? GROUP_ROWS_MAX : 0);
  }

  /** Where the values of the next `rows` rows go, in bytes; they count as added. */
  values(rows: number): Uint8Array {
    const start = this.#used;
    this.#used += rows * this.#width;
    this.#rows += rows;
    return this.#bytes.subarray(start, this.#used);
  }

  /** Where it is told of the last `rows` rows whether they have a value. */
  presence(rows: number): Uint8Array {
    return this.#present.subarray(this.#rows - rows, this.#rows);
  }

  /** Adds texts one behind the other, and their lengths. */
  addTexts(texts: Uint8Array, lengths: Uint32Array): void {
    const end = this.#used + texts.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = larger;
    }
    this.#bytes.set(texts, this.#used);
    this.#lengths.set(lengths, this.#rows);
    this.#used = end;
    this.#rows += lengths.length;
  }

  /** All that was added since the last call. */
  take(): Chunk {
    const { column } = this;
    const rows = this.#rows;
    const values = this.#bytes.subarray(0, this.#used);
    this.#used = 0;
    this.#rows = 0;
    return { column, values, lengths: this.#lengths.subarray(0, rows), present: this.#present.subarray(0, rows) };
  }
}
