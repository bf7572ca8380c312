/** The script of a report: reads the data that the file holds and draws it. */
import type { ReportData } from "../document.ts";
import type { TimeChart } from "./chart.ts";
import { FlowTable } from "./flowtable.ts";
import { makeLevelCharts } from "./levelcharts.ts";
import { makeRateCharts } from "./ratecharts.ts";
import { onThemeChange } from "./theme.ts";
import { TimeView } from "./timeview.ts";

/** What the page shows, for those who look into it with a program. */
interface Shown {
  readonly data: ReportData;
  readonly view: TimeView;
  readonly charts: readonly TimeChart[];
}

declare global {
  interface Window {
    weirReport?: Shown;
  }
}

function byId(id: string): HTMLElement | null {
  return document.getElementById(id);
}

function main(): void {
  const data = JSON.parse(byId("data")!.textContent ?? "") as ReportData;
  const view = new TimeView(data.spanNs);
  const [rateHost, levelHost, tableHost] = [byId("rate-charts"), byId("level-charts"), byId("flow-table")];
  const charts = [
    ...(rateHost === null ? [] : makeRateCharts(rateHost, view, data)),
    ...(levelHost === null ? [] : makeLevelCharts(levelHost, view, data)),
  ];
  if (tableHost !== null) void new FlowTable(tableHost, data.flows, data.hasYellow);
  onThemeChange(() => {
    for (const chart of charts) chart.redraw();
  });
  window.weirReport = { data, view, charts };
}

main();
