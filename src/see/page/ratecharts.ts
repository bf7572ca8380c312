/** The two charts of rates, means and peaks, with their switches. */
import type { RateUnit } from "../axis.ts";
import { widthText } from "../axis.ts";
import type { ReportData } from "../document.ts";
import { unpackBins } from "../packing.ts";
import { meanLines, PEAK_LINES } from "../ratelines.ts";
import { TimeChart } from "./chart.ts";
import { RateDrawing, type RateSource } from "./ratedrawing.ts";
import type { TimeView } from "./timeview.ts";

/** Says how wide a step is, wherever the charts are changed. */
function tellSteps(section: Element, drawing: RateDrawing, peaks: HTMLElement): void {
  const { stepNs, binNs } = drawing.view;
  section.querySelector(".steps")!.textContent = `Each step is the mean of ${widthText(stepNs)}.`;
  peaks.textContent = `Peaks: the highest ${widthText(binNs)} within each step`;
}

function addSwitches(section: Element, source: RateSource, data: ReportData, changed: () => void): void {
  const all = source.counts;
  for (const button of section.querySelectorAll<HTMLButtonElement>("[data-line]")) {
    button.addEventListener("click", () => {
      const name = button.dataset["line"]!;
      const isShown = button.ariaPressed !== "true";
      button.ariaPressed = String(isShown);
      if (isShown) source.hidden.delete(name);
      else source.hidden.add(name);
      changed();
    });
  }
  for (const input of section.querySelectorAll<HTMLInputElement>("[name=unit]")) {
    input.addEventListener("change", () => {
      source.unit = input.value as RateUnit;
      changed();
    });
  }
  const choice = section.querySelector<HTMLSelectElement>("#rate-of");
  choice?.addEventListener("change", () => {
    const chosen = data.classes.find(({ name }) => name === choice.value);
    source.counts = chosen === undefined ? all : unpackBins(chosen.rates);
    changed();
  });
}

/** Makes both. */
export function makeRateCharts(host: HTMLElement, view: TimeView, data: ReportData): TimeChart[] {
  const section = host.closest("section")!;
  const source: RateSource = { counts: unpackBins(data.rates), unit: data.unit, hidden: new Set() };
  const label = "Rate over time";
  const lines = meanLines(data.hasYellow);
  const means = new RateDrawing(source, { label, heightPx: 260, lines, hasRow: true, isPeak: false });
  const peaks = new RateDrawing(source, {
    label: "Peak rate over time",
    heightPx: 130,
    lines: PEAK_LINES,
    hasRow: false,
    isPeak: true,
  });
  const mean = new TimeChart(host, view, means);
  const title = document.createElement("h3");
  host.append(title);
  const charts = [mean, new TimeChart(host, view, peaks)];
  const tell = () => tellSteps(section, means, title);
  view.follow({ rangeChanged: tell, momentChanged: () => undefined });
  tell();
  addSwitches(section, source, data, () => {
    for (const { plot, drawing } of charts) {
      for (const [index, { name }] of (drawing as RateDrawing).lines.entries()) {
        plot.setSeries(index + 1, { show: !source.hidden.has(name) });
      }
    }
    for (const chart of charts) chart.rangeChanged();
    tell();
  });
  return charts;
}
