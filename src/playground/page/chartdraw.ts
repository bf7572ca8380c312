/** What a chart puts on its canvas. Places in CSS pixels; colors from the style sheet, so that light and dark hold. */
import { stepOf } from "../../see/axis.ts";
import type { RefusedMarks } from "../meter/refusedmarks.ts";
import type { ChartLimit, ChartLine, ChartPicture } from "./chart.ts";
import { tickText, timeText } from "./format.ts";

/** The part of the canvas that lines are drawn in. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly fullWidth: number;
  readonly fullHeight: number;
}

export interface Scale {
  readonly x: (timeNs: number) => number;
  readonly y: (value: number) => number;
  /** The value at the upper edge. */
  readonly top: number;
}

const LEFT = 76;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 24;
const TICK_WIDTH = 96;
const TICK_HEIGHT = 36;
const MARK = 3.5;
/** Marks closer than this would be a smear: the highest of them is drawn. */
const MARK_STEP = 5;

export function areaOf(canvas: HTMLCanvasElement): Area {
  const [fullWidth, fullHeight] = [canvas.clientWidth, canvas.clientHeight];
  return {
    left: LEFT,
    top: TOP,
    width: Math.max(1, fullWidth - LEFT - RIGHT),
    height: Math.max(1, fullHeight - TOP - BOTTOM),
    fullWidth,
    fullHeight,
  };
}

function colorOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

function rule(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** Grid lines and their texts. */
export function drawAxes(context: CanvasRenderingContext2D, area: Area, scale: Scale, picture: ChartPicture): void {
  const { left, top, width, height } = area;
  context.font = "12px system-ui, sans-serif";
  context.lineWidth = 1;
  context.strokeStyle = colorOf("--grid");
  context.fillStyle = colorOf("--muted");
  context.textBaseline = "middle";
  context.textAlign = "right";
  const step = stepOf(scale.top, Math.max(2, Math.floor(height / TICK_HEIGHT)));
  for (let value = 0; value <= scale.top; value += step) {
    rule(context, left, scale.y(value), left + width, scale.y(value));
    context.fillText(tickText(Number(value.toPrecision(6)), picture.unit), left - 8, scale.y(value));
  }
  const { fromNs, toNs } = picture.window;
  const stepNs = stepOf(toNs - fromNs, Math.max(2, Math.floor(width / TICK_WIDTH)));
  context.textBaseline = "top";
  for (let index = Math.ceil(fromNs / stepNs); index * stepNs <= toNs; index += 1) {
    const x = scale.x(index * stepNs);
    context.textAlign = x + TICK_WIDTH / 3 > left + width ? "right" : x === left ? "left" : "center";
    rule(context, x, top + height, x, top + height + 4);
    context.fillText(timeText(index * stepNs, stepNs, toNs), x, top + height + 7);
  }
}

export function drawLimits(
  context: CanvasRenderingContext2D,
  area: Area,
  scale: Scale,
  limits: readonly ChartLimit[],
): void {
  context.save();
  context.fillStyle = colorOf("--text");
  context.lineJoin = "round";
  context.textAlign = "right";
  context.textBaseline = "bottom";
  for (const { level, text } of limits) {
    const [right, y] = [area.left + area.width, scale.y(level)];
    context.strokeStyle = colorOf("--muted");
    context.lineWidth = 1;
    context.setLineDash([6, 4]);
    rule(context, area.left, y, right, y);
    context.setLineDash([]);
    // Letters stand clear of what is drawn below them.
    context.strokeStyle = colorOf("--ground");
    context.lineWidth = 4;
    context.strokeText(text, right - 4, y - 2);
    context.fillText(text, right - 4, y - 2);
  }
  context.restore();
}

export function drawLine(context: CanvasRenderingContext2D, area: Area, scale: Scale, line: ChartLine): void {
  const { x, y } = line.points;
  if (x.length === 0) return;
  context.save();
  context.beginPath();
  context.rect(area.left, 0, area.width, area.top + area.height + 1);
  context.clip();
  context.strokeStyle = colorOf(line.color);
  context.lineWidth = line.width;
  context.lineJoin = "bevel";
  context.setLineDash([...line.dash]);
  context.beginPath();
  context.moveTo(scale.x(x[0]!), scale.y(y[0]!));
  for (let index = 1; index < x.length; index += 1) context.lineTo(scale.x(x[index]!), scale.y(y[index]!));
  context.stroke();
  context.restore();
}

/** A cross for refused packets, where they would have taken the level. */
export function drawMarks(context: CanvasRenderingContext2D, area: Area, scale: Scale, marks: RefusedMarks): void {
  context.save();
  context.strokeStyle = colorOf("--red");
  context.lineWidth = 1.5;
  context.beginPath();
  for (let index = 0; index < marks.x.length;) {
    const x = scale.x(marks.x[index]!);
    let highest = index;
    for (; index < marks.x.length && scale.x(marks.x[index]!) < x + MARK_STEP; index += 1) {
      if (marks.y[index]! > marks.y[highest]!) highest = index;
    }
    const [centerX, centerY] = [scale.x(marks.x[highest]!), Math.max(scale.y(marks.y[highest]!), area.top)];
    context.moveTo(centerX - MARK, centerY - MARK);
    context.lineTo(centerX + MARK, centerY + MARK);
    context.moveTo(centerX - MARK, centerY + MARK);
    context.lineTo(centerX + MARK, centerY - MARK);
  }
  context.stroke();
  // A tick below for each column with a refused packet: none is hidden by another.
  context.lineWidth = 1;
  context.beginPath();
  for (const timeNs of marks.x) {
    context.moveTo(scale.x(timeNs), area.top + area.height);
    context.lineTo(scale.x(timeNs), area.top + area.height + 4);
  }
  context.stroke();
  context.restore();
}

/** The read-out's place, and the part that a drag selects. */
export function drawCursor(
  context: CanvasRenderingContext2D,
  area: Area,
  cursorPx: number | null,
  drag: readonly [number, number] | null,
): void {
  if (drag !== null) {
    context.fillStyle = colorOf("--selection");
    context.fillRect(Math.min(...drag), area.top, Math.abs(drag[1] - drag[0]), area.height);
  }
  if (cursorPx === null || cursorPx < area.left || cursorPx > area.left + area.width) return;
  context.strokeStyle = colorOf("--text");
  context.lineWidth = 1;
  rule(context, cursorPx, area.top, cursorPx, area.top + area.height);
}
