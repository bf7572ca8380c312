/** Rates over time: what was offered and how it came out, as means, and the peaks within them. */
import { type RateUnit, rateTicks, widthText } from "../axis.ts";
import { meanLines, PEAK_LINES, type RateLine } from "../ratelines.ts";
import { type RateView, ratesBetween } from "../rateview.ts";
import { element, pointList } from "../svg.ts";
import type { BinnedCounts } from "../timebins.ts";
import type { Frame } from "./axes.ts";
import { dashed, lineItem, panelPixels, type PictureHead, type PicturePanel, sheetSvg } from "./sheet.ts";

const RIGHT_PX = 24;
const MEAN_PX = 180;
const PEAK_PX = 90;
const TICK_PX = 30;
const HEADROOM = 1.05;
/** A step is so many pixels wide at least. */
const STEP_PX = 2;
const RED = 2;

export interface RatePictureSource {
  readonly counts: BinnedCounts;
  /** Time of the first bin, in the capture's time. */
  readonly startNs: number;
  /** The end of what is drawn; that of the bins when not said. */
  readonly endNs?: number;
  readonly unit: RateUnit;
  readonly hasYellow: boolean;
}

/** Times of the bins with refused packets. */
function refusedNs({ packets, widthNs }: BinnedCounts, startNs: number): Float64Array {
  const bins = [...packets[RED]!.keys()].filter((bin) => packets[RED]![bin]! > 0);
  return Float64Array.from(bins, (bin) => startNs + (bin + 0.5) * widthNs);
}

function stepsOf(line: RateLine, view: RateView, startNs: number, { x, y, right }: Frame): string {
  const values = line.of(view);
  // The last step may end behind the time that is drawn.
  const place = (step: number) => Math.min(right, x(startNs + view.timesNs[step]!));
  const points = [...values].flatMap((value, step): [number, number][] => [
    [place(step), y(value)],
    [place(step + 1), y(value)],
  ]);
  // Corners that follow on a level are of no use.
  const kept = points.filter(
    (point, index) => !(point[1] === points[index - 1]?.[1] && point[1] === points[index + 1]?.[1]),
  );
  return element("polyline", { class: `line ${line.color}`, points: pointList(kept), ...dashed(line.dash) });
}

function highest(lines: readonly RateLine[], view: RateView): number {
  const most = lines.reduce((least, line) => line.of(view).reduce((a, b) => Math.max(a, b), least), 0);
  return most === 0 ? 1 : most;
}

/** The picture: means above, peaks below. */
export function ratePicture(head: PictureHead, { counts, startNs, endNs, unit, hasYellow }: RatePictureSource): string {
  const spanNs = counts.packets[0]!.length * counts.widthNs;
  const view = ratesBetween(counts, 0, spanNs, panelPixels(RIGHT_PX) / STEP_PX, unit);
  const means = meanLines(hasYellow);
  const panel = (title: string, heightPx: number, lines: readonly RateLine[]): PicturePanel => {
    const most = highest(lines, view);
    return {
      title,
      heightPx,
      rows: [],
      top: most * HEADROOM,
      ticks: rateTicks(unit, most, Math.floor(heightPx / TICK_PX)),
      draw: (frame) => lines.map((line) => stepsOf(line, view, startNs, frame)),
    };
  };
  const refused = refusedNs(counts, startNs);
  const rows = refused.length === 0 ? [] : [{ kind: "red-line", title: "refused", timesNs: refused } as const];
  const panels = [
    { ...panel(`rate, means of ${widthText(view.stepNs)}`, MEAN_PX, means), rows },
    panel(`peaks, the highest ${widthText(view.binNs)} of each step`, PEAK_PX, PEAK_LINES),
  ];
  const legend = means.map(({ color, title, dash }) => lineItem(`line ${color}`, title, dash));
  const toNs = endNs ?? startNs + view.timesNs.at(-1)!;
  return sheetSvg({ head, fromNs: startNs, toNs, panels, legend, rightPx: RIGHT_PX });
}
