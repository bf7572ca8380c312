/** The sheet that pictures of captures are drawn on: what they are of, panels one below the other, a legend. */
import { element, escaped, label, px } from "../svg.ts";
import { axesOf, type Frame, legendOf, type LegendItem, pictureSvg } from "./axes.ts";
import { STYLE_WITH_LINES } from "./style.ts";
import { type Tick, timeTicksBetween } from "../axis.ts";

const WIDTH = 720;
const LEFT = 86;
const MARGIN = 16;
const HEAD_PX = 28;
const LINE_PX = 16;
const TITLE_PX = 18;
const ROW_PX = 12;
const TICK_PX = 8;
const AXIS_PX = 24;
const GAP_PX = 16;
const LEGEND_PX = 30;
const TIME_TICK_PX = 84;
/** What fits into a line of the head. */
const LINE_LETTERS = 112;

export interface PictureHead {
  readonly title: string;
  /** Smaller, below: two at most. */
  readonly lines: readonly string[];
  /** What the picture shows, for those who cannot see it. */
  readonly alt: string;
}

/** A row of ticks above a panel, one for every packet that was marked. */
export interface PictureRow {
  readonly kind: "red-line" | "yellow-line";
  readonly title: string;
  readonly timesNs: Float64Array;
}

export interface PicturePanel {
  readonly title: string;
  readonly heightPx: number;
  readonly rows: readonly PictureRow[];
  /** The upper end of its axis. */
  readonly top: number;
  readonly ticks: readonly Tick[];
  /** Draws what is inside. */
  readonly draw: (frame: Frame) => readonly string[];
}

export interface Sheet {
  readonly head: PictureHead;
  readonly fromNs: number;
  readonly toNs: number;
  readonly panels: readonly PicturePanel[];
  readonly legend: readonly LegendItem[];
  /** Room right of the panels for texts. */
  readonly rightPx: number;
}

function cut(text: string): string {
  return text.length > LINE_LETTERS ? `${text.slice(0, LINE_LETTERS - 3)}...` : text;
}

function headParts({ title, lines }: PictureHead): string[] {
  return [
    label("head", MARGIN, 22, cut(title)),
    ...lines.map((line, index) => label("small", MARGIN, 22 + (index + 1) * LINE_PX, cut(line))),
  ];
}

/** Pixels between the sides of a panel: what there is to decide about. */
export function panelPixels(rightPx: number): number {
  return WIDTH - LEFT - rightPx;
}

/** Ticks as one path; those of one half pixel are one. */
function rowOf({ kind, title, timesNs }: PictureRow, frame: Frame, toNs: number, top: number): string {
  const places: string[] = [];
  for (let index = 0; index < timesNs.length && timesNs[index]! <= toNs; index += 1) {
    const place = px(Math.round(frame.x(timesNs[index]!) * 2) / 2);
    if (places.at(-1) !== place) places.push(place);
  }
  const d = places.map((place) => `M${place} ${px(top)}v${TICK_PX}`).join("");
  return [
    label("small right", frame.left - 8, top + TICK_PX, title),
    ...(d === "" ? [] : [element("path", { class: `line row ${kind}`, d })]),
  ].join("\n");
}

/** The picture. The same sheet gives the same bytes. */
export function sheetSvg({ head, fromNs, toNs, panels, legend, rightPx }: Sheet): string {
  const parts = headParts(head);
  const [left, right] = [LEFT, WIDTH - rightPx];
  const x = (timeNs: number) => left + ((timeNs - fromNs) / (toNs - fromNs)) * (right - left);
  const times = timeTicksBetween(fromNs, toNs, Math.floor((right - left) / TIME_TICK_PX));
  let y0 = HEAD_PX + head.lines.length * LINE_PX;
  for (const { title, heightPx, rows, top: highest, ticks, draw } of panels) {
    const titleTop = y0 + TITLE_PX;
    const top = titleTop + 6 + rows.length * ROW_PX;
    const bottom = top + heightPx;
    const y = (value: number) => bottom - (value / highest) * heightPx;
    const frame: Frame = { left, right, top, bottom, x, y };
    const content = [
      label("small", left, titleTop - 4, title),
      ...rows.map((row, index) => rowOf(row, frame, toNs, titleTop + 2 + index * ROW_PX)),
      ...axesOf(frame, ticks, times),
      ...draw(frame),
    ];
    parts.push(element("g", { class: "panel" }, `\n${content.join("\n")}\n`));
    y0 = bottom + AXIS_PX + GAP_PX;
  }
  parts.push(legendOf(legend, left, y0 + 8));
  return pictureSvg({ width: WIDTH, height: y0 + LEGEND_PX, alt: head.alt, style: STYLE_WITH_LINES }, parts);
}

/** A picture of nothing, which says why. */
export function emptySvg(head: PictureHead, why: string): string {
  const parts = [...headParts(head), element("text", { class: "middle", x: WIDTH / 2, y: 100 }, escaped(why))];
  return pictureSvg({ width: WIDTH, height: 150, alt: head.alt, style: STYLE_WITH_LINES }, parts);
}

/** Items of a legend that are a piece of a line. */
export function lineItem(kind: string, text: string, dash: readonly number[] = []): LegendItem {
  const shape = (x: number, y: number) =>
    element("line", { class: kind, x1: x - 4, x2: x + 22, y1: y, y2: y, ...dashed(dash) });
  return { shape, text, shapePx: 32 };
}

export function dashed(dash: readonly number[]): Readonly<Record<string, string>> {
  return dash.length === 0 ? {} : { "stroke-dasharray": dash.join(" ") };
}
