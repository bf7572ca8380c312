/** Totals by color, and how many packets they are of. */
import { grouped } from "../../report/number.ts";
import type { ColorTotals, Picture } from "../protocol.ts";
import { element } from "./dom.ts";
import { shareText } from "./format.ts";

const COLORS = ["green", "yellow", "red"] as const;

function cell(name: string, value: number): HTMLElement {
  return element("td", { "data-total": name, "data-value": value }, grouped(value));
}

function row(name: string, total: ColorTotals, all: ColorTotals): HTMLElement {
  return element(
    "tr",
    { class: name },
    element("th", { scope: "row" }, name),
    cell(`${name}.packets`, total.packets),
    element("td", {}, shareText(total.packets, all.packets)),
    cell(`${name}.bytes`, total.bytes),
    element("td", {}, shareText(total.bytes, all.bytes)),
  );
}

/** The rows of the table of totals. */
export function totalRows({ totals, flows }: Picture): HTMLElement[] {
  const sum = (pick: (total: ColorTotals) => number) => COLORS.reduce((all, color) => all + pick(totals[color]), 0);
  const all = { packets: sum(({ packets }) => packets), bytes: sum(({ bytes }) => bytes) };
  const shown = COLORS.filter((color) => color !== "yellow" || totals.yellow.packets > 0);
  const rows = [...shown.map((color) => row(color, totals[color], all)), row("all", all, all)];
  rows.at(-1)!.dataset["flows"] = String(flows.flows);
  return rows;
}

/** What the totals do not say. */
export function totalNotes({ totals, flows, metered, packets }: Picture): string[] {
  const { oversize, regressions } = totals;
  return [
    ...(metered < packets ? [`${grouped(metered)} of ${grouped(packets)} packets so far`] : []),
    `${grouped(flows.flows)} ${flows.flows === 1 ? "flow" : "flows"}`,
    ...(oversize.packets > 0 ? [`${grouped(oversize.packets)} larger than the bucket can hold`] : []),
    ...(regressions > 0 ? [`${grouped(regressions)} older than the packet before, metered at its time`] : []),
  ];
}
