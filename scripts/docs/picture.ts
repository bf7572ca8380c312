/** A scene as SVG: one panel a bucket over a common time axis. The same tracks give the same bytes. */

import { levelTicks, timeTicks } from "./axis.ts";
import type { Scene } from "./scene.ts";
import { element, label, pointList, px } from "./svg.ts";
import type { Mark, Point, Track } from "./track.ts";

const WIDTH = 720;
const LEFT = 76;
const RIGHT = 128;
/** Time 0 lies this far inside the panel, so that marks there are clear of the axis. */
const INSET = 12;
const TOP = 30;
const AXIS_BELOW = 24;
const GAP = 46;
const LEGEND_ROW = 20;
const HEIGHT_OF_ONE = 190;
const HEIGHT_OF_MORE = 132;
const TICK_PX = 64;
/** Room above the highest thing drawn. */
const HEADROOM = 1.1;
const MARK_PX = 4.5;
/** Lines of text closer than this would touch. */
const TEXT_PX = 13;

/**
 * Colors that most people with color blindness tell apart (after Okabe and Ito), and a shape for each verdict. One set
 * on a light ground, one on a dark one.
 */
const STYLE = `
svg{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
.ground{fill:#fff}text{fill:#1f2328}.small,.beside{fill:#59636e}.beside{paint-order:stroke;stroke:#fff;stroke-width:4px}.head{font-weight:600}.right{text-anchor:end}.middle{text-anchor:middle}
.grid{stroke:#d1d9e0;stroke-width:1}.axis{stroke:#818b98;stroke-width:1}.limit{stroke:#59636e;stroke-width:1.5;stroke-dasharray:6 4}
.level{fill:none;stroke:#0969da;stroke-width:2;stroke-linejoin:round}.reach{stroke:#b3440c;stroke-width:1;stroke-dasharray:1 3}
.mark{stroke-width:1.5}.green{fill:#009e73;stroke:#00694d}.yellow{fill:#f0c419;stroke:#7a5b00}.red{fill:none;stroke:#b3440c;stroke-width:2.5}
.open{fill:#fff}
@media (prefers-color-scheme:dark){.ground,.open{fill:#0d1117}text{fill:#e6edf3}.small,.beside{fill:#9ea7b3}.beside{stroke:#0d1117}.grid{stroke:#2a313c}.axis{stroke:#6e7681}
.limit{stroke:#9ea7b3}.level{stroke:#58a6ff}.green{fill:#2fbf94;stroke:#a5efd5}.yellow{fill:#f0c419;stroke:#fbe9a0}.red,.reach{stroke:#ff8c61}.open{fill:#0d1117}}
`
  .trim()
  .replaceAll("\n", "");

const NAMES = ["green", "yellow", "red"] as const;

/** Where the values of one panel lie on the paper. */
interface Frame {
  readonly track: Track;
  readonly top: number;
  readonly bottom: number;
  readonly x: (timeNs: number) => number;
  readonly y: (level: number) => number;
}

function shapeOf(color: Mark["color"], isCharged: boolean, x: number, y: number): string {
  const kind = `mark ${NAMES[color]}${isCharged || color === 2 ? "" : " open"}`;
  if (color === 0) return element("circle", { class: kind, cx: x, cy: y, r: MARK_PX });
  const reach = color === 1 ? MARK_PX * 1.25 : MARK_PX;
  const [left, right, top, bottom] = [x - reach, x + reach, y - reach, y + reach].map(px);
  if (color === 1) {
    return element("path", { class: kind, d: `M${px(x)} ${top}L${right} ${bottom}L${left} ${bottom}Z` });
  }
  return element("path", { class: kind, d: `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}` });
}

function marksOf({ track, x, y }: Frame): string[] {
  const seen = new Map<string, number>();
  const parts: string[] = [];
  for (const { timeNs, level, color, isCharged, text } of track.marks) {
    const place = `${timeNs} ${level.toFixed(6)} ${color}`;
    seen.set(place, (seen.get(place) ?? 0) + 1);
    parts.push(shapeOf(color, isCharged, x(timeNs), y(level)));
    if (text !== undefined) parts.push(label("beside", x(timeNs) + 8, y(level) + 4, text));
  }
  for (const [place, count] of seen) {
    if (count === 1) continue;
    const [timeNs, level] = place.split(" ").map(Number) as [number, number];
    parts.push(label("beside", x(timeNs) + 8, y(level) + 4, `\u00d7${count}`));
  }
  return parts;
}

/** The highest level of the line at a time. */
function levelAt(line: readonly Point[], timeNs: number): number {
  const levels = line.flatMap((from, index) => {
    const to = line[index + 1];
    if (from.timeNs === timeNs) return [from.level];
    if (to === undefined || from.timeNs > timeNs || to.timeNs < timeNs) return [];
    return [from.level + ((to.level - from.level) * (timeNs - from.timeNs)) / (to.timeNs - from.timeNs)];
  });
  return Math.max(...levels);
}

/** From the level to where a packet that was not added would have taken it. */
function reachesOf({ track, x, y }: Frame): string[] {
  const highest = new Map<number, number>();
  for (const { timeNs, level, isCharged } of track.marks) {
    if (!isCharged) highest.set(timeNs, Math.max(level, highest.get(timeNs) ?? 0));
  }
  return [...highest].map(([timeNs, level]) => {
    const from = levelAt(track.line, timeNs);
    return element("line", { class: "reach", x1: x(timeNs), x2: x(timeNs), y1: y(from), y2: y(level) });
  });
}

