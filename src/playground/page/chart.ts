/** One chart over time on a canvas: lines, limits, marks; zoom by pointer and keys, and a read-out in words. */
import type { RefusedMarks } from "../meter/refusedmarks.ts";
import type { LinePoints } from "../picture/linereducer.ts";
import type { TimeWindow } from "../../see/timewindow.ts";
import { keyMove } from "./chartkeys.ts";
import { type Area, areaOf, drawAxes, drawCursor, drawLimits, drawLine, drawMarks, type Scale } from "./chartdraw.ts";
import { element } from "./dom.ts";
import { type DrawnUnit, timeText, valueText } from "./format.ts";

export interface ChartLine {
  readonly name: string;
  /** Name of a color of the style sheet: "--green". */
  readonly color: string;
  readonly width: number;
  readonly dash: readonly number[];
  readonly points: LinePoints;
}

export interface ChartLimit {
  readonly level: number;
  readonly text: string;
}

export interface ChartPicture {
  readonly window: TimeWindow;
  /** All that the capture has. */
  readonly spanNs: number;
  readonly lines: readonly ChartLine[];
  readonly limits: readonly ChartLimit[];
  readonly marks: RefusedMarks | null;
  readonly largest: number;
  readonly unit: DrawnUnit;
}

const HEADROOM = 1.08;
const DRAG_PX_MIN = 4;
const WINDOW_NS_MIN = 1000;

/** The values of a line at the columns around a place, lowest and highest; undefined where it has no point near. */
export function valuesAt({ x, y }: LinePoints, fromNs: number, toNs: number): readonly [number, number] | undefined {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x[middle]! < fromNs) low = middle + 1;
    else high = middle;
  }
  if (x.length === 0 || fromNs > x[x.length - 1]! || toNs < x[0]!) return undefined;
  let [least, most] = [Infinity, -Infinity];
  for (let index = low; index < x.length && x[index]! <= toNs; index += 1) {
    least = Math.min(least, y[index]!);
    most = Math.max(most, y[index]!);
  }
  if (least !== Infinity) return [least, most];
  // Between two points the line is straight.
  const [before, after] = [Math.max(low - 1, 0), Math.min(low, x.length - 1)];
  const width = x[after]! - x[before]!;
  const part = width === 0 ? 0 : (fromNs - x[before]!) / width;
  const value = y[before]! + part * (y[after]! - y[before]!);
  return [value, value];
}

export class Chart {
  readonly canvas: HTMLCanvasElement;
  readonly #readOut: HTMLElement;
  readonly #onWindow: (window: TimeWindow | null) => void;
  #picture: ChartPicture | undefined;
  /** Where the read-out is taken, in ns; null without one. */
  #cursorNs: number | null = null;
  #dragFromPx: number | null = null;
  #dragToPx = 0;

  /** `onWindow` is told what is to be shown; null: everything. */
  constructor(root: HTMLElement, name: string, onWindow: (window: TimeWindow | null) => void) {
    const label = `${name}. Arrow keys move the read-out, with Shift by ten; Page Up and Page Down go to refused packets; plus and minus zoom; 0 shows everything.`;
    this.canvas = element("canvas", { tabindex: 0, role: "img", "aria-label": label });
    this.#readOut = element("p", { class: "readout", "aria-live": "polite" });
    this.#onWindow = onWindow;
    root.append(this.canvas, this.#readOut);
    this.#listen();
  }

  /** Columns of pixels that a line has. */
  get columns(): number {
    return Math.max(1, Math.round(areaOf(this.canvas).width * devicePixelRatio));
  }

  show(picture: ChartPicture): void {
    this.#picture = picture;
    this.draw();
  }

  draw(): void {
    const picture = this.#picture;
    const context = this.canvas.getContext("2d");
    if (picture === undefined || context === null) return;
    const area = areaOf(this.canvas);
    this.canvas.width = Math.round(area.fullWidth * devicePixelRatio);
    this.canvas.height = Math.round(area.fullHeight * devicePixelRatio);
    context.scale(devicePixelRatio, devicePixelRatio);
    const scale = this.#scaleOf(picture, area);
    drawAxes(context, area, scale, picture);
    for (const line of picture.lines) drawLine(context, area, scale, line);
    if (picture.marks !== null) drawMarks(context, area, scale, picture.marks);
    drawLimits(context, area, scale, picture.limits);
    const drag = this.#dragFromPx === null ? null : ([this.#dragFromPx, this.#dragToPx] as const);
    drawCursor(context, area, this.#cursorNs === null ? null : scale.x(this.#cursorNs), drag);
    this.#tell(picture, area);
  }

  #scaleOf({ window, largest }: ChartPicture, area: Area): Scale {
    const top = largest === 0 ? 1 : largest * HEADROOM;
    const spanNs = window.toNs - window.fromNs;
    return {
      x: (timeNs) => area.left + ((timeNs - window.fromNs) / spanNs) * area.width,
      y: (value) => area.top + area.height * (1 - value / top),
      top,
    };
  }

  /** The values at the cursor in words. */
  #tell({ window, lines, marks, unit }: ChartPicture, area: Area): void {
    const atNs = this.#cursorNs;
    if (atNs === null || atNs < window.fromNs || atNs > window.toNs) {
      this.#readOut.textContent = "";
      return;
    }
    const columnNs = (window.toNs - window.fromNs) / area.width;
    const [fromNs, toNs] = [atNs - columnNs / 2, atNs + columnNs / 2];
    const values = lines.flatMap(({ name, points }) => {
      const range = valuesAt(points, fromNs, toNs);
      if (range === undefined) return [];
      const [low, high] = [valueText(range[0], unit), valueText(range[1], unit)];
      return [`${name} ${low === high ? low : `${low} to ${high}`}`];
    });
    let refused = 0;
    for (let index = 0; index < (marks?.x.length ?? 0); index += 1) {
      if (marks!.x[index]! >= fromNs && marks!.x[index]! <= toNs) refused += marks!.packets[index]!;
    }
    const red = refused > 0 ? [`${refused} refused`] : [];
    this.#readOut.textContent = `${timeText(atNs, columnNs, window.toNs)}: ${[...values, ...red].join(", ")}`;
  }

