/** What is shown besides the tables: what is watched, and a chart a color. Pure. */
import { grouped, spanText } from "../../report/number.ts";
import { perSecText, unitsOf } from "../amounts.ts";
import { colorsAt } from "../counts.ts";
import { speedText } from "../pace.ts";
import type { Snapshot } from "../snapshot.ts";
import { colorsShown } from "../tables.ts";
import { type Line, piece } from "./cells.ts";
import { chartLines, timeLine } from "./chart.ts";

function modeText({ mode, speed, isPaused }: Snapshot, isHeld: boolean): string {
  if (isHeld) return "live, picture held";
  if (mode !== "replay") return mode;
  return `replay, ${isPaused ? "paused" : speedText(speed)}`;
}

/** What is watched and how far it has come; `url` is that of the page. */
export function titleLines(snapshot: Snapshot, isHeld: boolean, url: string | undefined): Line[] {
  const { capture, timeNs, spanNs, flows, policy } = snapshot;
  const span = timeNs === null ? "no packet yet" : spanText(BigInt(Math.floor(spanNs)));
  const style = isHeld || snapshot.isPaused ? "reverse" : "plain";
  return [
    [
      piece(capture, "bold"),
      piece("  "),
      piece(modeText(snapshot, isHeld), style),
      piece(`  ${span}  ${grouped(flows)} flows`),
      ...(url === undefined ? [] : [piece(`  ${url}`, "dim")]),
    ],
    [piece(policy, "dim")],
  ];
}

/** The last minute, a chart a color, each in its own scale; `rows` of cells each. */
export function chartsLines(snapshot: Snapshot, rows: number, cells: number): Line[] {
  const { recent, cost } = snapshot;
  const charts = colorsShown(snapshot).flatMap((color) => {
    const values = recent.map((row) => unitsOf(colorsAt(row)[color], cost));
    const peakText = perSecText(Math.max(...values), cost);
    return chartLines({ name: color, style: color, values, peakText }, rows, cells);
  });
  return [...charts, timeLine(recent.length, cells)];
}
