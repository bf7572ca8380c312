/** The form of the policy: meter, its parameters, what makes a flow. Tells each change at once. */
import { ConfigError } from "../../errors.ts";
import { METERS } from "../../policy/table.ts";
import type { MeterName } from "../../types.ts";
import { KEY_WORDS } from "../../policy/keying.ts";
import { fieldOfError, fieldsOf, type FormState, withMeter } from "../form/fields.ts";
import { element } from "./dom.ts";
import { type Field, fieldOf } from "./field.ts";

/** Keys with a number of bits. */
const PREFIX_WORDS = ["src/", "dst/"] as const;
const PREFIX_BITS_DEFAULT = "24";
const BY_FIELD = "by";

function selectOf(options: readonly (readonly [value: string, text: string])[], value: string): HTMLSelectElement {
  return element("select", {}, ...options.map(([name, text]) => optionOf(name, text, name === value)));
}

function optionOf(value: string, text: string, selected: boolean): HTMLOptionElement {
  return element("option", { value, selected }, text);
}

export class PolicyForm {
  readonly #root: HTMLElement;
  readonly #onChange: (state: FormState) => void;
  readonly #fields = new Map<string, Field>();
  readonly #whole = element("p", { class: "error", role: "alert" });
  #state: FormState;
  #isMoreOpen = false;

  constructor(root: HTMLElement, state: FormState, onChange: (state: FormState) => void) {
    this.#root = root;
    this.#state = state;
    this.#onChange = onChange;
    root.addEventListener("submit", (event) => event.preventDefault());
    this.#render();
  }

  get state(): FormState {
    return this.#state;
  }

  /** Another state, such as that of a URL. */
  set(state: FormState): void {
    this.#state = state;
    this.#render();
  }

  /** Shows an error beside its field, or where no field is to blame above all; null clears them. */
  fail(error: ConfigError | null): void {
    const name = error === null ? "" : fieldOfError(error.parameter);
    for (const [field, { fail }] of this.#fields) fail(field === name ? error!.message : null);
    this.#whole.textContent = error === null || this.#fields.has(name) ? "" : error.message;
  }

  #change(state: FormState): void {
    this.#state = state;
    this.#onChange(state);
  }

  #restart(state: FormState): void {
    const focused = document.activeElement?.id;
    this.#state = state;
    this.#render();
    if (focused !== undefined && focused !== "") document.getElementById(focused)?.focus();
    this.#onChange(state);
  }

  #render(): void {
    const state = this.#state;
    this.#fields.clear();
    const { needed, optional } = fieldsOf(state);
    const field = (param: (typeof needed)[number]) => {
      const made = fieldOf(param, state.values[param.name] ?? "", (value) => this.#put(param.name, value));
      this.#fields.set(param.name, made);
      return made.root;
    };
    const more = element("details", { open: this.#isMoreOpen || optional.some(({ name }) => this.#isGiven(name)) });
    more.append(element("summary", {}, "Cost, lengths and other options"), ...optional.map(field));
    more.addEventListener("toggle", () => {
      this.#isMoreOpen = more.open;
    });
    const parts = [this.#meterField(), ...this.#formField(), ...needed.map(field), this.#keyField(), more];
    this.#root.replaceChildren(...parts, this.#whole);
  }

  #isGiven(name: string): boolean {
    return (this.#state.values[name] ?? "") !== "";
  }

  #put(name: string, value: string): void {
    this.#change({ ...this.#state, values: { ...this.#state.values, [name]: value } });
  }

  #meterField(): HTMLElement {
    const select = selectOf(
      METERS.map(({ name }) => [name, name]),
      this.#state.meter,
    );
    select.id = "field-meter";
    select.addEventListener("change", () => {
      this.#restart(withMeter(this.#state, select.value as MeterName, 0));
    });
    const { summary, spec } = METERS.find(({ name }) => name === this.#state.meter)!;
    const label = element("label", { for: select.id }, "meter");
    const hint = element("p", { class: "hint" }, `${summary} (${spec})`);
    return element("div", { class: "field", "data-field": "meter" }, label, select, hint);
  }

  /** Which of several ways to state the meter. */
  #formField(): HTMLElement[] {
    const { forms } = METERS.find(({ name }) => name === this.#state.meter)!;
    if (forms.length === 1) return [];
    const options = forms.map(({ params }, index) => [String(index), params.join(", ")] as const);
    const select = selectOf(options, String(this.#state.form));
    select.id = "field-form";
    select.addEventListener("change", () => {
      this.#restart(withMeter(this.#state, this.#state.meter, Number(select.value)));
    });
    return [element("div", { class: "field" }, element("label", { for: select.id }, "stated by"), select)];
  }

  /** A word, and beside a prefix its bits. */
  #keyField(): HTMLElement {
    const { by } = this.#state;
    const prefix = PREFIX_WORDS.find((word) => by.startsWith(word));
    const words = [...KEY_WORDS, ...PREFIX_WORDS.map((word) => `${word}N`)];
    const options = words.map((word) => [word.replace(/N$/u, ""), word] as const);
    const select = selectOf(options, prefix ?? by);
    select.id = "field-key";
    const attributes = { type: "number", min: 0, max: 128, step: 1, "aria-label": "bits of the prefix" };
    const bits = element("input", { ...attributes, value: prefix === undefined ? "" : by.slice(prefix.length) });
    bits.id = "field-bits";
    bits.hidden = prefix === undefined;
    select.addEventListener("change", () => {
      bits.hidden = !select.value.endsWith("/");
      if (!bits.hidden && bits.value === "") bits.value = PREFIX_BITS_DEFAULT;
      this.#change({ ...this.#state, by: bits.hidden ? select.value : `${select.value}${bits.value}` });
    });
    bits.addEventListener("input", () => this.#change({ ...this.#state, by: `${select.value}${bits.value}` }));
    const error = element("p", { class: "error", role: "alert", id: "error-by" });
    const label = element("label", { for: select.id, title: "what makes packets one flow" }, "flow key");
    const root = element("div", { class: "field", "data-field": BY_FIELD }, label, select, bits, error);
    this.#fields.set(BY_FIELD, { root, fail: (line) => (error.textContent = line) });
    return root;
  }
}
