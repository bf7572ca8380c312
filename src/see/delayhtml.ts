/** What a shaper did to the packets' times: figures, how many packets had how much delay, the frame of the chart. */
import { exactRate } from "../policies.ts";
import { grouped, percent } from "../report/number.ts";
import type { ShapeMeasures } from "../shape/measures.ts";
import type { Rational } from "../types.ts";
import { shortLevelText, timeText } from "./axis.ts";
import { delayChartHtml } from "./chartshtml.ts";
import type { DelayClass } from "./delays.ts";
import type { DrawnBucketInfo, ReportData } from "./document.ts";
import { type HtmlCell, type HtmlColumn, paragraph, section, tableHtml } from "./html.ts";

const FIGURE_COLUMNS: readonly HtmlColumn[] = [
  { title: "figure", isText: true },
  { title: "" },
  { title: "at most" },
  { title: "of the flow", isText: true },
];
const CLASS_COLUMNS: readonly HtmlColumn[] = [
  { title: "delay", isText: true },
  { title: "packets" },
  { title: "part" },
  { title: "so far" },
];

/** A fraction as a number: figures are read, not computed with. */
export function numberOf({ num, den }: Rational): number {
  return Number(num) / Number(den);
}

function timeOf(ns: Rational | bigint | null): string {
  if (ns === null) return "";
  return timeText(typeof ns === "bigint" ? Number(ns) : numberOf(ns));
}

/** Rows of the figures; what the run does not have is left out. */
function figureRows({ delay, burst, backlog, outputRate }: ShapeMeasures, info: DrawnBucketInfo): string[][] {
  const rows: string[][] = [];
  const add = (name: string, value: string, bound = "", flow: string | null = null) =>
    rows.push([name, value, bound, flow ?? ""]);
  if (delay !== null) {
    const { leastNs, medianNs, p99Ns, mostNs, flow, finishing, waiting, jitterNs } = delay;
    add("shortest delay", timeOf(leastNs));
    add("median", timeOf(medianNs));
    add("of 99 of 100 packets, at most", timeOf(p99Ns));
    add("longest", timeOf(mostNs), timeOf(finishing.boundNs), flow);
    if (waiting !== null) add("longest until its first byte was sent", timeOf(waiting.ns), timeOf(waiting.boundNs));
    if (jitterNs !== null) add("mean change from packet to packet of a flow", timeOf(jitterNs));
  }
  // The core does not add up what waits where only time bounds it.
  if (backlog !== null && (info.depth !== null || backlog.amount.num > 0n)) {
    const { amount, unit, flow } = backlog;
    add("longest queue", shortLevelText(unit, numberOf(amount)), info.depthText, flow);
  }
  if (burst !== null && delay !== null) {
    const { cost } = info;
    add("largest burst that left", shortLevelText(cost, numberOf(burst.units)), "", burst.flow);
  }
  if (outputRate !== null) add("rate of what left", exactRate(outputRate, "bytes").text);
  return rows;
}

function classRows(classes: readonly DelayClass[]): HtmlCell[][] {
  const total = classes.reduce((sum, { packets }) => sum + packets, 0);
  const most = Math.max(1, ...classes.map(({ packets }) => packets));
  let soFar = 0;
  return classes.map(({ mostNs, packets }) => {
    soFar += packets;
    const name = mostNs === 0 ? "none" : mostNs === Infinity ? "more" : `up to ${timeText(mostNs)}`;
    const parts = [packets, soFar].map((count) => percent(BigInt(count), BigInt(total)));
    return [name, { text: grouped(packets), part: packets / most }, ...parts];
  });
}

/** The section; empty of meters. */
export function delaysHtml(data: ReportData, measures: ShapeMeasures, classes: readonly DelayClass[]): string {
  if (measures.delay === null) {
    return section("delays", "Delay and backlog", [paragraph("No packet departed.", "empty")]);
  }
  return section("delays", "Delay and backlog", [
    ...delayChartHtml(data),
    tableHtml("Of all packets that departed", FIGURE_COLUMNS, figureRows(measures, data.buckets[0]!)),
    tableHtml("Packets by delay", CLASS_COLUMNS, classRows(classes)),
  ]);
}
