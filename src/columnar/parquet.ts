/**
 * Parquet files: https://parquet.apache.org/docs/file-format/. One page a column and group, plain, words by dictionary;
 * nothing is compressed. Field numbers are those of parquet-format's parquet.thrift.
 */
import type { Output } from "../trace/output.ts";
import { type Chunk, type Column, type ColumnFile, type RowGroup, widthOf } from "./column.ts";
import { dataPage, dictionaryPage } from "./parquetpage.ts";
import { ThriftWriter } from "./thrift.ts";

const MAGIC = new TextEncoder().encode("PAR1");
const VERSION = 2;
const PAGE_OF_DATA = 0;
const PAGE_OF_DICTIONARY = 2;
const PLAIN = 0;
const RLE = 3;
const RLE_DICTIONARY = 8;
const REQUIRED = 0;
const OPTIONAL = 1;
const UNCOMPRESSED = 0;
const DECIMAL_DIGITS = 38;
const DECIMAL_SCALE = 9;

const INT32 = 1;
const INT64 = 2;
const BYTE_ARRAY = 6;
const FIXED_LEN_BYTE_ARRAY = 7;

/** Physical and converted type of each kind of column. */
const TYPES: Readonly<Record<Column["kind"], { readonly physical: number; readonly converted: number }>> = {
  u32: { physical: INT32, converted: 13 },
  u64: { physical: INT64, converted: 14 },
  decimal: { physical: FIXED_LEN_BYTE_ARRAY, converted: 5 },
  text: { physical: BYTE_ARRAY, converted: 0 },
  word: { physical: BYTE_ARRAY, converted: 0 },
};

interface WrittenChunk {
  readonly column: Column;
  readonly rows: number;
  readonly dictionaryAt: number | undefined;
  readonly dataAt: number;
  readonly bytes: number;
}

interface WrittenGroup {
  readonly rows: number;
  readonly chunks: readonly WrittenChunk[];
}

export class ParquetFile implements ColumnFile {
  readonly wantsLengths = true;
  readonly #output: Output;
  readonly #columns: readonly Column[];
  readonly #groups: WrittenGroup[] = [];
  #at = 0;

  constructor(output: Output, columns: readonly Column[]) {
    this.#output = output;
    this.#columns = columns;
  }

  async write({ rows, chunks }: RowGroup): Promise<void> {
    if (this.#at === 0) await this.#put([MAGIC]);
    const written: WrittenChunk[] = [];
    for (const chunk of chunks) written.push(await this.#writeChunk(chunk, rows));
    this.#groups.push({ rows, chunks: written });
  }

  async finish(): Promise<void> {
    if (this.#at === 0) await this.#put([MAGIC]);
    const footer = this.#footer();
    const tail = new Uint8Array(4 + MAGIC.length);
    new DataView(tail.buffer).setUint32(0, footer.length, true);
    tail.set(MAGIC, 4);
    await this.#put([footer, tail]);
  }

  async #writeChunk(chunk: Chunk, rows: number): Promise<WrittenChunk> {
    const { column } = chunk;
    const start = this.#at;
    const hasWords = column.kind === "word";
    if (hasWords) {
      await this.#putPage(dictionaryPage(column), PAGE_OF_DICTIONARY, 7, (head) => {
        head.i32(1, column.words.length);
        head.i32(2, PLAIN);
      });
    }
    const dataAt = this.#at;
    await this.#putPage(dataPage(chunk, rows), PAGE_OF_DATA, 5, (head) => {
      head.i32(1, rows);
      head.i32(2, hasWords ? RLE_DICTIONARY : PLAIN);
      head.i32(3, RLE);
      head.i32(4, RLE);
    });
    return { column, rows, dictionaryAt: hasWords ? start : undefined, dataAt, bytes: this.#at - start };
  }

  async #putPage(
    body: readonly Uint8Array[],
    type: number,
    field: number,
    fields: (head: ThriftWriter) => void,
  ): Promise<void> {
    const bytes = body.reduce((sum, { length }) => sum + length, 0);
    const head = new ThriftWriter();
    head.struct(() => {
      head.i32(1, type);
      head.i32(2, bytes);
      head.i32(3, bytes);
      head.structField(field, () => fields(head));
    });
    await this.#put([head.bytes(), ...body]);
  }

  async #put(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      await this.#output.write(piece);
      this.#at += piece.length;
    }
  }

  #footer(): Uint8Array {
    const thrift = new ThriftWriter();
    thrift.struct(() => {
      thrift.i32(1, VERSION);
      thrift.structList(2, [null, ...this.#columns], (column) => {
        if (column === null) writeRoot(thrift, this.#columns.length);
        else writeSchema(thrift, column);
      });
      thrift.i64(
        3,
        this.#groups.reduce((sum, { rows }) => sum + rows, 0),
      );
      thrift.structList(4, this.#groups, (group) => writeGroup(thrift, group));
      thrift.text(6, "weir");
    });
    return thrift.bytes();
  }
}

function writeRoot(thrift: ThriftWriter, columns: number): void {
  thrift.text(4, "rows");
  thrift.i32(5, columns);
}

function writeSchema(thrift: ThriftWriter, column: Column): void {
  const { physical, converted } = TYPES[column.kind];
  thrift.i32(1, physical);
  if (physical === FIXED_LEN_BYTE_ARRAY) thrift.i32(2, widthOf(column));
  thrift.i32(3, column.isOptional ? OPTIONAL : REQUIRED);
  thrift.text(4, column.name);
  thrift.i32(6, converted);
  if (column.kind === "decimal") {
    thrift.i32(7, DECIMAL_SCALE);
    thrift.i32(8, DECIMAL_DIGITS);
  }
  thrift.structField(10, () => writeLogicalType(thrift, column.kind));
}

function writeLogicalType(thrift: ThriftWriter, kind: Column["kind"]): void {
  if (kind === "text" || kind === "word") {
    thrift.structField(1, () => undefined);
  } else if (kind === "decimal") {
    thrift.structField(5, () => {
      thrift.i32(1, DECIMAL_SCALE);
      thrift.i32(2, DECIMAL_DIGITS);
    });
  } else {
    thrift.structField(10, () => {
      thrift.byte(1, kind === "u32" ? 32 : 64);
      thrift.bool(2, false);
    });
  }
}

function writeGroup(thrift: ThriftWriter, { rows, chunks }: WrittenGroup): void {
  thrift.structList(1, chunks, (chunk) => {
    const { column, dictionaryAt, dataAt, bytes } = chunk;
    thrift.i64(2, dictionaryAt ?? dataAt);
    thrift.structField(3, () => {
      thrift.i32(1, TYPES[column.kind].physical);
      thrift.i32List(2, dictionaryAt === undefined ? [PLAIN, RLE] : [PLAIN, RLE, RLE_DICTIONARY]);
      thrift.textList(3, [column.name]);
      thrift.i32(4, UNCOMPRESSED);
      thrift.i64(5, chunk.rows);
      thrift.i64(6, bytes);
      thrift.i64(7, bytes);
      thrift.i64(9, dataAt);
      if (dictionaryAt !== undefined) thrift.i64(11, dictionaryAt);
    });
  });
  thrift.i64(
    2,
    chunks.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  thrift.i64(3, rows);
}
