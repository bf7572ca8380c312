/** Tables that fit a width: columns that matter less go first, and one column of text takes what is left. Pure. */
import type { ShownColumn } from "../tables.ts";
import { fitted, type Line, piece, type Piece, type Style, widthOf } from "./cells.ts";

/** Text, or pieces that know their own width. */
export type Cell = string | Line;

export interface TableRow {
  readonly cells: readonly Cell[];
  readonly style?: Style;
}

const GAP = 2;
/** Other columns go before names are cut to less than this. */
const NAME_CELLS_MIN = 38;
/** What a column of names takes where there is room. */
const NAME_CELLS = 48;

function cellWidth(cell: Cell): number {
  return typeof cell === "string" ? widthOf(cell) : cell.reduce((sum, { text }) => sum + widthOf(text), 0);
}

function widthsOf(columns: readonly ShownColumn[], rows: readonly TableRow[]): number[] {
  return columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...rows.map(({ cells }) => cellWidth(cells[index]!))),
  );
}

/** Indexes of the columns that are shown, and the width of each column. */
function fit(columns: readonly ShownColumn[], rows: readonly TableRow[], cells: number) {
  const widths = widthsOf(columns, rows);
  const shown = new Set(columns.keys());
  const least = (index: number) =>
    Math.min(widths[index]!, columns[index]!.isName === true ? NAME_CELLS_MIN : Infinity);
  const total = (width: (index: number) => number) => [...shown].reduce((sum, index) => sum + width(index) + GAP, -GAP);
  const byRank = [...columns.keys()].filter((index) => columns[index]!.rank > 0);
  for (const index of byRank.toSorted((left, right) => columns[right]!.rank - columns[left]!.rank)) {
    if (total(least) <= cells) break;
    shown.delete(index);
  }
  const flexible = [...shown].find((index) => columns[index]!.isName === true);
  if (flexible !== undefined) {
    const room = cells - total((index) => (index === flexible ? 0 : widths[index]!));
    // Wider than it needs, so that columns stay where they are while rows change.
    widths[flexible] = Math.max(1, Math.min(room, Math.max(widths[flexible]!, NAME_CELLS)));
  }
  return { widths, shown: [...shown] };
}

function pieces(cell: Cell, width: number, isText: boolean, style: Style): Piece[] {
  if (typeof cell === "string") return [piece(fitted(cell, width, isText), style)];
  const space = piece(" ".repeat(Math.max(0, width - cellWidth(cell))));
  return isText ? [...cell, space] : [space, ...cell];
}

/** The head and one line a row. */
export function tableLines(columns: readonly ShownColumn[], rows: readonly TableRow[], cells: number): Line[] {
  const { widths, shown } = fit(columns, rows, cells);
  const line = (texts: readonly Cell[], style: Style): Line =>
    shown.flatMap((index, place) => {
      const gap = place === 0 ? [] : [piece(" ".repeat(GAP), style)];
      return gap.concat(pieces(texts[index]!, widths[index]!, columns[index]!.isText === true, style));
    });
  return [
    line(
      columns.map(({ title }) => title),
      "bold",
    ),
    ...rows.map((row) => line(row.cells, row.style ?? "plain")),
  ];
}
