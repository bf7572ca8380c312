/** What keys do on a chart: the read-out moves, the time that is shown shrinks, grows and goes along. */
import type { TimeWindow } from "../../see/timewindow.ts";

export interface ChartPlace {
  readonly window: TimeWindow;
  /** Where the read-out is. */
  readonly atNs: number;
  /** Of one pixel. */
  readonly stepNs: number;
  /** All that the capture has. */
  readonly spanNs: number;
  /** Times of refused packets, in order; of charts without marks none. */
  readonly marksNs: Float64Array;
}

export interface ChartMove {
  readonly atNs: number;
  /** Null: everything; undefined: as it is. */
  readonly window?: TimeWindow | null;
}

const FAR_STEPS = 10;
const ZOOM = 2;
/** A read-out that leaves the window takes it along by this part. */
const PAN_PART = 0.25;

function panned({ window, spanNs }: ChartPlace, atNs: number): ChartMove {
  const { fromNs, toNs } = window;
  const to = Math.min(Math.max(atNs, 0), spanNs);
  if (to >= fromNs && to <= toNs) return { atNs: to };
  const widthNs = toNs - fromNs;
  const startNs = to < fromNs ? to - PAN_PART * widthNs : to - (1 - PAN_PART) * widthNs;
  return { atNs: to, window: { fromNs: startNs, toNs: startNs + widthNs } };
}

function zoomed({ window: { fromNs, toNs } }: ChartPlace, atNs: number, factor: number): ChartMove {
  return { atNs, window: { fromNs: atNs - (atNs - fromNs) * factor, toNs: atNs + (toNs - atNs) * factor } };
}

/** The refused packet before or after the read-out; without one it stays. */
function markBeside({ atNs, marksNs, stepNs }: ChartPlace, isBack: boolean): number {
  const isBeyond = (timeNs: number) => (isBack ? timeNs < atNs - stepNs / 2 : timeNs > atNs + stepNs / 2);
  return (isBack ? marksNs.findLast(isBeyond) : marksNs.find(isBeyond)) ?? atNs;
}

/** What a key asks for; undefined: nothing. The window may reach beyond the capture: whoever shows it keeps it inside. */
export function keyMove(key: string, isShifted: boolean, place: ChartPlace): ChartMove | undefined {
  const { atNs, stepNs } = place;
  const far = (isShifted ? FAR_STEPS : 1) * stepNs;
  switch (key) {
    case "ArrowLeft":
      return panned(place, atNs - far);
    case "ArrowRight":
      return panned(place, atNs + far);
    case "PageUp":
      return panned(place, markBeside(place, true));
    case "PageDown":
      return panned(place, markBeside(place, false));
    case "+":
    case "=":
      return zoomed(place, atNs, 1 / ZOOM);
    case "-":
      return zoomed(place, atNs, ZOOM);
    case "0":
      return { atNs, window: null };
    default:
      return undefined;
  }
}
