/** The form of a policy, made from the table of meters: which fields a meter has, and what they say as a policy. */
import { compilePolicy } from "../../policy/compile.ts";
import type { MeterForm } from "../../policy/forms.ts";
import type { PolicyInput } from "../../policy/input.ts";
import type { ParamRow } from "../../policy/params.ts";
import { COMMON_PARAMS, METERS, type MeterRow, POLICY_PARAMS } from "../../policy/table.ts";
import type { MeterName } from "../../types.ts";
import { quantityOf, textOf } from "./quantity.ts";

/** What the user has chosen and typed. Values of other meters are kept, for the way back. */
export interface FormState {
  readonly meter: MeterName;
  /** Index among the meter's forms. */
  readonly form: number;
  /** By parameter; "" is not given. Of `bucket` one a line. */
  readonly values: Readonly<Record<string, string>>;
  /** As `--by` takes it. */
  readonly by: string;
}

export interface FormFields {
  /** All of them are needed. */
  readonly needed: readonly ParamRow[];
  readonly optional: readonly ParamRow[];
}

/** The field of several buckets. */
export const BUCKETS_FIELD = "bucket";
/** Parameters that stand for each other when the meter changes; those of a peak begin with twice the value. */
const KIN: readonly (readonly string[])[] = [
  ["rate", "cir", "eir", "pir", "peak-rate"],
  ["burst", "cbs", "ebs", "pbs", "peak-burst"],
];
const PEAKS: ReadonlySet<string> = new Set(["pir", "peak-rate"]);

export function rowOf({ meter }: Pick<FormState, "meter">): MeterRow {
  return METERS.find(({ name }) => name === meter)!;
}

export function formOf(state: Pick<FormState, "meter" | "form">): MeterForm {
  const { forms } = rowOf(state);
  return forms[state.form] ?? forms[0]!;
}

/** The parameters that a meter takes in one of its forms. */
export function fieldsOf(state: Pick<FormState, "meter" | "form">): FormFields {
  const row = rowOf(state);
  const form = formOf(state);
  const own = (name: string) => row.params.find((param) => param.name === name)!;
  const ofForms = new Set(row.forms.flatMap(({ params }) => params));
  const beside = row.params.filter(({ name }) => !ofForms.has(name));
  const common = COMMON_PARAMS.filter(({ name }) => {
    if (name === "meter" || beside.some((param) => param.name === name)) return false;
    if (name === "check") return row.checks.length > 1 && form.onlyCheck === undefined;
    return name !== "initial" && (name !== "cost" || row.onlyCost === undefined);
  });
  return { needed: form.params.map(own), optional: [...common, ...beside] };
}

/** What a field of another meter begins with: the value of its kin in the meter before. */
function inherited(param: ParamRow, state: FormState): string | undefined {
  const group = KIN.find((names) => names.includes(param.name)) ?? [];
  const from = formOf(state).params.find((name) => group.includes(name) && (state.values[name] ?? "") !== "");
  const text = from === undefined ? undefined : state.values[from];
  if (text === undefined || !PEAKS.has(param.name) || PEAKS.has(from!)) return text;
  const quantity = quantityOf(param.kind, text);
  return quantity === undefined ? text : textOf({ ...quantity, value: 2 * quantity.value });
}

function compiles(state: FormState): boolean {
  try {
    compilePolicy(policyInputOf(state));
    return true;
  } catch {
    return false;
  }
}

/**
 * The state with another meter or form. What it lacks is taken from its kin, or from the form's example; where that is
 * no policy (bytes that are to be packets), all that it needs from the example.
 */
export function withMeter(state: FormState, meter: MeterName, form: number): FormState {
  const next = { ...state, meter, form };
  const before = new Set(formOf(state).params);
  const { params, example } = formOf(next);
  const examples = Object.fromEntries(params.map((name, index) => [name, example[index] ?? ""]));
  const carried: Record<string, string> = {};
  for (const param of fieldsOf(next).needed) {
    if (before.has(param.name)) continue;
    carried[param.name] = inherited(param, state) ?? state.values[param.name] ?? examples[param.name]!;
  }
  const candidates = [{ ...state.values, ...carried }, { ...state.values, ...examples }, examples];
  const states = candidates.map((values): FormState => ({ meter, form, by: state.by, values }));
  return states.find(compiles) ?? states[0]!;
}

/** The values of one policy, those that are given, by parameter. */
export function givenValues(state: FormState): readonly (readonly [name: string, value: string])[] {
  const { needed, optional } = fieldsOf(state);
  return [...needed, ...optional].flatMap(({ name, kind }) => {
    const text = (state.values[name] ?? "").trim();
    return text === "" || (kind === "flag" && text !== "true") ? [] : [[name, text] as const];
  });
}

/** Buckets, one a line. */
export function bucketLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** What `compilePolicy` takes. */
export function policyInputOf(state: FormState): PolicyInput {
  const values = givenValues(state).map(([name, text]) => [name, name === BUCKETS_FIELD ? bucketLines(text) : text]);
  return { meter: state.meter, ...(Object.fromEntries(values) as PolicyInput) };
}

/** The field that an error is about: of the buckets the error names one by its number. */
export function fieldOfError(parameter: string): string {
  return POLICY_PARAMS.some(({ name }) => name === parameter) ? parameter : parameter.split(" ")[0]!;
}
