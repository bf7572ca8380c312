/** A chart as SVG, drawn with the means of Weir's own pictures. Pure: equal charts give equal files. */
import { stepOf, type Tick } from "../../src/see/axis.ts";
import { axesOf, type Frame, pictureSvg } from "../../src/see/picture/axes.ts";
import { STYLE } from "../../src/see/picture/style.ts";
import { element, label, pointList } from "../../src/see/svg.ts";
import { countText } from "../report.ts";
import type { Chart, Series } from "../topic.ts";

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 64;
/** Names of the series stand right of their last points. */
const RIGHT_PX = 216;
const TOP = 56;
const BOTTOM_PX = 56;
const NAME_PX = 15;
const TICKS = 6;
const HEADROOM = 1.05;
const DOT_PX = 3;
/** Letters of a name that fit. */
const NAME_LETTERS = 34;

/** After Okabe and Ito, dark enough on white; a second round of them is dashed. */
const COLORS = ["#0969da", "#b3440c", "#00795a", "#7a5b00", "#8250df", "#59636e", "#a0336f"] as const;
const DARK_COLORS = ["#58a6ff", "#ff8c61", "#2fbf94", "#f0c419", "#bc8cff", "#9ea7b3", "#f778ba"] as const;

const SERIES_STYLE = [
  ".series{fill:none;stroke-width:2;stroke-linejoin:round}.name{font-size:12px}",
  ...COLORS.map((color, index) => `.s${index}{stroke:${color}}.d${index}{fill:${color}}`),
  "@media (prefers-color-scheme:dark){",
  ...DARK_COLORS.map((color, index) => `.s${index}{stroke:${color}}.d${index}{fill:${color}}`),
  "}",
].join("");

/** Values of an axis and where they lie between 0 and 1. */
interface Axis {
  readonly ticks: readonly Tick[];
  readonly part: (value: number) => number;
}

/** The chart. Series without points are left out. */
export function chartSvg({ title, xTitle, yTitle, hasLogX, hasLogY, series }: Chart): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  const [xs, ys] = [0, 1].map((at) => drawn.flatMap(({ points }) => points.map((point) => point[at]!)));
  const [xAxis, yAxis] = [axisOf(xs!, hasLogX, false), axisOf(ys!, hasLogY, true)];
  const [right, bottom] = [WIDTH - RIGHT_PX, HEIGHT - BOTTOM_PX];
  const frame: Frame = {
    left: LEFT,
    right,
    top: TOP,
    bottom,
    x: (value) => LEFT + xAxis.part(value) * (right - LEFT),
    y: (value) => bottom - yAxis.part(value) * (bottom - TOP),
  };
  const alt = `${title}: ${drawn.map(summaryOf).join("; ")}`;
  return pictureSvg({ width: WIDTH, height: HEIGHT, alt, style: STYLE + SERIES_STYLE }, [
    label("head", LEFT, 22, title),
    label("small", LEFT, 42, yTitle),
    ...axesOf(frame, yAxis.ticks, xAxis.ticks),
    label("small middle", (LEFT + right) / 2, HEIGHT - 14, xTitle),
    ...drawn.flatMap((one, index) => lineOf(one, index, frame)),
    ...namesOf(drawn, frame),
  ]);
}

function summaryOf({ name, points }: Series): string {
  return `${name} ${points.map(([x, y]) => `${Number(y.toPrecision(3))} at ${countText(x)}`).join(", ")}`;
}

function axisOf(values: readonly number[], isLog: boolean, isFromZero: boolean): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return isLog ? logAxis(least, most) : linearAxis(isFromZero ? 0 : least, most);
}

function linearAxis(least: number, most: number): Axis {
  const end = (most - least || 1) * HEADROOM;
  const step = stepOf(end, TICKS);
  const ticks: Tick[] = [];
  for (let index = Math.ceil(least / step - 1e-9); index * step <= least + end; index += 1) {
    ticks.push(tickAt(Number((index * step).toPrecision(12))));
  }
  return { ticks, part: (value) => (value - least) / end };
}

/** Ticks at powers of ten, and at 2 and 5 times those where there are few. */
function logAxis(least: number, most: number): Axis {
  const [low, high] = [Math.log10(least / HEADROOM), Math.log10(most * HEADROOM)];
  const digits = high - low > 2.5 ? [1] : [1, 2, 5];
  const ticks: Tick[] = [];
  for (let power = Math.floor(low); power <= high; power += 1) {
    for (const digit of digits) {
      const value = digit * 10 ** power;
      if (Math.log10(value) >= low && Math.log10(value) <= high) ticks.push(tickAt(value));
    }
  }
  return { ticks, part: (value) => (Math.log10(value) - low) / (high - low) };
}

function tickAt(value: number): Tick {
  return { value, text: value >= 1000 ? countText(value) : String(Number(value.toPrecision(3))) };
}

function colorOf(index: number): number {
  return index % COLORS.length;
}

function lineOf({ points }: Series, index: number, { x, y }: Frame): string[] {
  const places = points.map(([at, value]) => [x(at), y(value)] as const);
  const dash = index < COLORS.length ? {} : { "stroke-dasharray": "5 3" };
  return [
    element("polyline", { class: `series s${colorOf(index)}`, points: pointList(places), ...dash }),
    ...places.map(([cx, cy]) => element("circle", { class: `d${colorOf(index)}`, cx, cy, r: DOT_PX })),
  ];
}

/** Names beside the lines' ends, moved apart where they would overlap, with a thread to the end they belong to. */
function namesOf(series: readonly Series[], { x, y, right, top, bottom }: Frame): string[] {
  const ends = series
    .map(({ name, points }, index) => ({ name, index, endX: x(points.at(-1)![0]), endY: y(points.at(-1)![1]) }))
    .toSorted((a, b) => a.endY - b.endY);
  const places: number[] = [];
  for (const { endY } of ends) places.push(Math.max(endY, (places.at(-1) ?? top - NAME_PX) + NAME_PX));
  // What was pushed beyond the lower edge goes up again.
  for (let index = places.length - 1, limit = bottom; index >= 0; index -= 1, limit -= NAME_PX) {
    places[index] = Math.min(places[index]!, limit);
  }
  return ends.flatMap(({ name, index, endX, endY }, place) => [
    element("line", { class: "grid", x1: endX + DOT_PX, y1: endY, x2: right + 8, y2: places[place]! }),
    element("circle", { class: `d${colorOf(index)}`, cx: right + 12, cy: places[place]!, r: DOT_PX }),
    label("name", right + 20, places[place]! + 4, shortened(name)),
  ]);
}

function shortened(name: string): string {
  return name.length > NAME_LETTERS ? `${name.slice(0, NAME_LETTERS - 3)}...` : name;
}
