/** A policy's values by the names of its parameters, and what each meter takes: src/policy/table.ts in few words. */
import { ConfigError } from "../../errors.ts";
import type { Cost } from "../../types.ts";
import { choice } from "../choice.ts";
import type { PolicyInput } from "../types.ts";
import { clash, type Form, type Quantity, quantityOf, refused, wholeOf } from "./quantity.ts";

/**
 * Forms, exactly one of which is given, as rate and size of each bucket in its order; what may stand beside them; and
 * the checks.
 */
type MeterRow = readonly [forms: readonly string[], beside: string, checks: string];

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
  return name === "bucket" ? "buckets" : name.replace(/-./gu, (dash) => dash.slice(1).toUpperCase());
}

export class Fields {
  readonly meter: string;
  /** Parameters of the form that is given. */
  readonly form: readonly string[];
  /** Checks that the meter has. */
  readonly checks: readonly string[];
  readonly #values = new Map<string, unknown>();

  /** Throws ConfigError for parameters that the meter does not have, or that do not make one of its forms. */
  constructor({ meter, ...given }: PolicyInput) {
    this.meter = choice("meter", Object.keys(METERS), meter ?? null);
    const [forms, beside, checks] = METERS[this.meter]!;
    const takes = `${this.meter} takes ${forms.join(", or ")}; beside them ${beside}`;
    const needed = new Set(forms.join(" ").split(" "));
    const others = `cost length overhead min-length ${beside}${checks && " check"}`;
    const names = [...needed, ...others.split(" ")];
    for (const [key, value] of Object.entries(given)) {
      if (value === undefined) continue;
      const name = names.find((known) => known === key || inCamelCase(known) === key);
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

  /** What is given, in words. Throws ConfigError for what no text stands for. */
  text(name: string): string {
    const value = this.#values.get(name);
    if (/str|num|boo/u.test(typeof value)) return String(value);
    throw refused(name, String(value), "a text or a number");
  }

  /** Refuses what is given beside the rest. */
  clash(name: string, detail: string): never {
    return clash(name, this.text(name), detail);
  }

  /** Undefined where it is not given. */
  quantity(name: string, form: Form): Quantity | undefined {
    return this.has(name) ? quantityOf(name, this.text(name), form) : undefined;
  }

  /** A whole number from `least` on; 0 where it is not given. */
  whole(name: string, cost: Cost, least: number, most?: number): bigint {
    return this.has(name) ? wholeOf(name, this.text(name), cost, least, most) : 0n;
  }

  /** One of the words, the first where none is given. */
  choice<Word extends string>(name: string, words: readonly Word[]): Word {
    return choice(name, words, this.has(name) ? this.text(name) : undefined);
  }

  flag(name: string): boolean {
    return this.choice(name, ["false", "true"]) === "true";
  }
}
