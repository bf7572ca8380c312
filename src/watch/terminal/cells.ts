/** Lines of a terminal's screen: styled pieces of text, cut and filled to a width in cells. Pure. */

const STYLES = {
  plain: "",
  bold: "1",
  dim: "2",
  reverse: "7",
  green: "32",
  yellow: "33",
  red: "31",
  level: "36",
} as const;
export type Style = keyof typeof STYLES;

export interface Piece {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Piece[];

/** A piece of a line. */
export function piece(text: string, style: Style = "plain"): Piece {
  return { text, style };
}

const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}])$/u;
const WITHOUT_CELL = /^(?:\p{Mn}|\p{Me}|\p{Cf})$/u;
const ASCII = /^[\x20-\x7e]*$/u;
/** Names come from files: terminals act on control characters, and formats reorder what is read. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function cellsOf(character: string): number {
  if (WITHOUT_CELL.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Cells that a text takes on the screen. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  return Array.from(text, cellsOf).reduce((sum, cells) => sum + cells, 0);
}

/** The text without what a terminal would act on. */
export function safe(text: string): string {
  return ASCII.test(text) ? text : text.replace(UNSAFE, "·");
}

/** The text in at most so many cells, with "…" where it was cut. */
export function cut(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text;
  let shown = "";
  let room = cells - 1;
  for (const character of text) {
    room -= cellsOf(character);
    if (room < 0) break;
    shown += character;
  }
  return cells > 0 ? `${shown}…` : "";
}

/** The text filled with spaces, or cut, to exactly so many cells. */
export function fitted(text: string, cells: number, isText: boolean): string {
  const shown = cut(text, cells);
  const space = " ".repeat(Math.max(0, cells - widthOf(shown)));
  return isText ? shown + space : space + shown;
}

/** The line in at most so many cells, as bytes for the terminal. */
export function rendered(line: Line, cells: number, isColored: boolean): string {
  let room = cells;
  let out = "";
  for (const { text, style } of line) {
    const shown = cut(safe(text), room);
    room -= widthOf(shown);
    const code = isColored || style === "reverse" ? STYLES[style] : "";
    out += code === "" || shown === "" ? shown : `\u001B[${code}m${shown}\u001B[0m`;
    if (room <= 0) break;
  }
  return out;
}
