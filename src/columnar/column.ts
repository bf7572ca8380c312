/** Columns of binary files of rows: what they hold, and a group of rows of them. */

/**
 * "u32", "u64" unsigned; "decimal" 128 bits, nine digits behind the point; "text" UTF-8; "word" one of a few texts, given
 * by its index in `words`.
 */
export type ColumnKind = "u32" | "u64" | "decimal" | "text" | "word";

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** True when rows may have no value. */
  readonly isOptional: boolean;
  /** All texts of a column of words. */
  readonly words: readonly string[];
}

/** What one column has for the rows of a group. Buffers are reused: they hold until rows are added to the next group. */
export interface Chunk {
  readonly column: Column;
  /** Little-endian values; of "text" the texts one behind the other, behind their lengths if the format asks for those. */
  readonly values: Uint8Array;
  /** Of "text": bytes of each. */
  readonly lengths: Uint32Array;
  /** Of an optional column: 1 for a row that has a value, 0 for one without, whose place in `values` means nothing. */
  readonly present: Uint8Array;
}

/** Consecutive rows. */
export interface RowGroup {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}

/** A file of columns that is being written. */
export interface ColumnFile {
  /** Whether texts want their lengths, 32 bits each, in front of them. */
  readonly wantsLengths: boolean;
  /** Throws OutputError, PipeClosed. */
  write(group: RowGroup): void | Promise<void>;
  /** Writes what stands at the end; the output stays open. */
  finish(): void | Promise<void>;
}

/** Most rows of a group: what is held back in memory, some 8 MB, and what a reader takes at once. */
export const GROUP_ROWS_MAX = 65_536;

export function column(name: string, kind: ColumnKind, isOptional = false): Column {
  return { name, kind, isOptional, words: [] };
}

export function wordColumn(name: string, words: readonly string[]): Column {
  return { name, kind: "word", isOptional: false, words };
}

/** Bytes of a value of fixed width. An index takes one byte when that suffices. */
export function widthOf({ kind, words }: Column): number {
  if (kind === "word") return words.length <= 256 ? 1 : 4;
  return { u32: 4, u64: 8, decimal: 16, text: 0 }[kind];
}
