/** Rates over time: what was offered and what came out by color, as means of steps or as the peaks within them. */
import uPlot from "uplot";
import { rateText, rateTexts, timeText, type RateUnit, widthText } from "../axis.ts";
import type { RateLine } from "../ratelines.ts";
import { type RateView, ratesBetween } from "../rateview.ts";
import type { BinnedCounts } from "../timebins.ts";
import type { Drawing, TickRow } from "./drawing.ts";
import { neighborTime } from "../search.ts";
import { colorOf } from "./theme.ts";

/** A step is so many pixels wide at least: narrower ones are noise to the eye. */
const STEP_PX = 2;
const HEADROOM = 1.05;
const RED = 2;

/** What the charts of rates show; they change together. */
export interface RateSource {
  counts: BinnedCounts;
  unit: RateUnit;
  /** Names of lines that are switched off. */
  readonly hidden: Set<string>;
}

export interface RateDrawingOptions {
  readonly label: string;
  readonly heightPx: number;
  readonly lines: readonly RateLine[];
  /** The row of refused packets above. */
  readonly hasRow: boolean;
  readonly isPeak: boolean;
}

function refusedTimes({ widthNs, packets }: BinnedCounts): Float64Array {
  const red = packets[RED]!;
  const bins: number[] = [];
  for (let bin = 0; bin < red.length; bin += 1) if (red[bin]! > 0) bins.push((bin + 0.5) * widthNs);
  return Float64Array.from(bins);
}

/** The last step ends where the next would begin. */
function closed(values: Float64Array): (number | null)[] {
  return [...values, values.at(-1) ?? null];
}

export class RateDrawing implements Drawing {
  readonly label: string;
  readonly heightPx: number;
  readonly lines: readonly RateLine[];
  readonly series: readonly uPlot.Series[];
  readonly #source: RateSource;
  readonly #options: RateDrawingOptions;
  #view: RateView;
  #refusedOf: BinnedCounts;
  #refusedNs: Float64Array;

  constructor(source: RateSource, options: RateDrawingOptions) {
    this.label = options.label;
    this.heightPx = options.heightPx;
    this.lines = options.lines;
    this.#source = source;
    this.#options = options;
    this.#refusedOf = source.counts;
    this.#refusedNs = refusedTimes(source.counts);
    this.#view = ratesBetween(source.counts, 0, 1, 1, source.unit);
    const paths = uPlot.paths.stepped!({ align: 1 });
    this.series = this.lines.map(({ color, dash, width }): uPlot.Series => ({
      stroke: () => colorOf(color),
      dash: [...dash],
      width,
      paths,
      points: { show: false },
    }));
  }

  /** What is on the screen. */
  get view(): RateView {
    return this.#view;
  }

  get rows(): readonly TickRow[] {
    return this.#options.hasRow ? [{ color: "red-line", title: "refused", timesNs: this.#refused }] : [];
  }

  get #refused(): Float64Array {
    if (this.#refusedOf !== this.#source.counts) {
      this.#refusedOf = this.#source.counts;
      this.#refusedNs = refusedTimes(this.#refusedOf);
    }
    return this.#refusedNs;
  }

  data(fromNs: number, toNs: number, pixels: number): uPlot.AlignedData {
    const { counts, unit } = this.#source;
    this.#view = ratesBetween(counts, fromNs, toNs, pixels / STEP_PX, unit);
    const { timesNs } = this.#view;
    return [[...timesNs], ...this.lines.map((line) => closed(line.of(this.#view)))];
  }

  top(): number {
    const shown = this.lines.filter(({ name }) => !this.#source.hidden.has(name));
    const highest = shown.reduce((most, line) => line.of(this.#view).reduce((a, b) => Math.max(a, b), most), 0);
    return highest === 0 ? 1 : highest * HEADROOM;
  }

  texts(values: number[], step: number): string[] {
    return rateTexts(this.#source.unit, values, step);
  }

  drawUnder(): void {}

  drawOver(): void {}

  readout(momentNs: number): string {
    const { timesNs, stepNs, binNs, offered, refused } = this.#view;
    const step = Math.floor((momentNs - timesNs[0]!) / stepNs);
    if (step < 0 || step >= offered.length) return `at ${timeText(Math.max(0, momentNs))}: nothing was read here`;
    const rates = this.lines.map((line) => `${line.name} ${rateText(this.#source.unit, line.of(this.#view)[step]!)}`);
    const times = `from ${timeText(timesNs[step]!)}, for ${widthText(stepNs)}`;
    if (this.#options.isPeak) return `${times}, in ${widthText(binNs)}: at most ${rates.join(", ")}`;
    const count = refused[step]!;
    return `${times}: ${rates.join(", ")}, ${count} ${count === 1 ? "packet" : "packets"} refused`;
  }

  neighbor(momentNs: number, direction: -1 | 1): number {
    const { stepNs } = this.#view;
    return (Math.floor(momentNs / stepNs) + direction + 0.5) * stepNs;
  }

  neighborMark(momentNs: number, direction: -1 | 1): number | undefined {
    return neighborTime(this.#refused, momentNs, direction, this.#source.counts.widthNs / 2);
  }
}
