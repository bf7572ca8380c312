/** Reads what a picture of levels shows, from its SVG alone: the scales come from the texts at the axes. */

/** One panel: its line in ns and units, and its marks by color. */
export interface DrawnPanel {
  readonly title: string;
  readonly line: readonly (readonly [timeNs: number, level: number])[];
  readonly marks: readonly DrawnMark[];
  /** Units that one pixel is worth, and ns. */
  readonly levelPerPixel: number;
  readonly nsPerPixel: number;
}

export interface DrawnMark {
  readonly color: "green" | "yellow" | "red";
  /** Not charged to this bucket; a cross does not tell. */
  readonly isOpen: boolean;
  readonly timeNs: number;
  readonly level: number;
}

const FACTORS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  "": 1,
};

/** From a coordinate to a value. */
type Scale = (pixels: number) => number;

/** The scale of an axis, from its first and its last text. */
function scaleOf(panel: string, axis: "x" | "y"): Scale {
  const shift = axis === "y" ? 4 : 0;
  const pattern = new RegExp(
    `<text class="[\\w ]*tick-${axis}" x="([\\d.-]+)" y="([\\d.-]+)">([\\d.]+) ?(\\w*)<`,
    "gu",
  );
  const ticks = [...panel.matchAll(pattern)].map(([, x, y, number, unit]) => {
    const factor = FACTORS[unit!];
    if (factor === undefined) throw new Error(`a tick in ${unit}`);
    return { at: Number(axis === "x" ? x : y) - shift, value: Number(number) * factor };
  });
  const [first, last] = [ticks[0], ticks.at(-1)];
  if (first === undefined || last === undefined || first === last) throw new Error(`no ticks along ${axis}`);
  return (pixels) => first.value + ((pixels - first.at) * (last.value - first.value)) / (last.at - first.at);
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/-?\d+(?:\.\d+)?/gu)].map(([number]) => Number(number));
}

function middle(values: readonly number[]): number {
  return (Math.min(...values) + Math.max(...values)) / 2;
}

/** The middle of a mark: of a circle its center, of a path that of its box. */
function middleOf(shape: string): readonly [number, number] {
  const circle = /cx="([\d.-]+)" cy="([\d.-]+)"/u.exec(shape);
  if (circle !== null) return [Number(circle[1]), Number(circle[2])];
  const all = numbersIn(/ d="([^"]+)"/u.exec(shape)![1]!);
  const [xs, ys] = [all.filter((_, index) => index % 2 === 0), all.filter((_, index) => index % 2 === 1)];
  return [middle(xs), middle(ys)];
}

function panelOf(panel: string): DrawnPanel {
  const [x, y] = [scaleOf(panel, "x"), scaleOf(panel, "y")];
  const [, points = ""] = /<polyline class="level" points="([^"]+)"/u.exec(panel) ?? [];
  const line = points.split(" ").map((point): [number, number] => {
    const [left, top] = numbersIn(point);
    return [x(left!), y(top!)];
  });
  const marks = [...panel.matchAll(/<(?:circle|path) class="mark (green|yellow|red)( open)?"[^>]*>/gu)].map(
    ([shape, color, open]): DrawnMark => {
      const [left, top] = middleOf(shape);
      return { color: color as DrawnMark["color"], isOpen: open !== undefined, timeNs: x(left), level: y(top) };
    },
  );
  return {
    title: /<text class="head"[^>]*>([^<]*)</u.exec(panel)?.[1] ?? "",
    line,
    marks,
    levelPerPixel: Math.abs(y(1) - y(0)),
    nsPerPixel: Math.abs(x(1) - x(0)),
  };
}

/** The panels of a picture, from top to bottom. */
export function drawnPanels(svg: string): readonly DrawnPanel[] {
  return [...svg.matchAll(/<g class="panel">([\s\S]*?)<\/g>/gu)].map(([, panel]) => panelOf(panel!));
}
