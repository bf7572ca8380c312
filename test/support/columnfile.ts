/** Reads Parquet and Arrow files with other people's readers, as the cells that CSV would have. */
import { readFileSync } from "node:fs";
import { tableFromIPC, util } from "apache-arrow";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet/src/node.js";

export type Cells = Readonly<Record<string, string>>;

const DECIMAL_SCALE = 9;

/** Billionths as people write them: without trailing zeros. */
function decimalText(billionths: bigint): string {
  const digits = `${billionths}`.padStart(DECIMAL_SCALE + 1, "0");
  return `${digits.slice(0, -DECIMAL_SCALE)}.${digits.slice(-DECIMAL_SCALE)}`.replace(/\.?0+$/u, "");
}

/** A value that is not there is written as "". */
function cellsOf(row: Readonly<Record<string, unknown>>, textOf: (value: unknown) => string): Cells {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? "" : textOf(value)]));
}

/** Rows of a Parquet file. Its reader gives decimals as floating point. */
export async function parquetRows(path: string): Promise<Cells[]> {
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  return rows.map((row) => cellsOf(row, String));
}

/** Rows of an Arrow file. */
export function arrowRows(path: string): Cells[] {
  const rows = tableFromIPC(readFileSync(path)).toArray() as readonly { toJSON(): Record<string, unknown> }[];
  return rows.map((row) => cellsOf(row.toJSON(), arrowText));
}

/** Objects are decimals. */
function arrowText(value: unknown): string {
  if (typeof value === "bigint" || typeof value === "number" || typeof value === "string") return `${value}`;
  return decimalText(util.bigNumToBigInt(value as Parameters<typeof util.bigNumToBigInt>[0]));
}

/** Rows of CSV. */
export function csvRows(path: string): Cells[] {
  const [head, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  const names = head!.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, index) => [names[index]!, cell])));
}
