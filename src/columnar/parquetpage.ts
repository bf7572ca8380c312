/** Bodies of Parquet pages: https://parquet.apache.org/docs/file-format/data-pages/encodings/. */
import { type Chunk, type Column, widthOf } from "./column.ts";
import { bitmapOf, wordsOf } from "./words.ts";

const encoder = new TextEncoder();
/** Bytes of the length in front of levels, and the most that the head of a run takes. */
const LENGTH_BYTES = 4;
const RUN_HEAD_BYTES_MAX = 5;

/** The values of an optional column's rows that have one, and how many there are; else all of them. */
function present({ column, values, present: marks }: Chunk, rows: number): Uint8Array {
  if (!column.isOptional) return values;
  const words = widthOf(column) / 4;
  const from = wordsOf(values);
  const to = new Uint32Array(rows * words);
  let at = 0;
  for (let row = 0; row < rows; row += 1) {
    if (marks[row] === 0) continue;
    for (let word = 0; word < words; word += 1) to[at++] = from[row * words + word]!;
  }
  return new Uint8Array(to.buffer, 0, at * 4);
}

/** A bit-packed run of values of `bits` bits that are packed already; it holds whole groups of eight. */
function packedRun(packed: Uint8Array, rows: number, bits: number): Uint8Array {
  const groups = Math.ceil(rows / 8);
  const run = new Uint8Array(RUN_HEAD_BYTES_MAX + groups * bits);
  let head = 0;
  let rest = groups * 2 + 1;
  for (; rest >= 128; rest >>>= 7) run[head++] = (rest & 127) | 128;
  run[head++] = rest;
  run.set(packed, head);
  return run.subarray(0, head + groups * bits);
}

/** Definition levels: which rows have a value. */
function levels({ column, present: marks }: Chunk, rows: number): Uint8Array[] {
  if (!column.isOptional) return [];
  const run = packedRun(bitmapOf(marks), rows, 1);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, run.length, true);
  return [length, run];
}

/** Decimals have their highest byte first. */
function turned(values: Uint8Array, width: number): Uint8Array {
  const turnedValues = new Uint8Array(values.length);
  for (let at = 0; at < values.length; at += width) {
    for (let byte = 0; byte < width; byte += 1) turnedValues[at + byte] = values[at + width - 1 - byte]!;
  }
  return turnedValues;
}

/** Pieces of the body of a data page. */
export function dataPage(chunk: Chunk, rows: number): Uint8Array[] {
  const { column, values } = chunk;
  if (column.kind === "word") {
    const bits = widthOf(column) * 8;
    return [Uint8Array.of(bits), packedRun(values, rows, bits)];
  }
  const plain = present(chunk, rows);
  return [...levels(chunk, rows), column.kind === "decimal" ? turned(plain, widthOf(column)) : plain];
}

/** The body of the page that a column's words stand in. */
export function dictionaryPage({ words }: Column): Uint8Array[] {
  return words.map((word) => {
    const text = encoder.encode(word);
    const page = new Uint8Array(LENGTH_BYTES + text.length);
    new DataView(page.buffer).setUint32(0, text.length, true);
    page.set(text, LENGTH_BYTES);
    return page;
  });
}
