/** Thrift's compact protocol, as far as Parquet's metadata needs it: https://github.com/apache/thrift, thrift-compact-protocol.md. */

const TYPE_TRUE = 1;
const TYPE_FALSE = 2;
const TYPE_BYTE = 3;
const TYPE_I16 = 4;
const TYPE_I32 = 5;
const TYPE_I64 = 6;
const TYPE_BINARY = 8;
const TYPE_LIST = 9;
const TYPE_STRUCT = 12;
/** Lists of more elements have their length behind the head. */
const SHORT_LIST_MAX = 14;
const VARINT_REST = 128;

const encoder = new TextEncoder();

/** Writes structs field by field; numbers are whole and at least 0. Fields of a struct come in the order of their ids. */
export class ThriftWriter {
  readonly #bytes: number[] = [];
  #lastField = 0;

  /** What has been written. */
  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  struct(fields: () => void): void {
    const outer = this.#lastField;
    this.#lastField = 0;
    fields();
    this.#bytes.push(0);
    this.#lastField = outer;
  }

  structField(id: number, fields: () => void): void {
    this.#head(id, TYPE_STRUCT);
    this.struct(fields);
  }

  bool(id: number, value: boolean): void {
    this.#head(id, value ? TYPE_TRUE : TYPE_FALSE);
  }

  byte(id: number, value: number): void {
    this.#head(id, TYPE_BYTE);
    this.#bytes.push(value);
  }

  i16(id: number, value: number): void {
    this.#head(id, TYPE_I16);
    this.#number(value);
  }

  i32(id: number, value: number): void {
    this.#head(id, TYPE_I32);
    this.#number(value);
  }

  i64(id: number, value: number): void {
    this.#head(id, TYPE_I64);
    this.#number(value);
  }

  text(id: number, value: string): void {
    this.#head(id, TYPE_BINARY);
    this.#text(value);
  }

  i32List(id: number, values: readonly number[]): void {
    this.#list(id, TYPE_I32, values.length);
    for (const value of values) this.#number(value);
  }

  textList(id: number, values: readonly string[]): void {
    this.#list(id, TYPE_BINARY, values.length);
    for (const value of values) this.#text(value);
  }

  structList<T>(id: number, values: readonly T[], fields: (value: T) => void): void {
    this.#list(id, TYPE_STRUCT, values.length);
    for (const value of values) this.struct(() => fields(value));
  }

  #list(id: number, type: number, length: number): void {
    this.#head(id, TYPE_LIST);
    if (length <= SHORT_LIST_MAX) {
      this.#bytes.push((length << 4) | type);
    } else {
      this.#bytes.push(0xf0 | type);
      this.#varint(length);
    }
  }

  #head(id: number, type: number): void {
    this.#bytes.push(((id - this.#lastField) << 4) | type);
    this.#lastField = id;
  }

  /** Zigzag: the sign is the lowest bit. */
  #number(value: number): void {
    this.#varint(value * 2);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= VARINT_REST; rest = Math.floor(rest / VARINT_REST)) {
      this.#bytes.push((rest % VARINT_REST) + VARINT_REST);
    }
    this.#bytes.push(rest);
  }

  #text(value: string): void {
    const bytes = encoder.encode(value);
    this.#varint(bytes.length);
    for (const byte of bytes) this.#bytes.push(byte);
  }
}
