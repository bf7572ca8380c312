/** Opens binary files of columns. */
import type { Output } from "../trace/output.ts";
import { arrowFile } from "./arrow.ts";
import type { Column, ColumnFile } from "./column.ts";
import { ParquetFile } from "./parquet.ts";

/** Begins the file in the format that its name asks for. */
export async function openColumnFile(output: Output, columns: readonly Column[]): Promise<ColumnFile> {
  return output.name.endsWith(".arrow") ? arrowFile(output, columns) : new ParquetFile(output, columns);
}
