/** Which names stand for binary files of columns, and opens them. */
import type { Output } from "../trace/output.ts";
import { checkArrow, arrowFile } from "./arrow.ts";
import type { Column, ColumnFile } from "./column.ts";
import { ParquetFile } from "./parquet.ts";

/** True when a file of this name is one of columns. */
export function isColumnFile(name: string): boolean {
  return /\.(?:parquet|arrow)$/u.test(name);
}

/** Checks before a run that the file's format can be written. Throws ConfigError. */
export function checkColumnFile(option: string, name: string): void {
  if (name.endsWith(".arrow")) checkArrow(option, name);
}

/** Begins the file in the format that its name asks for. */
export async function openColumnFile(output: Output, columns: readonly Column[]): Promise<ColumnFile> {
  return output.name.endsWith(".arrow") ? arrowFile(output, columns) : new ParquetFile(output, columns);
}
