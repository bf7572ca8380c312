/** A braille chart: one column of cells a second or, where that does not fit, two seconds. Pure. */
import { piece, type Line, type Style } from "./cells.ts";

const BRAILLE = 0x2800;
/** Dots of a cell's two columns, from the bottom. */
const DOTS = [
  [0x40, 0x04, 0x02, 0x01],
  [0x80, 0x20, 0x10, 0x08],
] as const;
const DOTS_A_CELL = 4;

/** Dots of a column: whatever is above 0 has one at least, and only the peak reaches the top. */
export function dotsOf(value: number, peak: number, rows: number): number {
  if (value <= 0 || peak <= 0) return 0;
  return Math.max(1, Math.floor((value / peak) * rows * DOTS_A_CELL));
}

/** Rows of braille, top first: columns filled up from the bottom, two a cell. */
export function brailleRows(values: readonly number[], peak: number, rows: number): string[] {
  const heights = values.map((value) => dotsOf(value, peak, rows));
  return Array.from({ length: rows }, (_, row) => {
    const below = (rows - 1 - row) * DOTS_A_CELL;
    let text = "";
    for (let at = 0; at < heights.length; at += 2) {
      let dots = 0;
      for (const side of [0, 1] as const) {
        const filled = Math.min(DOTS_A_CELL, (heights[at + side] ?? 0) - below);
        for (let dot = 0; dot < filled; dot += 1) dots |= DOTS[side][dot]!;
      }
      text += String.fromCodePoint(BRAILLE + dots);
    }
    return text;
  });
}

export interface Series {
  readonly name: string;
  readonly style: Style;
  /** One a second, oldest first. */
  readonly values: readonly number[];
  /** The peak, with its unit. */
  readonly peakText: string;
}

/** Cells left of the chart: the color and its peak. */
export const GUTTER_CELLS = 22;

/** The chart of one color in its own scale, which its peak names. */
export function chartLines({ name, style, values, peakText }: Series, rows: number, cells: number): Line[] {
  // Where there is room every second is as wide as a cell.
  const isWide = cells - GUTTER_CELLS - 2 >= values.length;
  const shown = isWide ? values.flatMap((value) => [value, value]) : values;
  const gutters = [name, `peak ${peakText}`];
  return brailleRows(shown, Math.max(...values), rows).map((row, index) => [
    piece((gutters[index] ?? "").padEnd(GUTTER_CELLS), index === 0 ? style : "dim"),
    piece("▕", "dim"),
    piece(row, style),
    piece("▏", "dim"),
  ]);
}

/** What stands below the charts. */
export function timeLine(seconds: number, cells: number): Line {
  const width = cells - GUTTER_CELLS - 2 >= seconds ? seconds : Math.ceil(seconds / 2);
  const left = `${seconds} s ago`;
  return [piece(" ".repeat(GUTTER_CELLS + 1) + left + "now".padStart(width - left.length), "dim")];
}
