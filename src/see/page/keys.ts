/** The keys of a chart that has the focus. */
import type { Drawing } from "./drawing.ts";
import type { TimeView } from "./timeview.ts";

const ZOOM = 0.5;
/** With shift, an arrow goes so many steps. */
const STRIDE = 10;

/** What the keys need of a chart. */
interface KeyedChart {
  readonly drawing: Drawing;
  readonly pixelNs: number;
}

function moved(view: TimeView, { drawing, pixelNs }: KeyedChart, direction: -1 | 1, steps: number): void {
  let momentNs = view.momentNs ?? (direction === 1 ? view.fromNs : view.toNs);
  for (let step = 0; step < steps; step += 1) momentNs = drawing.neighbor(momentNs, direction, pixelNs);
  view.visit(momentNs);
}

function wentToMark(view: TimeView, { drawing }: KeyedChart, direction: -1 | 1): void {
  const start = view.momentNs ?? (direction === 1 ? -Infinity : Infinity);
  const found = drawing.neighborMark(start, direction);
  if (found !== undefined) view.visit(found);
}

/** Arrows move, + and - zoom, 0 and Escape show all, Home and End go to the ends, page keys to refused packets. */
export function addChartKeys(host: HTMLElement, view: TimeView, chart: KeyedChart): void {
  const around = () => view.momentNs ?? (view.fromNs + view.toNs) / 2;
  const actions: Readonly<Record<string, (steps: number) => void>> = {
    ArrowLeft: (steps) => moved(view, chart, -1, steps),
    ArrowRight: (steps) => moved(view, chart, 1, steps),
    Home: () => view.point(view.fromNs),
    End: () => view.point(view.toNs),
    PageUp: () => wentToMark(view, chart, -1),
    PageDown: () => wentToMark(view, chart, 1),
    "+": () => view.zoom(ZOOM, around()),
    "=": () => view.zoom(ZOOM, around()),
    "-": () => view.zoom(1 / ZOOM, around()),
    "0": () => view.showWhole(),
    Escape: () => view.showWhole(),
  };
  host.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action(event.shiftKey ? STRIDE : 1);
  });
}
