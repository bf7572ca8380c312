/** The rates of the last minutes: a step a second, each color with a dash of its own. */
import uPlot from "uplot";
import { rateText, rateTexts, timeTexts } from "../../see/axis.ts";
import { colorOf, onThemeChange } from "../../see/page/theme.ts";
import type { Cost } from "../../types.ts";
import { COLOR_NAMES, type ColorName } from "../counts.ts";
import type { Seconds } from "./seconds.ts";

const HEIGHT_PX = 260;
const WIDTH_PX_MIN = 280;
const AXIS_PX = 92;
const HEADROOM = 1.05;
const NS_PER_SEC = 1e9;
const FONT = "12px system-ui, sans-serif";
const DASHES: Readonly<Record<ColorName, number[]>> = { green: [], yellow: [8, 3], red: [3, 3] };
const BITS_PER_BYTE = 8;
/** Of the six numbers of a second, the first that counts bytes. */
const FIRST_BYTES = 3;

export class RateChart {
  readonly plot: uPlot;
  readonly #host: HTMLElement;
  readonly #cost: Cost;
  readonly #colors: readonly ColorName[];
  readonly #seconds: Seconds;
  /** Seconds in sight. */
  #span = 60;
  #now = 0;

  constructor(host: HTMLElement, seconds: Seconds, cost: Cost, hasYellow: boolean) {
    this.#host = host;
    this.#seconds = seconds;
    this.#cost = cost;
    this.#colors = COLOR_NAMES.filter((color) => color !== "yellow" || hasYellow);
    this.plot = new uPlot(this.#options(), this.#data(), host);
    new ResizeObserver(() => this.plot.setSize({ width: this.#widthPx, height: HEIGHT_PX })).observe(host);
    onThemeChange(() => this.plot.redraw(false));
  }

  get #widthPx(): number {
    return Math.max(WIDTH_PX_MIN, this.#host.clientWidth);
  }

  #options(): uPlot.Options {
    const unit = this.#cost === "packets" ? "packet" : "bit";
    const line = { stroke: () => colorOf("grid"), width: 1 };
    const axis = { stroke: () => colorOf("quiet"), font: FONT, grid: line, ticks: { ...line, size: 5 } };
    const paths = uPlot.paths.stepped!({ align: 1 });
    return {
      width: this.#widthPx,
      height: HEIGHT_PX,
      scales: {
        x: { time: false, range: () => [this.#first, this.#first + this.#span] },
        y: { range: (_, __, most) => [0, most > 0 ? most * HEADROOM : 1] },
      },
      axes: [
        {
          ...axis,
          values: (_, values) =>
            timeTexts(
              values.map((value) => value * NS_PER_SEC),
              NS_PER_SEC,
            ),
        },
        { ...axis, size: AXIS_PX, values: (_, values) => rateTexts(unit, values, stepIn(values)) },
      ],
      series: [
        {
          label: "second",
          value: (_, value) => (value === null ? "-" : timeTexts([value * NS_PER_SEC], NS_PER_SEC)[0]!),
        },
        ...this.#colors.map((color): uPlot.Series => ({
          label: color,
          stroke: () => colorOf(`${color}-line`),
          dash: DASHES[color],
          width: 2,
          paths,
          points: { show: false },
          value: (_, value) => (value === null ? "-" : rateText(unit, value)),
        })),
      ],
    };
  }

  /** The first second in sight: the chart fills up before it moves. */
  get #first(): number {
    return Math.max(0, this.#now + 1 - this.#span);
  }

  #data(): uPlot.AlignedData {
    const first = this.#first;
    const last = this.#now;
    const times = Array.from({ length: last - first + 2 }, (_, index) => first + index);
    const columns = this.#colors.map((color) => {
      const place = COLOR_NAMES.indexOf(color) + (this.#cost === "packets" ? 0 : FIRST_BYTES);
      const factor = this.#cost === "packets" ? 1 : BITS_PER_BYTE;
      const values = this.#seconds.column(place, first, last).map((value) => value * factor);
      // The step of the last second has an end.
      return [...values, values.at(-1) ?? 0];
    });
    return [times, ...columns];
  }

  /** Seconds in sight. */
  set span(seconds: number) {
    this.#span = seconds;
    this.draw();
  }

  draw(): void {
    this.#now = Math.max(0, this.#seconds.newest);
    this.plot.setData(this.#data());
  }
}

function stepIn(values: readonly number[]): number {
  return values.length < 2 ? 1 : values[1]! - values[0]!;
}
