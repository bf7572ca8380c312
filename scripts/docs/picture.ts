/** A scene as SVG: one panel a bucket over a common time axis. The same tracks give the same bytes. */

import { levelTicks, timeTicks } from "../../src/see/axis.ts";
import { axesOf, type Frame as PanelFrame, legendOf, pictureSvg } from "../../src/see/picture/axes.ts";
import { shapeOf, STYLE } from "../../src/see/picture/style.ts";
import { element, label, pointList } from "../../src/see/svg.ts";
import type { Scene } from "./scene.ts";
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
/** Lines of text closer than this would touch. */
const TEXT_PX = 13;

/** A panel and what is drawn in it. */
interface Frame extends PanelFrame {
  readonly track: Track;
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
  const { track, left, right, top, bottom, x, y } = frame;
  const levels = levelTicks(track.cost, highestOf(track), Math.floor((bottom - top) / 34));
  const times = timeTicks(scene.untilMs * 1e6, Math.floor((right - left) / TICK_PX));
  return [
    label("head", left, top - 10, track.label),
    ...(track.cost === "packets" ? [label("small right", left - 8, top - 10, "packets")] : []),
    ...axesOf(frame, levels, times),
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
    return element(
      "g",
      { class: "panel" },
      `\n${panelOf({ track, left: LEFT, right: WIDTH - RIGHT, top, bottom, x, y }, scene)}\n`,
    );
  });
  const legend = legendItems(tracks).map(({ color, isCharged, text }) => ({
    shape: (left: number, top: number) => shapeOf(color, isCharged, left, top),
    text,
  }));
  const parts = [...panels, legendOf(legend, LEFT, legendTop)];
  return pictureSvg({ width: WIDTH, height, alt: scene.alt, style: STYLE }, parts);
}
