/** The lines of the chart of delays, in the order in which they are drawn. Each has a color and a dash of its own. */
import type { DelayView } from "./delayview.ts";

export interface DelayLine {
  readonly title: string;
  readonly color: "ink" | "level" | "quiet";
  readonly dash: readonly number[];
  readonly of: (view: DelayView) => readonly (number | null)[];
}

export const DELAY_LINES: readonly DelayLine[] = [
  { title: "shortest", color: "quiet", dash: [3, 3], of: (view) => view.leastNs },
  { title: "mean", color: "level", dash: [], of: (view) => view.meanNs },
  { title: "longest", color: "ink", dash: [], of: (view) => view.mostNs },
];
