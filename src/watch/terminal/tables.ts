/** The tables of a watch as lines of a screen. Pure. */
import { grouped } from "../../report/number.ts";
import { shortLevelText } from "../../see/axis.ts";
import { COLOR_NAMES } from "../counts.ts";
import type { FlowNow, Snapshot } from "../snapshot.ts";
import type { ShownCell, ShownTable } from "../tables.ts";
import { colorBar, levelBar } from "./bars.ts";
import { type Line, piece } from "./cells.ts";
import { type Cell, tableLines } from "./table.ts";

/** A screen of so many cells has room for longer bars. */
const WIDE_CELLS = 110;

function barCells(cells: number): number {
  return cells >= WIDE_CELLS ? 16 : 8;
}

function cellOf(cell: ShownCell, cells: number): Cell {
  if (typeof cell === "string") return cell;
  if ("parts" in cell) return colorBar(cell.parts, 2 * barCells(cells));
  return levelBar(cell.level.level / cell.level.depth, barCells(cells));
}

/** The table in a screen of so many cells; the row of the flow with record `selected` is marked. */
export function shownLines({ columns, rows }: ShownTable, cells: number, selected?: number): Line[] {
  const shown = rows.map((row) => ({
    style: row.index !== undefined && row.index === selected ? ("reverse" as const) : (row.color ?? ("plain" as const)),
    cells: row.cells.map((cell) => cellOf(cell, cells)),
  }));
  return tableLines(columns, shown, cells);
}

/** The same in at most so many lines; the last one says how many more rows there are. */
export function cutLines(table: ShownTable, noun: string, lines: number, cells: number): Line[] {
  if (table.rows.length + 1 <= lines) return shownLines(table, cells);
  const rows = table.rows.slice(0, Math.max(0, lines - 2));
  const hidden = table.rows.length - rows.length;
  return [...shownLines({ ...table, rows }, cells), [piece(`... and ${grouped(hidden)} more ${noun}`, "dim")]];
}

/** All figures of one flow. */
export function detailLines(flow: FlowNow, { buckets, cost }: Snapshot): Line[] {
  const colors = COLOR_NAMES.flatMap((color) => {
    const { packets, bytes } = flow.colors[color];
    return packets === 0 ? [] : [piece(`  ${color} ${grouped(packets)} packets, ${grouped(bytes)} bytes`, color)];
  });
  const levels = flow.levels.map(({ level, depth }, index) =>
    piece(`  ${buckets[index]!} ${shortLevelText(cost, level)} of ${shortLevelText(cost, depth)}`, "level"),
  );
  return [[piece(flow.flow, "bold")], [...colors, ...levels]];
}
