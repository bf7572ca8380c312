/** The lines of a chart of rates: the same in reports and in pictures. Each has a color and a dash of its own. */
import type { RateView } from "./rateview.ts";

export interface RateLine {
  readonly name: "offered" | "green" | "yellow" | "red";
  readonly title: string;
  readonly color: "ink" | "green-line" | "yellow-line" | "red-line";
  readonly dash: readonly number[];
  readonly width: number;
  readonly of: (view: RateView) => Float64Array;
}

/** Means of steps. In the order in which they are drawn. */
const MEANS: readonly RateLine[] = [
  { name: "offered", title: "offered", color: "ink", dash: [], width: 1.5, of: (view) => view.offered },
  { name: "green", title: "green", color: "green-line", dash: [], width: 1.5, of: (view) => view.colors[0]! },
  { name: "yellow", title: "yellow", color: "yellow-line", dash: [8, 3], width: 1.5, of: (view) => view.colors[1]! },
  { name: "red", title: "red: refused", color: "red-line", dash: [3, 3], width: 1.5, of: (view) => view.colors[2]! },
];

/** The highest bin of each step: in a chart of their own, for they are many times the means. */
export const PEAK_LINES: readonly RateLine[] = [
  { name: "offered", title: "offered", color: "ink", dash: [], width: 1, of: (view) => view.offeredPeak },
  { name: "red", title: "red: refused", color: "red-line", dash: [3, 3], width: 1.5, of: (view) => view.redPeak },
];

/** Yellow where a meter marks so. */
export function meanLines(hasYellow: boolean): readonly RateLine[] {
  return MEANS.filter(({ name }) => hasYellow || name !== "yellow");
}
