/** The page: a form, a capture, and what the meter makes of it, drawn again with every change. */
import { ConfigError } from "../../errors.ts";
import { compilePolicy, type MeterPolicy } from "../../policy/compile.ts";
import { keyingOf } from "../../policy/keying.ts";
import { policyLine } from "../../policy/line.ts";
import { counted, grouped, spanText } from "../../report/number.ts";
import { type FormState, policyInputOf } from "../form/fields.ts";
import { fragmentOf, stateOfFragment } from "../form/fragment.ts";
import type { TimeWindow } from "../../see/timewindow.ts";
import { SAMPLES } from "../sample.ts";
import type { CaptureFacts, FromWorker, Picture } from "../protocol.ts";
import { Chart } from "./chart.ts";
import { Connection } from "./connection.ts";
import { Copies } from "./copies.ts";
import { byId, element } from "./dom.ts";
import { FlowList } from "./flowlist.ts";
import { Legend } from "./legend.ts";
import { intervalText, levelCharts, noLevelText, rateChart, rateNames } from "./pictures.ts";
import { PolicyForm } from "./policyform.ts";
import { totalNotes, totalRows } from "./totals.ts";

const BY_DEFAULT = "5-tuple";
const FIRST_STATE: FormState = {
  meter: "token-bucket",
  form: 0,
  values: { rate: "1 Mbit/s", burst: "16 kB" },
  by: BY_DEFAULT,
};
/** URLs are written at most so often: browsers refuse more. */
const URL_MS = 300;

/** A policy that compiles, and the state that it came from. */
interface Compiled {
  readonly policy: MeterPolicy;
  readonly state: FormState;
}

