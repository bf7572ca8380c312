/** The charts of levels: one a bucket of each flow that was followed. */
import type { PackedFlow, ReportData } from "../document.ts";
import { unpackMarks, unpackSteps } from "../packing.ts";
import { timeText, widthText } from "../axis.ts";
import { TimeChart } from "./chart.ts";
import { LevelDrawing } from "./leveldrawing.ts";
import type { TimeView } from "./timeview.ts";

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** What is not shown one by one. */
function limitsText({ steps, red, yellow, startNs }: PackedFlow, isPartial: boolean): string {
  const thinnedNs = Math.max(...steps.map((line) => line.thinnedNs));
  const merged = [red, yellow].filter(({ mergedNs }) => mergedNs > 0);
  const parts = [
    ...(isPartial ? [`followed from ${timeText(startNs)} on`] : []),
    ...(thinnedNs > 0
      ? [`of each ${widthText(thinnedNs)} the line has the first and last step, the lowest and the highest level`]
      : []),
    ...(merged.length > 0
      ? [
          `packets within ${widthText(Math.max(...merged.map(({ mergedNs }) => mergedNs)))} share a mark, and are counted`,
        ]
      : []),
  ];
  return parts.length === 0 ? "" : `; ${parts.join("; ")}`;
}

function flowCharts(host: HTMLElement, view: TimeView, data: ReportData, packed: PackedFlow): TimeChart[] {
  const [red, yellow] = [unpackMarks(packed.red), unpackMarks(packed.yellow)];
  const article = document.createElement("article");
  const heading = document.createElement("h3");
  heading.textContent = packed.flow;
  const text = document.createElement("p");
  text.className = "small";
  const marked = [
    `${counted(sum(red.packets), "packet")} refused`,
    ...(yellow.timesNs.length > 0 ? [`${counted(sum(yellow.packets), "packet")} yellow`] : []),
  ];
  text.textContent = `${marked.join(", ")}${limitsText(packed, packed.isPartial)}`;
  article.append(heading, text);
  host.append(article);
  return data.buckets.map((info, bucket) => {
    if (data.buckets.length > 1) {
      const title = document.createElement("h4");
      title.textContent = `${info.name} bucket, ${info.depthText}`;
      article.append(title);
    }
    const { thinnedNs, ...steps } = packed.steps[bucket]!;
    const source = {
      flow: packed.flow,
      info,
      bucket,
      steps: unpackSteps({ thinnedNs, ...steps }),
      thinnedNs,
      red,
      yellow,
    };
    return new TimeChart(article, view, new LevelDrawing(source));
  });
}

/** Makes all of them. */
export function makeLevelCharts(host: HTMLElement, view: TimeView, data: ReportData): TimeChart[] {
  return data.watched.flatMap((packed) => flowCharts(host, view, data, packed));
}
