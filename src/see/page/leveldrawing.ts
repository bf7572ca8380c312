/** The level of one bucket of one flow: steps up at packets, straight falls, the limit, and every refused packet. */
import uPlot from "uplot";
import { levelTexts, shortLevelText, timeText } from "../axis.ts";
import type { DrawnBucketInfo } from "../document.ts";
import type { Steps } from "../levelline.ts";
import type { MarkColumns } from "../marks.ts";
import type { Drawing, TickRow } from "./drawing.ts";
import { firstAfter, firstFrom, neighborTime } from "../search.ts";
import { colorOf } from "./theme.ts";

/** More crosses than this on the screen would hide each other: the row of ticks above has them all. */
const CROSSES_MAX = 160;
const CROSS_PX = 4;
const HEADROOM = 1.1;
/** A packet that would have gone higher than so many depths is marked at the upper edge. */
const REACH_MAX = 2.5;

export interface LevelSource {
  readonly flow: string;
  readonly info: DrawnBucketInfo;
  readonly bucket: number;
  readonly steps: Steps;
  readonly thinnedNs: number;
  readonly yellow: MarkColumns;
  readonly red: MarkColumns;
}

function highest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

export class LevelDrawing implements Drawing {
  readonly heightPx = 190;
  readonly label: string;
  readonly rows: readonly TickRow[];
  readonly series: readonly uPlot.Series[];
  readonly #source: LevelSource;
  readonly #top: number;
  #fromNs = 0;
  #toNs = 0;

  constructor(source: LevelSource) {
    this.#source = source;
    const { flow, info, bucket, steps, red, yellow } = source;
    this.label = info.line === "level" ? `Level of the ${info.name} bucket of ${flow}` : `Backlog of ${flow}`;
    this.rows = [
      ...(yellow.timesNs.length > 0
        ? [{ color: "yellow-line", title: "yellow", timesNs: yellow.timesNs } as const]
        : []),
      { color: "red-line", title: "refused", timesNs: red.timesNs },
    ];
    const line = Math.max(highest(steps.after), info.depth ?? 0);
    const reach = highest(red.levels[bucket]!);
    this.#top = (Math.max(line, line === 0 ? reach : Math.min(reach, line * REACH_MAX)) || 1) * HEADROOM;
    this.series = [
      { stroke: () => colorOf("level"), width: 1.5, points: { show: false }, paths: uPlot.paths.linear!() },
    ];
  }

  /** Both ends of each step in view, and one step more on either side for the lines that lead out of it. */
  data(fromNs: number, toNs: number): uPlot.AlignedData {
    [this.#fromNs, this.#toNs] = [fromNs, toNs];
    const { timesNs, before, after } = this.#source.steps;
    const first = Math.max(0, firstFrom(timesNs, fromNs) - 1);
    const end = Math.min(timesNs.length, firstAfter(timesNs, toNs) + 1);
    const [times, levels]: [number[], number[]] = [[], []];
    for (let index = first; index < end; index += 1) {
      times.push(timesNs[index]!);
      levels.push(before[index]!);
      if (before[index] === after[index]) continue;
      times.push(timesNs[index]!);
      levels.push(after[index]!);
    }
    return [times, levels];
  }

  top(): number {
    return this.#top;
  }

  texts(values: number[], step: number): string[] {
    return levelTexts(this.#source.info.cost, values, step);
  }

  /** The limit, a dashed line with its name. */
  drawUnder({ ctx, bbox, valToPos }: uPlot): void {
    const { info } = this.#source;
    if (info.depth === null) return;
    const ratio = uPlot.pxRatio;
    const y = valToPos(info.depth, "y", true);
    ctx.strokeStyle = colorOf("limit");
    ctx.fillStyle = colorOf("quiet");
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash([6 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    ctx.fillText(`${info.limit} ${info.depthText}`, bbox.left + bbox.width - 4 * ratio, y - 2 * ratio);
  }

  /** Crosses where refused packets would have taken the level, as long as they can be told apart. */
  drawOver({ ctx, valToPos }: uPlot): void {
    const { red, bucket } = this.#source;
    const first = firstFrom(red.timesNs, this.#fromNs);
    const end = firstAfter(red.timesNs, this.#toNs);
    if (end - first > CROSSES_MAX) return;
    const ratio = uPlot.pxRatio;
    const reach = CROSS_PX * ratio;
    ctx.strokeStyle = colorOf("red-line");
    ctx.lineWidth = 2 * ratio;
    ctx.beginPath();
    for (let index = first; index < end; index += 1) {
      const x = valToPos(red.timesNs[index]!, "x", true);
      const y = valToPos(Math.min(red.levels[bucket]![index]!, this.#top / HEADROOM), "y", true);
      ctx.moveTo(x - reach, y - reach);
      ctx.lineTo(x + reach, y + reach);
      ctx.moveTo(x - reach, y + reach);
      ctx.lineTo(x + reach, y - reach);
    }
    ctx.stroke();
  }

  /** The level at a moment: after the packets of that very time. */
  levelAt(momentNs: number): number | undefined {
    const { timesNs, before, after } = this.#source.steps;
    const index = firstAfter(timesNs, momentNs) - 1;
    if (index < 0) return undefined;
    const [startNs, start] = [timesNs[index]!, after[index]!];
    const [endNs, end] = [timesNs[index + 1] ?? startNs, before[index + 1] ?? start];
    return endNs === startNs ? start : start + ((end - start) * (momentNs - startNs)) / (endNs - startNs);
  }

  readout(momentNs: number, pixelNs: number): string {
    const { info, thinnedNs } = this.#source;
    const level = this.levelAt(momentNs);
    const time = `at ${timeText(Math.max(0, momentNs))}`;
    if (level === undefined) return `${time}: before the flow's first packet`;
    const about = thinnedNs > pixelNs ? "about " : "";
    const limit = info.depth === null ? "" : ` of ${info.depthText}`;
    const text = `${time}: ${info.line} ${about}${shortLevelText(info.cost, level)}${limit}`;
    return [text, ...this.#marked(momentNs, pixelNs)].join(", ");
  }

  /** What is marked within a pixel or two. */
  #marked(momentNs: number, pixelNs: number): string[] {
    const { red, yellow } = this.#source;
    return (["refused", "yellow"] as const).flatMap((title) => {
      const { timesNs, packets, bytes } = title === "refused" ? red : yellow;
      const [first, end] = [firstFrom(timesNs, momentNs - pixelNs), firstAfter(timesNs, momentNs + pixelNs)];
      if (end === first) return [];
      const sum = (values: Float64Array) => values.subarray(first, end).reduce((a, b) => a + b, 0);
      const count = sum(packets);
      return [`${count} ${count === 1 ? "packet" : "packets"} ${title} here (${shortLevelText("bytes", sum(bytes))})`];
    });
  }

  neighbor(momentNs: number, direction: -1 | 1, pixelNs: number): number {
    return neighborTime(this.#source.steps.timesNs, momentNs, direction, pixelNs) ?? momentNs;
  }

  neighborMark(momentNs: number, direction: -1 | 1): number | undefined {
    return neighborTime(this.#source.red.timesNs, momentNs, direction, 0);
  }
}
