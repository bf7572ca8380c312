/** What a chart draws: its lines for a piece of time, what is not a line, and what it says of a moment. */
import type uPlot from "uplot";

export interface Drawing {
  /** Names the chart to those who cannot see it. */
  readonly label: string;
  readonly heightPx: number;
  /** Room above the plot for rows of ticks, one a color that is marked. */
  readonly rows: readonly TickRow[];
  readonly series: readonly uPlot.Series[];
  /** The lines from `fromNs` to `toNs` for a plot of so many pixels. */
  data(fromNs: number, toNs: number, pixels: number): uPlot.AlignedData;
  /** The upper end of the axis for the data given last. */
  top(): number;
  /** Texts of the ticks of the level axis. */
  texts(values: number[], step: number): string[];
  drawUnder(chart: uPlot): void;
  drawOver(chart: uPlot): void;
  /** One line on a moment; `pixelNs` is what a pixel is worth. */
  readout(momentNs: number, pixelNs: number): string;
  /** The next moment of interest before (-1) or after (1) this one, at least a pixel away. */
  neighbor(momentNs: number, direction: -1 | 1, pixelNs: number): number;
  /** The next moment with a refused packet. */
  neighborMark(momentNs: number, direction: -1 | 1): number | undefined;
}

/** A row of ticks above the plot. */
export interface TickRow {
  readonly color: "red-line" | "yellow-line";
  readonly title: string;
  /** Times of the ticks, in order. */
  readonly timesNs: Float64Array;
}
