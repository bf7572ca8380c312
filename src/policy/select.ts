/** Which algorithm a policy names, and in which of its forms. */

import { ConfigError, listed } from "../errors.ts";
import { choiceOf } from "./choice.ts";
import type { MeterForm } from "./forms.ts";
import type { Fields } from "./input.ts";
import { CHECK, INITIAL } from "./params.ts";
import { COMMON_PARAMS, METER_NAMES, METERS, POLICY_PARAMS } from "./table.ts";
import type { MeterRow } from "./table.ts";

/** A complete policy of a form: `meter token-bucket, rate "10 Mbit/s", burst "64 kB"`. */
function exampleText(row: MeterRow, form: MeterForm): string {
  const values = form.params.map((name, index) => `${name} "${form.example[index] ?? ""}"`);
  return [`meter ${row.name}`, ...values].join(", ");
}

/** The row of the meter that is named. Throws ConfigError. */
export function rowOf(fields: Fields): MeterRow {
  const text = fields.text("meter");
  if (text === undefined) {
    const [row] = METERS;
    const example = row?.forms[0] === undefined ? "" : `, such as ${exampleText(row, row.forms[0])}`;
    const detail = `is missing; it is one of ${listed(METER_NAMES, "or")}${example}`;
    throw new ConfigError("MISSING", "meter", undefined, detail);
  }
  return rowNamed(choiceOf("meter", METER_NAMES, text));
}

/** The row of a meter. */
export function rowNamed(name: MeterRow["name"]): MeterRow {
  const row = METERS.find((candidate) => candidate.name === name);
  if (row === undefined) throw new RangeError(`no row for meter ${name}`);
  return row;
}

/** "gcra takes increment and limit, or rate and burst; beside them spacing" */
function takes({ name, forms, params }: MeterRow): string {
  const ofForms = new Set(forms.flatMap((form) => form.params));
  const beside = params.filter((param) => param !== INITIAL && !ofForms.has(param.name)).map((param) => param.name);
  const optional = beside.length === 0 ? "" : `; beside them ${listed(beside, "and")}`;
  return `${name} takes ${forms.map((form) => listed(form.params, "and")).join(", or ")}${optional}`;
}

/** Throws ConfigError for a parameter that this meter does not have. */
function refuseForeign(row: MeterRow, fields: Fields): void {
  const optional = new Set([CHECK.name, INITIAL.name]);
  const own = new Set(row.params.map((param) => param.name));
  for (const { name } of COMMON_PARAMS) if (!optional.has(name)) own.add(name);
  if (row.checks.length > 0) own.add(CHECK.name);
  const foreign = POLICY_PARAMS.find(({ name }) => fields.has(name) && !own.has(name));
  if (foreign === undefined) return;
  const detail = `${row.name} has no such parameter; ${takes(row)}`;
  throw new ConfigError("KEY", foreign.name, fields.text(foreign.name), detail);
}

/** The form of which everything is given, and nothing of another. Throws ConfigError. */
export function formOf(row: MeterRow, fields: Fields): MeterForm {
  refuseForeign(row, fields);
  const given = [...new Set(row.forms.flatMap((form) => form.params))].filter((name) => fields.has(name));
  const candidates = row.forms.filter((form) => given.every((name) => form.params.includes(name)));
  const complete = candidates.find((form) => form.params.every((name) => fields.has(name)));
  if (complete !== undefined) return complete;
  const [candidate] = candidates;
  if (candidate === undefined) throw conflict(row, fields, given);
  const missing = candidate.params.find((name) => !fields.has(name));
  const detail = `is missing; ${takes(row)}, such as ${exampleText(row, candidate)}`;
  throw new ConfigError("MISSING", missing ?? "", undefined, detail);
}

/** No form has all that is given: the first form of which something is given, against the first that it lacks. */
function conflict(row: MeterRow, fields: Fields, given: readonly string[]): ConfigError {
  const started = row.forms.find((form) => form.params.some((name) => fields.has(name)));
  const first = given.filter((name) => started?.params.includes(name)).map((name) => `${name} "${fields.text(name)}"`);
  const second = given.find((name) => started?.params.includes(name) !== true) ?? "";
  const detail = `cannot be combined with ${listed(first, "and")}; ${takes(row)}`;
  return new ConfigError("CONFLICT", second, fields.text(second), detail);
}
