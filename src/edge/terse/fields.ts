/** A policy's values by the names of its parameters, and what each meter takes: src/policy/table.ts in few words. */
import { ConfigError, listed } from "../../errors.ts";
import type { Cost } from "../../types.ts";
import type { PolicyInput } from "../types.ts";
import { type Form, type Quantity, quantityOf, wholeOf } from "./quantity.ts";

/**
 * Forms, exactly one of which is given, as rate and size of each bucket in its order; what may stand beside them; and
 * the checks.
 */
type MeterRow = readonly [forms: readonly string[], beside: string, checks: string];

export const CHECKS = ["post", "pre", "overdraft"] as const;
const ANY_CHECK = "post pre overdraft";
const COLORED = "color-aware initial";
const FOUR = ["cir cbs eir ebs"];

const METERS: Readonly<Record<string, MeterRow>> = {
  "token-bucket": [["rate burst"], "initial", "post overdraft"],
  "leaky-bucket": [["rate burst"], "initial", ANY_CHECK],
  gcra: [["rate burst", "increment limit", "increment mbs"], "spacing initial", ANY_CHECK],
  turner: [["rate burst"], "mode cap initial", "post"],
  "event-counter": [["rate alarm"], "clear cap", ""],
  dual: [
    ["peak-rate peak-burst rate burst", "peak-increment peak-limit increment limit", "pcr cdvt scr mbs"],
    "mode tag initial",
    ANY_CHECK,
  ],
  srtcm: [["cir cbs cir ebs"], COLORED, "post"],
  trtcm: [["pir pbs cir cbs"], COLORED, "post"],
  "trtcm-4115": [FOUR, COLORED, "post"],
  mef: [FOUR, `coupling cf ${COLORED}`, "post"],
  multi: [["bucket"], "initial", ANY_CHECK],
};

/** The other spelling of a parameter: `minLength`; `buckets`, of which there are several. */
function inCamelCase(name: string): string {
  return name === "bucket" ? "buckets" : name.replace(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}

export class Fields {
  readonly meter: string;
  /** Parameters of the form that is given. */
  readonly form: readonly string[];
  /** Checks that the meter has. */
  readonly checks: readonly string[];
  readonly #values = new Map<string, unknown>();

  /** Throws ConfigError for parameters that the meter does not have, or that do not make one of its forms. */
  constructor(input: PolicyInput) {
    this.#values.set("meter", input.meter);
    this.meter = this.choice("meter", Object.keys(METERS), "");
    const [forms, beside, checks] = METERS[this.meter]!;
    const takes = `${this.meter} takes ${forms.join(", or ")}; beside them ${beside}`;
    const needed = new Set(forms.join(" ").split(" "));
    const names = [...needed, ...`cost length overhead min-length ${beside} ${checks && "check"}`.split(" ")];
    for (const [key, value] of Object.entries(input)) {
      if (value === undefined || key === "meter") continue;
      const name = names.find((known) => key !== "" && (known === key || inCamelCase(known) === key));
      if (name === undefined || this.has(name)) throw new ConfigError("KEY", key, undefined, `is too much; ${takes}`);
      this.#values.set(name, value);
    }
    const form = forms
      .map((text) => text.split(" "))
      .find((own) => [...needed].every((name) => own.includes(name) === this.has(name)));
    if (form === undefined) throw new ConfigError("MISSING", "policy", this.meter, takes);
    this.form = form;
    this.checks = checks.split(" ");
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** What is given, as it is. */
  value(name: string): unknown {
    return this.#values.get(name);
  }

  /** What is given, in words. Throws ConfigError for what is neither text nor number. */
  text(name: string): string {
    const value = this.#values.get(name);
    if (typeof value === "string" || typeof value === "number") return String(value);
    throw new ConfigError("NUMBER", name, undefined, "must be a text or a number");
  }

  quantity(name: string, form: Form): Quantity {
    return quantityOf(name, this.text(name), form);
  }

  /** `usual` where it is not given. */
  whole(name: string, cost: Cost, least: number, most?: number, usual = 0n): bigint {
    return this.has(name) ? wholeOf(name, this.text(name), cost, least, most) : usual;
  }

  /** One of the words; `usual` where it is not given. */
  choice<Word extends string>(name: string, words: readonly Word[], usual: Word): Word {
    if (!this.has(name)) return usual;
    const text = this.text(name);
    const known = words.find((word) => word === text);
    if (known !== undefined) return known;
    throw new ConfigError("CHOICE", name, text, `is none of ${listed(words, "or")}`);
  }

  flag(name: string): boolean {
    const value = this.value(name);
    return typeof value === "boolean" ? value : this.choice(name, ["true", "false"], "false") === "true";
  }
}
