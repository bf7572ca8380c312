/** The worst flows as rows: all of them in the data, the first few also as a table that needs no script. */
import { counted, exactJson, grouped, percent } from "../report/number.ts";
import type { RecordTotals } from "../report/records.ts";
import type { Summary } from "../report/summary.ts";
import { canBeYellow } from "../report/text.ts";
import type { FlowRow } from "./document.ts";
import { type HtmlColumn, paragraph, section, tableHtml } from "./html.ts";
import { element } from "./svg.ts";

const STATIC_ROWS = 25;

/** Times from the first packet on: a report of years is not read by the nanosecond. */
export function flowRow({ flow, label, ...totals }: RecordTotals, originNs: bigint): FlowRow {
  const { packets, bytes, yellow, red, firstNs, lastNs } = totals;
  return [
    flow,
    exactJson(packets),
    exactJson(bytes),
    exactJson(yellow.bytes),
    exactJson(red.packets),
    exactJson(red.bytes),
    Number(firstNs - originNs),
    Number(lastNs - originNs),
    label?.name ?? "",
  ];
}

function cellsOf(totals: RecordTotals, hasYellow: boolean, hasClasses: boolean): string[] {
  const { flow, label, packets, bytes, yellow, red } = totals;
  return [
    flow,
    grouped(packets),
    grouped(bytes),
    ...(hasYellow ? [grouped(yellow.bytes)] : []),
    grouped(red.packets),
    grouped(red.bytes),
    percent(red.bytes, bytes),
    ...(hasClasses ? [label?.name ?? ""] : []),
  ];
}

/** The section with the table; the page's script takes it over. */
export function flowsHtml(summary: Summary): string {
  const { topFlows, flows, policy } = summary;
  const title = "Flows";
  if (topFlows.length === 0) return section("flows", title, [paragraph("There are no flows.", "empty")]);
  const hasClasses = policy.meter === "classes";
  const hasYellow = canBeYellow(policy);
  const columns: HtmlColumn[] = [
    { title: "flow", isText: true },
    { title: "packets" },
    { title: "bytes" },
    ...(hasYellow ? [{ title: "yellow bytes" }] : []),
    { title: "red packets" },
    { title: "red bytes" },
    { title: "red" },
    ...(hasClasses ? [{ title: "class", isText: true }] : []),
  ];
  const rows = topFlows.slice(0, STATIC_ROWS).map((totals) => cellsOf(totals, hasYellow, hasClasses));
  const isAll = flows === BigInt(topFlows.length);
  const caption = isAll
    ? `All of ${counted(flows, "flow")}`
    : `The ${grouped(topFlows.length)} worst of ${grouped(flows)} flows, by refused bytes, then by bytes`;
  return section("flows", title, [element("div", { id: "flow-table" }, tableHtml(caption, columns, rows))]);
}
