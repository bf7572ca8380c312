/** A run as one HTML file that needs nothing else: text, tables, the data of the charts, and the script that draws. */
import type { Summary } from "../report/summary.ts";
import type { ShapeMeasures } from "../shape/measures.ts";
import { summaryJson } from "../report/summary.ts";
import { canBeYellow } from "../report/text.ts";
import type { PageAssets } from "./assets.node.ts";
import { bucketsInfoOf, rateUnitOf } from "./bucketinfo.ts";
import { levelsHtml, ratesHtml } from "./chartshtml.ts";
import { delaysHtml, numberOf } from "./delayhtml.ts";
import type { DelayRecorder } from "./delays.ts";
import type { PackedFlow, ReportData } from "./document.ts";
import type { Excess } from "./excess.ts";
import { flowRow, flowsHtml } from "./flowrows.ts";
import { packBins, packDelays } from "./packing.ts";
import type { RateRecorder } from "./rates.ts";
import { classesHtml, excessHtml, headerHtml, policyHtml, totalsHtml } from "./sections.ts";
import { element, escaped } from "./svg.ts";

export interface ReportInput {
  readonly summary: Summary;
  /** One line on each capture that could not be read to its end. */
  readonly failures: readonly string[];
  readonly rates: RateRecorder;
  readonly excess: Excess;
  readonly watched: readonly PackedFlow[];
  /** Of shapers. */
  readonly delays: { readonly recorder: DelayRecorder; readonly measures: ShapeMeasures } | undefined;
  /** What to know about the level charts, or why there are none. */
  readonly levelNotes: readonly string[];
}

/**
 * The browser itself keeps the page off the network: nothing may be loaded, nothing may be connected to, but what is
 * in the file.
 */
const CONTENT_POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The data of the charts and the table. */
export function reportData({ summary, rates, watched, delays }: ReportInput): ReportData {
  const { policy, topFlows } = summary;
  const { originNs } = rates.clock;
  const { all, classes } = rates;
  return {
    summary: JSON.parse(summaryJson({ ...summary, topFlows: [] })) as unknown,
    originNs: originNs?.toString() ?? null,
    spanNs: rates.clock.spanNs,
    hasYellow: canBeYellow(policy),
    unit: rateUnitOf(policy),
    rates: packBins(all),
    classes:
      policy.meter === "classes"
        ? classes.flatMap((bins, index) =>
            bins.packets[0]!.length === 0 ? [] : [{ name: policy.classes[index]!.name, rates: packBins(bins) }],
          )
        : [],
    delays: delays === undefined ? null : packDelays(delays.recorder.overTime, boundNsOf(delays.measures)),
    buckets: bucketsInfoOf(policy),
    watched,
    flows: topFlows.map((flow) => flowRow(flow, originNs ?? 0n)),
  };
}

/** The longest delay that the contract allows, for a line in the chart. */
function boundNsOf({ delay }: ShapeMeasures): number | null {
  const boundNs = delay?.finishing.boundNs ?? null;
  return boundNs === null ? null : numberOf(boundNs);
}

/** JSON inside a script element: no text of it may end the element. */
function embedded(data: ReportData): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}

function chartSections({ delays, levelNotes }: ReportInput, data: ReportData): string[] {
  return [
    ratesHtml(data),
    ...(delays === undefined ? [] : [delaysHtml(data, delays.measures, delays.recorder.classes)]),
    levelsHtml(data, levelNotes),
  ];
}

/** The whole file. */
export function reportHtml(input: ReportInput, { script, style, license }: PageAssets): string {
  const { summary, failures } = input;
  const names = summary.captures.map(({ name }) => name).join(", ");
  const data = reportData(input);
  const head = [
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    element("title", {}, escaped(`Weir report: ${names}`)),
    `<style>${style.trim()}</style>`,
  ];
  const body = [
    headerHtml(summary, failures),
    "<main>",
    totalsHtml(summary),
    ...(summary.total.packets === 0n ? [] : chartSections(input, data)),
    excessHtml(input.excess),
    ...classesHtml(summary),
    flowsHtml(summary),
    policyHtml(summary),
    "</main>",
    "<noscript><p>The charts and the search of the table need JavaScript, which is off.</p></noscript>",
    `<script type="application/json" id="data">${embedded(data)}</script>`,
    `<script>\n/*!\n${license.trim()}\n*/\n${script.trim()}\n</script>`,
  ];
  return `<!doctype html>\n<html lang="en">\n<head>\n${head.join("\n")}\n</head>\n<body>\n${body.join("\n")}\n</body>\n</html>\n`;
}
