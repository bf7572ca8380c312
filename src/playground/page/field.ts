/** One field of the policy: an exact text, and beside quantities a slider. An error stands below as one line. */
import type { ParamRow } from "../../policy/params.ts";
import { BUCKETS_FIELD } from "../form/fields.ts";
import { hasSlider, placeOf, quantityOf, SLIDER_STEPS, textAt } from "../form/quantity.ts";
import { element } from "./dom.ts";

export interface Field {
  readonly root: HTMLElement;
  /** Shows an error, or none. */
  fail(line: string | null): void;
}

type OnChange = (value: string) => void;
type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function frame(param: ParamRow, control: Control, ...others: readonly HTMLElement[]): Field {
  const [id, errorId] = [`field-${param.name}`, `error-${param.name}`];
  control.id = id;
  const error = element("p", { id: errorId, class: "error", role: "alert" });
  const label = element("label", { for: id, title: param.help }, param.name);
  const root = element("div", { class: "field", "data-field": param.name }, label, control, ...others, error);
  return {
    root,
    fail: (line) => {
      error.textContent = line;
      control.setAttribute("aria-invalid", String(line !== null));
      if (line === null) control.removeAttribute("aria-describedby");
      else control.setAttribute("aria-describedby", errorId);
    },
  };
}

/** An empty choice is the default. */
function choiceField(param: ParamRow, value: string, onChange: OnChange): Field {
  const words = param.choices ?? [];
  const options = ["", ...words].map((word) => {
    const text = word === "" ? `default (${param.defaultText ?? words[0] ?? ""})` : word;
    return element("option", { value: word, selected: word === value }, text);
  });
  const select = element("select", { title: param.help }, ...options);
  select.addEventListener("change", () => onChange(select.value));
  return frame(param, select);
}

function flagField(param: ParamRow, value: string, onChange: OnChange): Field {
  const box = element("input", { type: "checkbox", checked: value === "true", title: param.help });
  box.addEventListener("change", () => onChange(box.checked ? "true" : ""));
  return frame(param, box);
}

function bucketsField(param: ParamRow, value: string, onChange: OnChange): Field {
  const title = `${param.help}; one a line`;
  const area = element("textarea", { rows: 3, spellcheck: false, title }, value);
  area.addEventListener("input", () => onChange(area.value));
  return frame(param, area);
}

function placeholderOf({ defaultText, example }: ParamRow): string {
  return defaultText === undefined ? `such as ${example}` : `default ${defaultText}`;
}

function textField(param: ParamRow, value: string, onChange: OnChange): Field {
  const attributes = { type: "text", value, spellcheck: false, autocomplete: "off", title: param.help };
  const input = element("input", { ...attributes, placeholder: placeholderOf(param) });
  if (!hasSlider(param.kind)) {
    input.addEventListener("input", () => onChange(input.value));
    return frame(param, input);
  }
  const range = { type: "range", min: 0, max: SLIDER_STEPS, step: 1, "aria-label": `${param.name}, slider` };
  const slider = element("input", range);
  const follow = () => {
    const quantity = quantityOf(param.kind, input.value);
    slider.value = String(quantity === undefined ? 0 : placeOf(quantity));
    slider.setAttribute("aria-valuetext", input.value);
  };
  input.addEventListener("input", () => {
    follow();
    onChange(input.value);
  });
  slider.addEventListener("input", () => {
    const quantity = quantityOf(param.kind, input.value) ?? quantityOf(param.kind, param.example);
    if (quantity === undefined) return;
    input.value = textAt(quantity.family, Number(slider.value));
    slider.setAttribute("aria-valuetext", input.value);
    onChange(input.value);
  });
  follow();
  return frame(param, input, slider);
}

/** The field of a parameter with a value; "" is none. */
export function fieldOf(param: ParamRow, value: string, onChange: OnChange): Field {
  if (param.name === BUCKETS_FIELD) return bucketsField(param, value, onChange);
  if (param.kind === "choice") return choiceField(param, value, onChange);
  if (param.kind === "flag") return flagField(param, value, onChange);
  return textField(param, value, onChange);
}