  #timeAt(px: number): number {
    const { window } = this.#picture!;
    const { left, width } = areaOf(this.canvas);
    const part = Math.min(Math.max((px - left) / width, 0), 1);
    return window.fromNs + part * (window.toNs - window.fromNs);
  }

  #listen(): void {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.#drag(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#drop(event));
    canvas.addEventListener("pointercancel", () => this.#stopDrag());
    canvas.addEventListener("pointerleave", () => this.#point(null));
    canvas.addEventListener("dblclick", () => this.#onWindow(null));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#focus());
  }

  #focus(): void {
    const window = this.#picture?.window;
    if (window !== undefined && this.#cursorNs === null) this.#point((window.fromNs + window.toNs) / 2);
  }

  #point(atNs: number | null): void {
    this.#cursorNs = atNs;
    this.draw();
  }

  #drag(event: PointerEvent): void {
    if (this.#picture === undefined || event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#dragFromPx = event.offsetX;
    this.#dragToPx = event.offsetX;
  }

  #move(event: PointerEvent): void {
    if (this.#picture === undefined) return;
    this.#dragToPx = event.offsetX;
    this.#point(this.#timeAt(event.offsetX));
  }

  #stopDrag(): void {
    this.#dragFromPx = null;
    this.draw();
  }

  #drop(event: PointerEvent): void {
    const from = this.#dragFromPx;
    this.#stopDrag();
    if (from === null || Math.abs(event.offsetX - from) < DRAG_PX_MIN) return;
    const [one, other] = [this.#timeAt(from), this.#timeAt(event.offsetX)];
    this.#zoom(Math.min(one, other), Math.max(one, other));
  }

  /** Shows a part, kept inside the capture. */
  #zoom(fromNs: number, toNs: number): void {
    const { spanNs } = this.#picture!;
    const widthNs = Math.max(toNs - fromNs, WINDOW_NS_MIN);
    if (widthNs >= spanNs) {
      this.#onWindow(null);
      return;
    }
    const startNs = Math.min(Math.max(fromNs, 0), spanNs - widthNs);
    this.#onWindow({ fromNs: startNs, toNs: startNs + widthNs });
  }

  #key(event: KeyboardEvent): void {
    const picture = this.#picture;
    if (picture === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { window, spanNs, marks } = picture;
    const stepNs = (window.toNs - window.fromNs) / areaOf(this.canvas).width;
    const atNs = this.#cursorNs ?? (window.fromNs + window.toNs) / 2;
    const place = { window, spanNs, atNs, stepNs, marksNs: marks?.x ?? new Float64Array(0) };
    const move = keyMove(event.key, event.shiftKey, place);
    if (move === undefined) return;
    event.preventDefault();
    this.#point(move.atNs);
    if (move.window === null) this.#onWindow(null);
    else if (move.window !== undefined) this.#zoom(move.window.fromNs, move.window.toNs);
  }
}
