/** One chart on the page: the plot, its keys, its read-out. All charts share one piece of time and one moment. */
import uPlot from "uplot";
import { TIME_STEPS_NS, timeTexts } from "../axis.ts";
import type { Drawing, TickRow } from "./drawing.ts";
import { addChartKeys } from "./keys.ts";
import { firstFrom } from "../search.ts";
import { colorOf } from "./theme.ts";
import type { Follower, TimeView } from "./timeview.ts";

const ROW_PX = 13;
const TICK_PX = 8;
const TOP_PX = 10;
/** Between the rows and the plot, whose first text of the axis reaches above it. */
const ROW_GAP_PX = 5;
/** Marks at an edge are whole. */
const EDGE_PX = 6;
const RIGHT_PX = 14;
const AXIS_PX = 86;
const TIME_AXIS_PX = 28;
const NARROW_PX = 480;
const FONT = "12px system-ui, sans-serif";
/** A drag of less is a click. */
const DRAG_PX = 4;

export class TimeChart implements Follower {
  readonly plot: uPlot;
  readonly drawing: Drawing;
  readonly #view: TimeView;
  readonly #host: HTMLElement;
  readonly #readout: HTMLElement;

  constructor(parent: HTMLElement, view: TimeView, drawing: Drawing) {
    this.#view = view;
    this.drawing = drawing;
    this.#host = document.createElement("div");
    this.#host.className = "chart";
    this.#readout = document.createElement("p");
    this.#readout.className = "readout";
    parent.append(this.#host, this.#readout);
    this.#describe();
    const data = drawing.data(view.fromNs, view.toNs, this.#widthPx);
    this.plot = new uPlot(this.#options(), data, this.#host);
    view.follow(this);
    addChartKeys(this.#host, view, this);
    new ResizeObserver(() => this.#resized()).observe(this.#host);
    this.momentChanged();
  }

  get #widthPx(): number {
    return Math.max(200, this.#host.clientWidth);
  }

  /** What one pixel is worth. */
  get pixelNs(): number {
    return (this.#view.toNs - this.#view.fromNs) / Math.max(1, this.plot.over.clientWidth);
  }

  /** To those who hear it, a chart is a slider over time whose value is the read-out. */
  #describe(): void {
    const { wholeSec, label } = { wholeSec: this.#view.toNs / 1e9, label: this.drawing.label };
    const attributes = {
      role: "slider",
      tabindex: "0",
      "aria-label": `${label}; arrow keys move, plus and minus zoom, 0 shows all, page keys go to refused packets`,
      "aria-orientation": "horizontal",
      "aria-valuemin": "0",
      "aria-valuemax": String(wholeSec),
      "aria-valuenow": "0",
    };
    for (const [name, value] of Object.entries(attributes)) this.#host.setAttribute(name, value);
  }

  #options(): uPlot.Options {
    const { drawing } = this;
    const hasRows = drawing.rows.length > 0;
    const axisPx = this.#widthPx < NARROW_PX ? AXIS_PX - 16 : AXIS_PX;
    const line = { stroke: () => colorOf("grid"), width: 1 };
    const axis = { stroke: () => colorOf("quiet"), font: FONT, grid: line, ticks: { ...line, size: 5 } };
    return {
      width: this.#widthPx,
      height: drawing.heightPx,
      padding: [TOP_PX + (hasRows ? ROW_GAP_PX : 0) + ROW_PX * drawing.rows.length, RIGHT_PX, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: () => [this.#view.fromNs, this.#view.toNs] },
        y: { range: () => [0, drawing.top()] },
      },
      axes: [
        {
          ...axis,
          size: TIME_AXIS_PX,
          space: 84,
          incrs: [...TIME_STEPS_NS],
          values: (_, splits, __, ___, step) => timeTexts(splits, step),
        },
        { ...axis, size: axisPx, space: 28, values: (_, splits, __, ___, step) => drawing.texts(splits, step) },
      ],
      series: [{}, ...drawing.series],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: DRAG_PX },
        bind: { dblclick: () => () => this.#wholeAgain() },
      },
      hooks: {
        setSelect: [() => this.#selected()],
        setCursor: [() => this.#pointed()],
        drawAxes: [(plot) => this.#clipped(plot, () => drawing.drawUnder(plot))],
        draw: [
          (plot) => {
            this.#clipped(plot, () => drawing.drawOver(plot));
            for (const [index, row] of drawing.rows.entries()) this.#drawRow(plot, row, drawing.rows.length - index);
          },
        ],
      },
    };
  }

  #wholeAgain(): null {
    this.#view.showWhole();
    return null;
  }

  #selected(): void {
    const { left, width } = this.plot.select;
    if (width < DRAG_PX) return;
    const [fromNs, toNs] = [this.plot.posToVal(left, "x"), this.plot.posToVal(left + width, "x")];
    this.plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#view.show(fromNs, toNs);
  }

  #pointed(): void {
    const { left = -1 } = this.plot.cursor;
    // Out of the plot: the moment that was read out last stays.
    if (left >= 0) this.#view.point(this.plot.posToVal(left, "x"));
    else this.momentChanged();
  }

  #clipped({ ctx, bbox }: uPlot, draw: () => void): void {
    ctx.save();
    ctx.beginPath();
    const edge = EDGE_PX * uPlot.pxRatio;
    ctx.rect(bbox.left - edge, bbox.top, bbox.width + 2 * edge, bbox.height);
    ctx.clip();
    draw();
    ctx.restore();
  }

  /** A tick for every packet that was marked, each as wide as a pixel at least, so that none is lost. */
  #drawRow(plot: uPlot, { color, title, timesNs }: TickRow, fromPlot: number): void {
    const { ctx, bbox } = plot;
    const ratio = uPlot.pxRatio;
    const top = bbox.top - (ROW_GAP_PX + fromPlot * ROW_PX) * ratio;
    ctx.save();
    ctx.fillStyle = colorOf(color);
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    ctx.fillText(title, bbox.left - 8 * ratio, top + (TICK_PX / 2) * ratio);
    let last = -1;
    for (let index = firstFrom(timesNs, this.#view.fromNs); index < timesNs.length; index += 1) {
      if (timesNs[index]! > this.#view.toNs) break;
      const left = Math.round(plot.valToPos(timesNs[index]!, "x", true));
      if (left !== last)
        ctx.fillRect(left - Math.floor(ratio / 2), top, Math.max(1, Math.round(ratio)), TICK_PX * ratio);
      last = left;
    }
    ctx.restore();
  }

  #resized(): void {
    if (this.plot.width === this.#widthPx) return;
    this.plot.setSize({ width: this.#widthPx, height: this.drawing.heightPx });
    this.rangeChanged();
  }

  rangeChanged(): void {
    const { fromNs, toNs } = this.#view;
    this.plot.setData(this.drawing.data(fromNs, toNs, this.#widthPx), true);
    this.momentChanged();
  }

  momentChanged(): void {
    const { momentNs, fromNs, toNs } = this.#view;
    const isSeen = momentNs !== null && momentNs >= fromNs && momentNs <= toNs;
    const left = isSeen ? this.plot.valToPos(momentNs, "x") : -10;
    this.plot.setCursor({ left, top: isSeen ? 1 : -10 }, false);
    const text = momentNs === null ? "" : this.drawing.readout(momentNs, this.pixelNs);
    this.#readout.textContent = text;
    this.#host.setAttribute("aria-valuenow", String((momentNs ?? 0) / 1e9));
    this.#host.setAttribute("aria-valuetext", text === "" ? "no moment chosen" : text);
  }

  /** Colors have changed. */
  redraw(): void {
    this.plot.redraw(false, true);
  }
}
