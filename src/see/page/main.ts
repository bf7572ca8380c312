/** The script of a report: reads the data that the file holds and draws it. */
import type { ReportData } from "../document.ts";
import { unpackDelays } from "../packing.ts";
import { TimeChart } from "./chart.ts";
import { DelayDrawing } from "./delaydrawing.ts";
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
  const [rateHost, delayHost, levelHost] = [byId("rate-charts"), byId("delay-charts"), byId("level-charts")];
  const tableHost = byId("flow-table");
  const charts = [
    ...(rateHost === null ? [] : makeRateCharts(rateHost, view, data)),
    ...(delayHost === null || data.delays === null
      ? []
      : [new TimeChart(delayHost, view, new DelayDrawing(unpackDelays(data.delays), data.delays.boundNs))]),
    ...(levelHost === null ? [] : makeLevelCharts(levelHost, view, data)),
  ];
  if (tableHost !== null) void new FlowTable(tableHost, data.flows, data.hasYellow);
  onThemeChange(() => {
    for (const chart of charts) chart.redraw();
  });
  window.weirReport = { data, view, charts };
}

main();
