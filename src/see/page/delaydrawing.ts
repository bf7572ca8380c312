/** Delays over time: the shortest, the mean and the longest of each step, and the longest that the contract allows. */
import uPlot from "uplot";
import { timeText, timeTexts, widthText } from "../axis.ts";
import type { BinnedDelays } from "../delaybins.ts";
import { DELAY_LINES } from "../delaylines.ts";
import { delaysBetween, type DelayView } from "../delayview.ts";
import type { Drawing } from "./drawing.ts";
import { colorOf } from "./theme.ts";

/** A step is so many pixels wide at least. */
const STEP_PX = 2;
const HEADROOM = 1.08;

/** Both ends of each step, and a gap where the next one has no packet: a step alone is drawn, too. */
function pointsOf(values: readonly (number | null)[]): (number | null)[] {
  return values.flatMap((value, step) => [value, value, values[step + 1] === null ? null : value]);
}

export class DelayDrawing implements Drawing {
  readonly label = "Delay over time";
  readonly heightPx = 230;
  readonly rows = [];
  readonly series: readonly uPlot.Series[];
  readonly #delays: BinnedDelays;
  readonly #boundNs: number | null;
  #view: DelayView;

  constructor(delays: BinnedDelays, boundNs: number | null) {
    this.#delays = delays;
    this.#boundNs = boundNs;
    this.#view = delaysBetween(delays, 0, 1, 1);
    const paths = uPlot.paths.linear!();
    this.series = DELAY_LINES.map(({ color, dash }): uPlot.Series => ({
      stroke: () => colorOf(color),
      dash: [...dash],
      width: 1.5,
      paths,
      points: { show: false },
    }));
  }

  /** What is on the screen. */
  get view(): DelayView {
    return this.#view;
  }

  data(fromNs: number, toNs: number, pixels: number): uPlot.AlignedData {
    this.#view = delaysBetween(this.#delays, fromNs, toNs, pixels / STEP_PX);
    const { timesNs } = this.#view;
    const times = [...timesNs.subarray(1)].flatMap((endNs, step) => [timesNs[step]!, endNs, endNs]);
    return [times, ...DELAY_LINES.map((line) => pointsOf(line.of(this.#view)))];
  }

  /** The bound is in sight where it is near what is drawn. */
  top(): number {
    const most = this.#view.mostNs.reduce<number>((highest, value) => Math.max(highest, value ?? 0), 0);
    const bound = this.#boundNs !== null && this.#boundNs <= 2 * most ? this.#boundNs : 0;
    return (Math.max(most, bound) || 1) * HEADROOM;
  }

  texts(values: number[], step: number): string[] {
    return timeTexts(values, step);
  }

  drawUnder({ ctx, bbox, valToPos }: uPlot): void {
    if (this.#boundNs === null || this.#boundNs > this.top()) return;
    const ratio = uPlot.pxRatio;
    const y = valToPos(this.#boundNs, "y", true);
    ctx.strokeStyle = colorOf("limit");
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash([6 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  drawOver(): void {}

  readout(momentNs: number): string {
    const { timesNs, stepNs, packets, leastNs, meanNs, mostNs } = this.#view;
    const step = Math.floor((momentNs - timesNs[0]!) / stepNs);
    const count = packets[step] ?? 0;
    if (count === 0) return `at ${timeText(Math.max(0, momentNs))}: no packet came here that departed`;
    const times = `from ${timeText(timesNs[step]!)}, for ${widthText(stepNs)}`;
    const [least, mean, most] = [leastNs, meanNs, mostNs].map((column) => timeText(column[step]!));
    return `${times}: delay ${least} to ${most}, mean ${mean}, ${count} ${count === 1 ? "packet" : "packets"}`;
  }

  neighbor(momentNs: number, direction: -1 | 1): number {
    const { stepNs } = this.#view;
    return (Math.floor(momentNs / stepNs) + direction + 0.5) * stepNs;
  }

  /** Refused packets have no delay. */
  neighborMark(): undefined {
    return undefined;
  }
}