/** Texts beside the lines that they belong to, moved apart where they would touch. */
function limitTexts({ track, y }: Frame): string[] {
  const limits = track.limits.toSorted((a, b) => b.level - a.level);
  let above = -Infinity;
  return limits.map(({ level, text }) => {
    above = Math.max(y(level) + 4, above + TEXT_PX);
    return label("small", WIDTH - RIGHT + 8, above, text);
  });
}

function panelOf(frame: Frame, scene: Scene): string {
  const { track, top, bottom, x, y } = frame;
  const [left, right] = [LEFT, WIDTH - RIGHT];
  const levels = levelTicks(track.cost, highestOf(track), Math.floor((bottom - top) / 34));
  const times = timeTicks(scene.untilMs * 1e6, Math.floor((right - left) / TICK_PX));
  return [
    label("head", left, top - 10, track.label),
    ...(track.cost === "packets" ? [label("small right", left - 8, top - 10, "packets")] : []),
    ...levels.flatMap(({ value, text }) => [
      element("line", { class: value === 0 ? "axis" : "grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      label("small right tick-y", left - 8, y(value) + 4, text),
    ]),
    ...times.flatMap(({ value, text }) => [
      element("line", { class: "axis", x1: x(value), x2: x(value), y1: bottom, y2: bottom + 5 }),
      label("small middle tick-x", x(value), bottom + 18, text),
    ]),
    ...track.limits.map(({ level }) =>
      element("line", { class: "limit", x1: left, x2: right, y1: y(level), y2: y(level) }),
    ),
    ...limitTexts(frame),
    ...reachesOf(frame),
    element("polyline", {
      class: "level",
      points: pointList(track.line.map(({ timeNs, level }) => [x(timeNs), y(level)])),
    }),
    ...marksOf(frame),
  ].join("\n");
}

/** The highest thing in a panel. */
function highestOf({ line, marks, limits }: Track): number {
  return Math.max(...[...line, ...marks, ...limits].map(({ level }) => level));
}

interface LegendItem {
  readonly color: Mark["color"];
  readonly isCharged: boolean;
  readonly text: string;
}

function legendItems(tracks: readonly Track[]): readonly LegendItem[] {
  const all = tracks.flatMap(({ marks }) => marks);
  const has = (color: Mark["color"], isCharged: boolean) =>
    all.some((mark) => mark.color === color && mark.isCharged === isCharged);
  const redText = has(2, true)
    ? has(2, false)
      ? "red"
      : "red, counted all the same"
    : "red, where the level would have gone";
  const items: (LegendItem & { readonly isShown: boolean })[] = [
    { color: 0, isCharged: true, text: "green", isShown: has(0, true) },
    { color: 0, isCharged: false, text: "green, not charged here", isShown: has(0, false) },
    { color: 1, isCharged: true, text: "yellow", isShown: has(1, true) },
    { color: 1, isCharged: false, text: "yellow, not charged here", isShown: has(1, false) },
    { color: 2, isCharged: false, text: redText, isShown: has(2, true) || has(2, false) },
  ];
  return items.filter(({ isShown }) => isShown);
}

/** About what a letter of 12 px takes; only the legend's places depend on it. */
const LETTER_PX = 6.2;

function legendOf(items: readonly LegendItem[], top: number): string {
  let x = LEFT;
  return items
    .map(({ color, isCharged, text }) => {
      const shape = shapeOf(color, isCharged, x + 4, top - 4);
      const part = `${shape}\n${label("small", x + 14, top, text)}`;
      x += 14 + text.length * LETTER_PX + 22;
      return element("g", { class: "legend" }, `\n${part}\n`);
    })
    .join("\n");
}

/** The picture of a scene. */
export function pictureOf(scene: Scene, tracks: readonly Track[]): string {
  const panelHeight = tracks.length === 1 ? HEIGHT_OF_ONE : HEIGHT_OF_MORE;
  const pitch = panelHeight + AXIS_BELOW + GAP;
  const legendTop = TOP + tracks.length * pitch - GAP + LEGEND_ROW + 8;
  const height = legendTop + 14;
  const inside = WIDTH - RIGHT - LEFT - INSET;
  const x = (timeNs: number): number => LEFT + INSET + (timeNs / (scene.untilMs * 1e6)) * inside;
  const panels = tracks.map((track, index) => {
    const top = TOP + index * pitch;
    const bottom = top + panelHeight;
    const largest = highestOf(track) * HEADROOM;
    const y = (level: number): number => bottom - (level / largest) * panelHeight;
    return element("g", { class: "panel" }, `\n${panelOf({ track, top, bottom, x, y }, scene)}\n`);
  });
  const box = { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${px(height)}`, width: WIDTH, height };
  const content = [
    element("title", {}, scene.alt),
    element("style", {}, STYLE),
    element("rect", { class: "ground", width: WIDTH, height }),
    ...panels,
    legendOf(legendItems(tracks), legendTop),
  ];
  return `${element("svg", { ...box, role: "img" }, `\n${content.join("\n")}\n`)}\n`;
}
