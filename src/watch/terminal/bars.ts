/** Bars of block characters. Pure. */
import type { LiveColors } from "../counts.ts";
import { COLOR_NAMES, sumOf } from "../counts.ts";
import { type Line, piece } from "./cells.ts";

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;
/** From here on a level is shown as near its limit. */
const NEAR = 0.9;

/** A level bar whose right end is the limit, and the level in percent behind it: levels may pass the limit. */
export function levelBar(part: number, cells: number): Line {
  const eighths = Math.min(cells * 8, Math.ceil(part * cells * 8));
  const full = "█".repeat(eighths >>> 3) + EIGHTHS[eighths & 7]!;
  const rest = "·".repeat(cells - Math.ceil(eighths / 8));
  const percent = `${Math.floor(part * 100)} %`.padStart(6);
  return [piece(full, part >= NEAR ? "red" : "level"), piece(rest, "dim"), piece("|"), piece(percent)];
}

/** Cells that a level bar takes besides the bar itself. */
export const LEVEL_BAR_EXTRA = 7;

const SHADES = { green: "█", yellow: "▒", red: "░" } as const;

/** One bar parted by color, by bytes. A color that occurs has a cell at least: shades tell what colors may not. */
export function colorBar(colors: LiveColors, cells: number): Line {
  const { bytes } = sumOf(colors);
  if (bytes === 0) return [piece("·".repeat(cells), "dim")];
  const present = COLOR_NAMES.filter((color) => colors[color].bytes > 0);
  let left = cells;
  const widths = new Map(
    present.toReversed().map((color, index) => {
      const isLast = index === present.length - 1;
      const width = isLast ? left : Math.max(1, Math.round((colors[color].bytes / bytes) * cells));
      left -= width;
      return [color, Math.max(0, width)] as const;
    }),
  );
  return present.map((color) => piece(SHADES[color].repeat(widths.get(color)!), color));
}
