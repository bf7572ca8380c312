/** The level over time of one flow's buckets against their depth, with every refused packet. */
import { levelTicks } from "../axis.ts";
import type { DrawnBucketInfo } from "../document.ts";
import type { FollowedSeries } from "../followed.ts";
import { extremesOf, pickSteps, type Steps } from "../levelline.ts";
import type { MarkColumns } from "../marks.ts";
import { firstAfter } from "../search.ts";
import { element, label, pointList } from "../svg.ts";
import { widthFor } from "../timebins.ts";
import type { TimeWindow } from "../timewindow.ts";
import type { Frame } from "./axes.ts";
import { lineItem, panelPixels, type PictureHead, type PicturePanel, sheetSvg } from "./sheet.ts";
import { shapeOf } from "./style.ts";

const RIGHT_PX = 118;
const HEIGHT_PX = 170;
const TICK_PX = 34;
const HEADROOM = 1.1;
/** More crosses would hide each other; the row of ticks has them all. */
const CROSSES_MAX = 60;
/** A packet that would have gone higher than so many depths is marked at the upper edge. */
const REACH_MAX = 2.5;
/** What is shorter than this part of the capture is drawn alone, with a little room on both sides. */
const SHORT_PART = 0.6;
const ROOM_PART = 0.02;
const SPAN_NS_MIN = 1000;
const RED = 2;

function highest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** The time in which something happens to the flow; all of the capture where that is most of it. */
function rangeOf({ lines, red, yellow, startNs }: FollowedSeries, spanNs: number): readonly [number, number] {
  const lastMarks = [red, yellow].map((marks) => marks.columns().timesNs.at(-1) ?? startNs);
  const lastLevels = lines.map((line) => {
    const { timesNs, before, after } = line.steps();
    const index = timesNs.findLastIndex((_, step) => before[step]! > 0 || after[step]! > 0);
    return timesNs[Math.min(index + 1, timesNs.length - 1)]!;
  });
  const endNs = Math.max(startNs, ...lastMarks, ...lastLevels);
  const shown: readonly [number, number] = endNs - startNs > SHORT_PART * spanNs ? [0, spanNs] : [startNs, endNs];
  const roomNs = Math.max((shown[1] - shown[0]) * ROOM_PART, SPAN_NS_MIN);
  return [Math.max(0, shown[0] - roomNs), shown[1] + roomNs];
}

/** As many steps as the paper shows: each half pixel keeps its first and last, its lowest and highest. */
function drawnSteps(steps: Steps, spanNs: number): Steps {
  const widthNs = widthFor(spanNs, 2 * panelPixels(RIGHT_PX));
  return pickSteps(steps, extremesOf(steps, steps.timesNs.length, widthNs));
}

function joined(values: Float64Array, value: number): Float64Array {
  return Float64Array.from([...values, value]);
}

/** The steps up to a time, and the point where the line reaches it. */
function stepsUntil(steps: Steps, endNs: number): Steps {
  const { timesNs, before, after } = steps;
  const count = firstAfter(timesNs, endNs);
  const last = count - 1;
  const kept = pickSteps(steps, [...Array(count).keys()]);
  if (last < 0 || count === timesNs.length) return kept;
  const part = (endNs - timesNs[last]!) / (timesNs[count]! - timesNs[last]!);
  const level = after[last]! + (before[count]! - after[last]!) * part;
  return { timesNs: joined(kept.timesNs, endNs), before: joined(kept.before, level), after: joined(kept.after, level) };
}

function lineOf({ timesNs, before, after }: Steps, { x, y }: Frame): string {
  const points: [number, number][] = [];
  for (let index = 0; index < timesNs.length; index += 1) {
    points.push([x(timesNs[index]!), y(before[index]!)]);
    if (before[index] !== after[index]) points.push([x(timesNs[index]!), y(after[index]!)]);
  }
  return element("polyline", { class: "level", points: pointList(points) });
}

function crossesOf(red: MarkColumns, bucket: number, top: number, { x, y }: Frame): string[] {
  if (red.timesNs.length > CROSSES_MAX) return [];
  const levels = red.levels[bucket]!;
  return [...red.timesNs].map((timeNs, index) => shapeOf(RED, false, x(timeNs), y(Math.min(levels[index]!, top))));
}

function limitOf({ left, right, y }: Frame, depth: number, text: string): string[] {
  const [y1, y2] = [y(depth), y(depth)];
  return [element("line", { class: "limit", x1: left, x2: right, y1, y2 }), label("small", right + 8, y1 + 4, text)];
}

function panelOf(
  series: FollowedSeries,
  info: DrawnBucketInfo,
  bucket: number,
  [fromNs, toNs]: readonly [number, number],
): PicturePanel {
  const [red, yellow] = [series.red.columns(), series.yellow.columns()];
  const steps = drawnSteps(stepsUntil(series.lines[bucket]!.steps(), toNs), toNs - fromNs);
  const line = Math.max(highest(steps.after), info.depth ?? 0);
  const reach = highest(red.levels[bucket]!);
  const top = Math.max(line, line === 0 ? reach : Math.min(reach, line * REACH_MAX)) || 1;
  const unit = info.cost === "packets" ? " in packets" : "";
  return {
    title: series.lines.length === 1 ? `${info.line}${unit}` : `${info.name} bucket, ${info.line}${unit}`,
    heightPx: HEIGHT_PX,
    rows: [
      ...(yellow.timesNs.length > 0
        ? [{ kind: "yellow-line", title: "yellow", timesNs: yellow.timesNs } as const]
        : []),
      ...(red.timesNs.length > 0 ? [{ kind: "red-line", title: "refused", timesNs: red.timesNs } as const] : []),
    ],
    top: top * HEADROOM,
    ticks: levelTicks(info.cost, top, Math.floor(HEIGHT_PX / TICK_PX)),
    draw: (frame) => [
      ...(info.depth === null ? [] : limitOf(frame, info.depth, `${info.limit} ${info.depthText}`)),
      lineOf(steps, frame),
      ...crossesOf(red, bucket, top, frame),
    ],
  };
}

/** The picture: a panel a bucket; of the window that the series was kept of, or of the time in which something is. */
export function levelPicture(
  head: PictureHead,
  series: FollowedSeries,
  buckets: readonly DrawnBucketInfo[],
  spanNs: number,
  window?: TimeWindow,
): string {
  const [fromNs, toNs] = window === undefined ? rangeOf(series, spanNs) : [window.fromNs, window.toNs];
  const panels = buckets.map((info, bucket) => panelOf(series, info, bucket, [fromNs, toNs]));
  const marks = series.red.columns().timesNs.length;
  const legend = [
    lineItem("level", buckets[0]!.line),
    ...(buckets.every(({ depth }) => depth === null) ? [] : [lineItem("limit", buckets[0]!.limit)]),
    ...(marks > 0 && marks <= CROSSES_MAX
      ? [
          {
            shape: (x: number, y: number) => shapeOf(RED, false, x, y),
            text: `refused: where the ${buckets[0]!.line} would have gone`,
          },
        ]
      : []),
  ];
  return sheetSvg({ head, fromNs, toNs, panels, legend, rightPx: RIGHT_PX });
}
