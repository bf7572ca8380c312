/** The script of the page: hears the looks and draws them. */
import { grouped, spanText } from "../../report/number.ts";
import { speedText } from "../pace.ts";
import type { Look } from "../web/look.ts";
import { element } from "./dom.ts";
import { RateChart } from "./ratechart.ts";
import { Seconds } from "./seconds.ts";
import { Tables } from "./tables.ts";

const SPANS = [
  { seconds: 60, title: "1 min" },
  { seconds: 600, title: "10 min" },
] as const;

/** What the page shows, for those who look into it with a program. */
interface Shown {
  look: Look | undefined;
  readonly seconds: Seconds;
  chart: RateChart | undefined;
  isEnded: boolean;
}

declare global {
  interface Window {
    weirWatch?: Shown;
  }
}

function modeText({ mode, isPaused, speed }: Look, isEnded: boolean): string {
  if (isEnded) return "the watch has ended";
  if (mode !== "replay") return mode;
  return `replay, ${isPaused ? "paused" : speedText(speed ?? Infinity)}`;
}

class WatchPage {
  readonly #shown: Shown = { look: undefined, seconds: new Seconds(), chart: undefined, isEnded: false };
  readonly #tables = new Tables();
  readonly #name = element("h1", {});
  readonly #policy = element("p", { class: "policy" });
  readonly #state = element("p", { class: "state", role: "status" });
  readonly #chart = element("div", {});
  readonly #notes = element("ul", { class: "notes warnings" });
  #isLost = false;

  constructor(host: HTMLElement) {
    window.weirWatch = this.#shown;
    const header = element("header", {}, this.#name, this.#policy, this.#state);
    header.querySelector(".policy")!.classList.add("small");
    host.replaceChildren(
      header,
      ...this.#tables.above,
      element("section", {}, element("h2", {}, "Rates"), this.#spanChoice(), this.#chart),
      ...this.#tables.below,
      this.#notes,
    );
  }

  #spanChoice(): HTMLElement {
    const choices = SPANS.map(({ seconds, title }, index) => {
      const input = element("input", { type: "radio", name: "span", ...(index === 0 ? { checked: "" } : {}) });
      input.addEventListener("change", () => {
        if (this.#shown.chart !== undefined) this.#shown.chart.span = seconds;
      });
      return element("label", {}, input, ` ${title}`);
    });
    return element("p", { class: "switches" }, ...choices);
  }

  take(look: Look): void {
    this.#shown.look = look;
    this.#isLost = false;
    this.#shown.seconds.take(look.bins);
    this.#shown.chart ??= new RateChart(this.#chart, this.#shown.seconds, look.cost, look.hasYellow);
    this.#shown.chart.draw();
    this.#tables.show(look);
    this.#name.textContent = look.capture;
    this.#policy.textContent = look.policy;
    this.#notes.replaceChildren(...look.notes.map((note) => element("li", {}, note)));
    this.#showState();
  }

  #showState(): void {
    const { look, isEnded } = this.#shown;
    if (look === undefined) return;
    const span = look.timeNs === null ? "no packet yet" : spanText(BigInt(Math.floor(look.spanNs)));
    const mode = this.#isLost ? "connection lost, trying again" : modeText(look, isEnded);
    this.#state.replaceChildren(
      element("strong", {}, mode),
      element("span", {}, span),
      element("span", {}, `${grouped(look.flows)} flows`),
    );
  }

  lose(): void {
    this.#isLost = true;
    this.#showState();
  }

  end(): void {
    this.#shown.isEnded = true;
    this.#isLost = false;
    this.#showState();
  }
}

const page = new WatchPage(document.getElementById("watch")!);
const events = new EventSource("events");
events.addEventListener("look", ({ data }: MessageEvent<string>) => page.take(JSON.parse(data) as Look));
events.addEventListener("end", () => {
  events.close();
  page.end();
});
events.addEventListener("error", () => page.lose());
