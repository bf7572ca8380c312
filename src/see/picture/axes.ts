/** The frame of a panel: lines and texts of both axes, and the legend below all panels. */
import type { Tick } from "../axis.ts";
import { element, escaped, label, px } from "../svg.ts";

/** Where the values of a panel lie on the paper. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (timeNs: number) => number;
  readonly y: (value: number) => number;
}

/** Lines across for the values, small ticks below for the times. */
export function axesOf(
  { left, right, bottom, x, y }: Frame,
  values: readonly Tick[],
  times: readonly Tick[],
): string[] {
  return [
    ...values.flatMap(({ value, text }) => [
      element("line", { class: value === 0 ? "axis" : "grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      label("small right tick-y", left - 8, y(value) + 4, text),
    ]),
    ...times.flatMap(({ value, text }) => [
      element("line", { class: "axis", x1: x(value), x2: x(value), y1: bottom, y2: bottom + 5 }),
      label("small middle tick-x", x(value), bottom + 18, text),
    ]),
  ];
}

export interface LegendItem {
  /** Draws the item around a point. */
  readonly shape: (x: number, y: number) => string;
  readonly text: string;
  /** Room for the shape; that of a mark when not said. */
  readonly shapePx?: number;
}

/** About what a letter of 12 px takes; only the legend's places depend on it. */
const LETTER_PX = 6.2;
const MARK_PX = 14;

/** Items in a row. */
export function legendOf(items: readonly LegendItem[], left: number, top: number): string {
  let x = left;
  return items
    .map(({ shape, text, shapePx = MARK_PX }) => {
      const part = `${shape(x + 4, top - 4)}\n${label("small", x + shapePx, top, text)}`;
      x += shapePx + text.length * LETTER_PX + 22;
      return element("g", { class: "legend" }, `\n${part}\n`);
    })
    .join("\n");
}

/** A whole picture; `alt` is what it shows, for those who cannot see it. */
export function pictureSvg(
  { width, height, alt, style }: { width: number; height: number; alt: string; style: string },
  parts: readonly string[],
): string {
  const box = { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${px(height)}`, width, height };
  const content = [
    element("title", {}, escaped(alt)),
    element("style", {}, style),
    element("rect", { class: "ground", width, height }),
    ...parts,
  ];
  return `${element("svg", { ...box, role: "img" }, `\n${content.join("\n")}\n`)}\n`;
}
