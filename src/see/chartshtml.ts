/** The frames that the page's script draws charts into, with their legends and switches. */
import type { RateUnit } from "./axis.ts";
import { DELAY_LINES } from "./delaylines.ts";
import type { DrawnBucketInfo, ReportData } from "./document.ts";
import { paragraph, section } from "./html.ts";
import { meanLines } from "./ratelines.ts";
import { element, escaped } from "./svg.ts";

const KEYS_HELP =
  "Drag over a chart to zoom, double-click for all of it. With the keyboard: Tab to a chart, arrows move the read-out, + and - zoom, 0 shows all, Page Down goes to the next refused packet.";

/** A piece of a line as it is drawn. */
function swatch(color: string, dash: readonly number[], width: number): string {
  const line = { x1: 0, x2: 28, y1: 5, y2: 5, "stroke-width": width, "stroke-dasharray": dash.join(" ") };
  return element("svg", { width: 28, height: 10, "aria-hidden": "true" }, element("line", { class: color, ...line }));
}

function cross(): string {
  return element("svg", { width: 12, height: 10, "aria-hidden": "true" }, element("path", { d: "M2 1L10 9M2 9L10 1" }));
}

function rateLegend(hasYellow: boolean): string {
  const buttons = meanLines(hasYellow).map(({ name, title, color, dash, width }) =>
    element(
      "button",
      { type: "button", "aria-pressed": "true", "data-line": name },
      swatch(color, dash, width) + escaped(title),
    ),
  );
  return element("div", { class: "legend", role: "group", "aria-label": "lines of the chart" }, buttons.join("\n"));
}

function unitChoice(value: RateUnit, title: string, unit: RateUnit): string {
  const isChosen = value === unit ? " checked" : "";
  return `<label><input type="radio" name="unit" value="${value}"${isChosen}> ${title}</label>`;
}

function classChoice(classes: ReportData["classes"]): string {
  if (classes.length === 0) return "";
  const options = [
    { value: "", name: "all packets" },
    ...classes.map(({ name }) => ({ value: name, name: `class ${name}` })),
  ];
  const list = options.map(({ value, name }) => element("option", { value }, escaped(name)));
  return element("label", {}, `of ${element("select", { id: "rate-of" }, list.join(""))}`);
}

/** Rates over time. */
export function ratesHtml({ spanNs, hasYellow, classes, unit }: ReportData): string {
  const choices = unitChoice("bit", "bit/s", unit) + unitChoice("packet", "packets/s", unit);
  const isInstant = spanNs === 0;
  const parts = isInstant
    ? [paragraph("All packets came at one instant, so there is no rate over time.", "empty")]
    : [
        rateLegend(hasYellow),
        element("p", { class: "switches" }, choices + classChoice(classes)),
        element("div", { id: "rate-charts" }, ""),
        paragraph("", "small steps"),
        paragraph(KEYS_HELP, "small screen"),
      ];
  return section("rates", "Rate over time", parts);
}

function levelLegend({ line, limit, depth }: DrawnBucketInfo, hasYellow: boolean): string {
  const items = [
    swatch("level", [], 1.5) + line,
    ...(depth === null ? [] : [swatch("limit", [6, 4], 1.5) + limit]),
    cross() + `refused: where the ${line} would have gone, and a tick above`,
    ...(hasYellow ? [swatch("yellow-line", [2, 3], 8) + "yellow, a tick above"] : []),
  ];
  return element("div", { class: "legend" }, items.map((item) => element("span", {}, item)).join("\n"));
}

/** The chart of delays over time, where there is time. */
export function delayChartHtml({ spanNs, delays }: ReportData): string[] {
  if (spanNs === 0 || delays === null) return [];
  const items = DELAY_LINES.map(({ color, dash, title }) => swatch(color, dash, 1.5) + title);
  const bound = delays.boundNs === null ? [] : [`${swatch("limit", [6, 4], 1.5)}longest that can be`];
  const list = [...items, ...bound].map((item) => element("span", {}, item));
  return [
    element("div", { class: "legend" }, list.join("\n")),
    element("div", { id: "delay-charts" }, ""),
    paragraph("Of the packets that come in each step of time and are not refused.", "small"),
  ];
}

/** Levels of the flows that were followed, and what to know about them. */
export function levelsHtml({ watched, hasYellow, buckets }: ReportData, notes: readonly string[]): string {
  const [info] = buckets;
  const title = info?.line === "backlog" ? "Backlog of the worst flows" : "Bucket levels of the worst flows";
  return section("levels", title, [
    ...(watched.length > 0 && info !== undefined ? [levelLegend(info, hasYellow)] : []),
    ...notes.map((line) => paragraph(line, "small")),
    element("div", { id: "level-charts" }, ""),
  ]);
}