class Page {
  readonly #form: PolicyForm;
  readonly #connection = new Connection({
    onPicture: (picture) => this.#take(picture),
    onMessage: (message) => this.#hear(message),
  });
  readonly #rates = new Chart(byId("rates"), "Rate over time", (window) => this.#show(window));
  /** Of meters with two buckets the second as well. */
  readonly #levels = ["levels", "levels2"].map(
    (id) => new Chart(byId(id), "Level over time", (window) => this.#show(window)),
  );
  readonly #flows = new FlowList(
    byId("flow-list"),
    () => this.#ask(),
    (flow) => this.#follow(flow),
  );
  readonly #legend = new Legend(byId("legend"), () => this.#draw());
  readonly #copies = new Copies(byId("copies"));
  #compiled: Compiled | undefined;
  #capture: CaptureFacts | undefined;
  #picture: Picture | undefined;
  /** The policy that the picture is of. */
  #drawn: Compiled | undefined;
  readonly #asked = new Map<number, { readonly compiled: Compiled; readonly atMs: number }>();
  #window: TimeWindow | null = null;
  #flow: number | null = null;
  #asks = 0;
  /** Of sample traffic, what it is. */
  #sampleNote: string | null = null;
  #urlTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const state = stateOfFragment(location.hash, BY_DEFAULT) ?? FIRST_STATE;
    this.#form = new PolicyForm(byId("policy"), state, (changed) => this.#change(changed));
    this.#change(state);
    this.#listen();
  }

  #listen(): void {
    const file = byId("file") as HTMLInputElement;
    file.addEventListener("change", () => {
      if (file.files?.[0] !== undefined) this.#open(file.files[0]);
    });
    const preset = byId("preset") as HTMLSelectElement;
    preset.append(...SAMPLES.map((sample) => element("option", { title: sample.shows }, sample.preset)));
    byId("sample").addEventListener("click", () => {
      const { command, shows } = SAMPLES.find((sample) => sample.preset === preset.value)!;
      this.#begin("Making sample traffic ...");
      this.#sampleNote = `The same capture as a file: ${command}. It shows ${shows}.`;
      this.#connection.loadSample(preset.value);
    });
    byId("interval").addEventListener("change", () => this.#ask());
    byId("everything").addEventListener("click", () => this.#show(null));
    byId("worst").addEventListener("click", () => this.#follow(null));
    addEventListener("resize", () => this.#ask());
    addEventListener("hashchange", () => this.#readUrl());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      document.body.classList.add("dropping");
    });
    document.addEventListener("dragleave", () => document.body.classList.remove("dropping"));
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      document.body.classList.remove("dropping");
      const dropped = event.dataTransfer?.files[0];
      if (dropped !== undefined) this.#open(dropped);
    });
  }

  #open(file: File): void {
    this.#begin(`Reading ${file.name} ...`);
    this.#connection.load(file, file.name);
  }

  #begin(line: string): void {
    this.#sampleNote = null;
    this.#capture = undefined;
    this.#picture = undefined;
    this.#window = null;
    this.#flow = null;
    byId("result").hidden = true;
    this.#say(line);
  }

  #say(line: string, isError = false): void {
    const status = byId("status");
    status.textContent = line;
    status.classList.toggle("error", isError);
  }

  /** The form changed: compiled at once, or its error shown. */
  #change(state: FormState): void {
    const atMs = performance.now();
    try {
      keyingOf(state.by);
      const policy = compilePolicy(policyInputOf(state));
      if (this.#compiled !== undefined && this.#compiled.state.by !== state.by) this.#flow = null;
      this.#compiled = { policy, state };
      this.#form.fail(null);
      byId("result").classList.remove("stale");
      byId("line").textContent = policyLine(policy, state.by);
      byId("warnings").replaceChildren(...policy.warnings.map((warning) => element("li", {}, warning)));
      this.#copies.show({ policy, state });
      this.#writeUrl(state);
      this.#ask(atMs);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#form.fail(error);
      byId("result").classList.add("stale");
    }
  }

  #writeUrl(state: FormState): void {
    clearTimeout(this.#urlTimer);
    this.#urlTimer = setTimeout(() => {
      history.replaceState(null, "", `#${fragmentOf(state)}`);
      this.#copies.show(this.#compiled!);
    }, URL_MS);
  }

  #readUrl(): void {
    const state = stateOfFragment(location.hash, BY_DEFAULT);
    if (state === undefined || fragmentOf(state) === fragmentOf(this.#form.state)) return;
    this.#form.set(state);
    this.#change(state);
  }

  #show(window: TimeWindow | null): void {
    this.#window = window;
    this.#ask();
  }

  #follow(flow: number | null): void {
    this.#flow = flow;
    this.#ask();
  }

  #ask(atMs = performance.now()): void {
    if (this.#capture === undefined || this.#compiled === undefined) return;
    const { policy, state } = this.#compiled;
    // Before the charts are asked for their width.
    byId("result").hidden = false;
    this.#asks += 1;
    this.#asked.set(this.#asks, { compiled: this.#compiled, atMs });
    this.#connection.ask({
      id: this.#asks,
      policy,
      policyText: fragmentOf(state),
      by: state.by,
      window: this.#window,
      columns: this.#rates.columns,
      intervalNs: Number((byId("interval") as HTMLSelectElement).value),
      flow: this.#flow,
      query: this.#flows.query,
    });
  }

  #hear(message: Exclude<FromWorker, Picture>): void {
    if (message.kind === "progress") {
      this.#say(`${grouped(message.packets)} packets read ...`);
    } else if (message.kind === "failed") {
      this.#say(message.line, true);
    } else {
      this.#loaded(message);
    }
  }

  #loaded(capture: CaptureFacts): void {
    this.#capture = capture;
    const { name, packets, spanNs, failure, remarks } = capture;
    const facts = `${name}: ${counted(packets, "packet")}, ${spanText(BigInt(Math.round(spanNs)))}`;
    const lines = [facts, failure, ...remarks, this.#sampleNote].filter((line) => line !== null);
    this.#say(lines.join(". "), failure !== null);
    this.#ask();
  }

  #take(picture: Picture): void {
    if (this.#capture === undefined) return;
    const asked = this.#asked.get(picture.id);
    for (const id of this.#asked.keys()) if (id < picture.id) this.#asked.delete(id);
    this.#picture = picture;
    this.#drawn = asked?.compiled ?? this.#compiled;
    requestAnimationFrame(() => {
      this.#draw();
      if (asked === undefined || picture.metered < picture.packets) return;
      const drawnMs = Math.round(performance.now() - asked.atMs);
      const meterMs = Math.round(picture.meterMs);
      // A change of the window, or of the flow that is shown, meters nothing again.
      const metered = meterMs === 0 ? "" : `metered in ${meterMs} ms, `;
      byId("latency").textContent = `${metered}drawn ${drawnMs} ms after the change`;
      document.documentElement.dataset["drawn"] = String(picture.id);
      document.documentElement.dataset["latencyMs"] = String(drawnMs);
    });
  }

  #draw(): void {
    const [picture, drawn, capture] = [this.#picture, this.#drawn, this.#capture];
    if (picture === undefined || drawn === undefined || capture === undefined) return;
    byId("totals").replaceChildren(...totalRows(picture));
    byId("notes").textContent = totalNotes(picture).join(", ");
    this.#legend.show(rateNames(picture));
    this.#rates.show(rateChart(picture, capture.spanNs, (name) => this.#legend.isShown(name)));
    byId("interval-note").textContent = intervalText(picture);
    byId("everything").hidden = this.#window === null;
    this.#drawLevel(picture, drawn, capture);
    this.#flows.show(picture.flows, picture.levelFlow?.flow ?? null);
  }

  #drawLevel(picture: Picture, { policy }: Compiled, { spanNs }: CaptureFacts): void {
    const charts = levelCharts(picture, policy, spanNs);
    const { levelFlow, levels } = picture;
    const isPartial = picture.metered < picture.packets;
    const name = levelFlow === null ? "" : `: ${levelFlow.name}`;
    byId("level-title").textContent = this.#flow === null ? `Level of the worst flow${name}` : `Level${name}`;
    byId("worst").hidden = this.#flow === null;
    // What is shown while more packets are on their way is the level of the last picture.
    if (isPartial && levels === null) return;
    const shown =
      levels === null ? "" : `${counted(levels.packets, "packet")} shown, ${grouped(levels.refused)} refused (\u00d7)`;
    byId("level-note").textContent = levels === null ? noLevelText(policy) : shown;
    for (const [index, chart] of this.#levels.entries()) {
      const drawn = charts[index];
      chart.canvas.parentElement!.hidden = drawn === undefined;
      if (drawn !== undefined) chart.show(drawn);
    }
  }
}

// Kept by its listeners.
void new Page();
