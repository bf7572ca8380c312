/** A whole screen: which parts fit, and where. Pure: a snapshot and a size in, lines out. */
import type { Snapshot } from "../snapshot.ts";
import type { Order } from "../worst.ts";
import { type Line, piece } from "./cells.ts";
import { classesTable, colorsShown, flowsTable, nodesTable, totalsTable } from "../tables.ts";
import { cutLines, detailLines, shownLines } from "./tables.ts";
import { chartsLines, titleLines } from "./head.ts";

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The least that the parts which never go take. */
export const SIZE_MIN: ScreenSize = { columns: 60, rows: 14 };

/** What the person at the terminal has chosen. */
export interface ScreenState {
  readonly order: Order;
  /** Record index of the selected flow. */
  readonly selected: number | undefined;
  /** A live picture is not redrawn. */
  readonly isHeld: boolean;
  /** Keys are read. */
  readonly hasKeys: boolean;
  readonly url: string | undefined;
}

const CHART_ROWS = [4, 3, 2, 1] as const;
const FLOW_LINES_MIN = 3;

/** The lines of the screen, at most as many as it has rows. */
export function screenLines(snapshot: Snapshot, state: ScreenState, size: ScreenSize): Line[] {
  const { columns, rows } = size;
  if (columns < SIZE_MIN.columns || rows < SIZE_MIN.rows) return tooSmall(size);
  const top = [...titleLines(snapshot, state.isHeld, state.url), ...shownLines(totalsTable(snapshot), columns)];
  const notes = noteLines(snapshot, rows >= 40 ? 3 : 1);
  const bottom = [...notes, helpLine(snapshot, state)];
  const free = rows - top.length - bottom.length;
  const charts = chartsThatFit(snapshot, free, columns);
  const body = bodyLines(snapshot, state, free - charts.length, columns);
  const space = Array.from({ length: free - charts.length - body.length }, (): Line => []);
  return [...top, ...charts, ...body, ...space, ...bottom];
}

function tooSmall({ columns, rows }: ScreenSize): Line[] {
  const text = `${columns} x ${rows} is too small: ${SIZE_MIN.columns} x ${SIZE_MIN.rows} needed`;
  return [[piece(text)], [piece("metering goes on")]].slice(0, rows);
}

/** Charts take at most half of what is free, a third beside classes, and go where that is too little. */
function chartsThatFit(snapshot: Snapshot, free: number, columns: number): Line[] {
  const colors = colorsShown(snapshot).length;
  const most = free / (snapshot.classes.length > 0 ? 3 : 2);
  const rows = CHART_ROWS.find((each) => colors * each + 1 <= most && free - colors * each - 1 >= FLOW_LINES_MIN);
  return rows === undefined ? [] : chartsLines(snapshot, rows, columns);
}

/** Lines that a table of so many rows gets of at most `most`; none where it could show no row. */
function roomFor(rows: number, most: number): number {
  const room = Math.min(rows + 1, Math.floor(most));
  return rows === 0 || room < 2 || (room === 2 && rows > 1) ? 0 : room;
}

function bodyLines(snapshot: Snapshot, state: ScreenState, lines: number, columns: number): Line[] {
  const { classes, nodes, worst } = snapshot;
  const place = worst.findIndex(({ index }) => index === state.selected);
  const details = place === -1 || lines < 2 * FLOW_LINES_MIN ? [] : detailLines(worst[place]!, snapshot);
  const room = lines - details.length;
  const nodeRoom = roomFor(nodes.length, room / 4);
  const classRoom = roomFor(classes.length, (room - nodeRoom) * 0.6);
  const flowRoom = room - classRoom - nodeRoom;
  // The selected flow is scrolled into sight.
  const first = Math.max(0, place - (flowRoom - 2));
  const flows = flowsTable(snapshot, state.order);
  const rows = flows.rows.slice(first, first + Math.max(0, flowRoom - 1));
  return [
    ...(classRoom === 0 ? [] : cutLines(classesTable(snapshot), "classes", classRoom, columns)),
    ...(nodeRoom === 0 ? [] : cutLines(nodesTable(snapshot), "nodes", nodeRoom, columns)),
    ...shownLines({ ...flows, rows }, columns, state.selected),
    ...details,
  ];
}

function noteLines({ notes }: Snapshot, most: number): Line[] {
  const shown = notes.slice(0, most);
  const hidden = notes.length - shown.length;
  return shown.map((note, index) => {
    const more = index === shown.length - 1 && hidden > 0 ? ` (and ${hidden} more in the summary)` : "";
    return [piece(`note${more}: ${note}`, "yellow")];
  });
}

function helpLine({ mode }: Snapshot, { hasKeys, order }: ScreenState): Line {
  if (!hasKeys) return [piece("Ctrl-C ends the watch", "dim")];
  const keys: readonly (readonly [string, string])[] = [
    ["q", "quit"],
    ...(mode === "ended" ? [] : [["p", mode === "replay" ? "pause" : "hold"] as const]),
    ...(mode === "replay" ? [["+ -", "speed"] as const] : []),
    ["↑ ↓", "flow"],
    ["s", `sort: ${order}`],
  ];
  return keys.flatMap(([key, what], index) => [
    piece(index === 0 ? "" : "   "),
    piece(key, "bold"),
    piece(` ${what}`, "dim"),
  ]);
}
