/** Arrow files (IPC, https://arrow.apache.org/docs/format/Columnar.html) through apache-arrow, which is not a dependency. */
import type { Output } from "../trace/output.ts";
import { type Chunk, type Column, type ColumnFile, type RowGroup, widthOf } from "./column.ts";
import { bitmapOf } from "./words.ts";

const DECIMAL_DIGITS = 38;
const DECIMAL_SCALE = 9;

type Arrow = typeof import("apache-arrow");
type DataType = import("apache-arrow").DataType;
type ArrowData = import("apache-arrow").Data;

/** A file of these columns. */
export async function arrowFile(output: Output, columns: readonly Column[]): Promise<ColumnFile> {
  return new ArrowFile(await import("apache-arrow"), output, columns);
}

class ArrowFile implements ColumnFile {
  readonly wantsLengths = false;
  readonly #arrow: Arrow;
  readonly #output: Output;
  readonly #types: readonly DataType[];
  readonly #schema: import("apache-arrow").Schema;
  readonly #writer: import("apache-arrow").RecordBatchFileWriter;
  readonly #dictionaries: readonly (import("apache-arrow").Vector | undefined)[];
  /** What the writer has given and the output has not taken yet. */
  #pieces: Uint8Array[] = [];

  constructor(arrow: Arrow, output: Output, columns: readonly Column[]) {
    this.#arrow = arrow;
    this.#output = output;
    this.#types = columns.map((column) => typeOf(arrow, column));
    this.#dictionaries = columns.map(({ kind, words }) =>
      kind === "word" ? arrow.vectorFromArray([...words], new arrow.Utf8()) : undefined,
    );
    const fields = columns.map(({ name, isOptional }, index) => new arrow.Field(name, this.#types[index]!, isOptional));
    this.#schema = new arrow.Schema(fields);
    const pieces = (piece: Uint8Array) => this.#pieces.push(piece);
    class Sink extends arrow.AsyncByteQueue {
      override write(value: Uint8Array): void {
        pieces(value);
      }
    }
    this.#writer = new arrow.RecordBatchFileWriter();
    this.#writer.reset(new Sink(), this.#schema);
  }

  write({ rows, chunks }: RowGroup): Promise<void> {
    const { makeData, RecordBatch, Struct } = this.#arrow;
    const children = chunks.map((chunk, index) => this.#dataOf(chunk, index, rows));
    const type = new Struct(this.#schema.fields);
    this.#writer.write(new RecordBatch(this.#schema, makeData({ type, length: rows, nullCount: 0, children })));
    return this.#flush();
  }

  async finish(): Promise<void> {
    this.#writer.finish();
    await this.#flush();
  }

  async #flush(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = [];
    for (const piece of pieces) await this.#output.write(piece);
  }

  #dataOf({ column, values, lengths, present }: Chunk, index: number, rows: number): ArrowData {
    const { isOptional } = column;
    const nulls = isOptional ? present.reduce((sum, mark) => sum + 1 - mark, 0) : 0;
    const { BufferType, Data } = this.#arrow;
    const buffers = {
      ...(column.kind === "text" ? { [BufferType.OFFSET]: offsetsOf(lengths) } : {}),
      [BufferType.DATA]: elementsOf(column, values),
      ...(isOptional ? { [BufferType.VALIDITY]: bitmapOf(present) } : {}),
    };
    return new Data(this.#types[index]!, 0, rows, nulls, buffers, [], this.#dictionaries[index]);
  }
}

function typeOf({ Decimal, Dictionary, Uint8, Uint32, Uint64, Utf8 }: Arrow, column: Column): DataType {
  if (column.kind === "u32") return new Uint32();
  if (column.kind === "u64") return new Uint64();
  if (column.kind === "decimal") return new Decimal(DECIMAL_SCALE, DECIMAL_DIGITS);
  if (column.kind === "text") return new Utf8();
  return new Dictionary(new Utf8(), widthOf(column) === 1 ? new Uint8() : new Uint32());
}

/** The values as the typed array that a type of Arrow lies in. */
function elementsOf(
  column: Column,
  { buffer, byteOffset, byteLength }: Uint8Array,
): BigUint64Array | Uint8Array | Uint32Array {
  if (column.kind === "u64") return new BigUint64Array(buffer, byteOffset, byteLength / 8);
  if (column.kind === "text" || widthOf(column) === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** Where each text begins, and where the last ends. */
function offsetsOf(lengths: Uint32Array): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (let row = 0; row < lengths.length; row += 1) offsets[row + 1] = offsets[row]! + lengths[row]!;
  return offsets;
}
