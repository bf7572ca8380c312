/** Tables of text for people. Pure. */

export interface Column {
  readonly title: string;
  readonly isText?: boolean;
}

/** Columns padded to their widest cell, numbers to the right; `style` is applied after padding. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: (row: number, line: string) => string = (_, line) => line,
): string[] {
  const widths = columns.map(({ title }, index) => Math.max(title.length, ...rows.map((row) => row[index]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (columns[index]!.isText ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!)))
      .join("  ")
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map((row, index) => style(index, line(row)))];
}
