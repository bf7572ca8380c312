/** A policy as the user wrote it, checked against the table and compiled. */

import { ConfigError, didYouMean, listed } from "../errors.ts";
import type { Check, CompiledPolicy, Cost } from "../types.ts";
import { parseBurst, parseDurationNs, parseLengthBytes, parseRate } from "../units.ts";
import type { BucketReading, MeterForm } from "./forms.ts";
import { profileOf } from "./profile.ts";
import { CHECKS, COSTS, inputKeyOf, LENGTHS, METER_NAMES, METERS, POLICY_PARAMS } from "./table.ts";
import type { MeterRow, ParamRow } from "./table.ts";
import { warningsOf } from "./warnings.ts";

/** A quantity with its unit ("10 Mbit/s"); a number only where no unit is needed. */
export type PolicyValue = string | number | undefined;

/** A policy before validation: the keys of a policy file, which are the command's option names; camelCase also does. */
export interface PolicyInput {
  readonly meter?: PolicyValue;
  readonly rate?: PolicyValue;
  readonly burst?: PolicyValue;
  readonly increment?: PolicyValue;
  readonly limit?: PolicyValue;
  readonly cost?: PolicyValue;
  readonly length?: PolicyValue;
  readonly overhead?: PolicyValue;
  readonly minLength?: PolicyValue;
  readonly "min-length"?: PolicyValue;
  readonly check?: PolicyValue;
}

type Fields = ReadonlyMap<string, string>;

/** The parameter of a key in either spelling. Throws ConfigError that names the nearest one. */
export function paramOfKey(key: string, value: string | undefined): ParamRow {
  const param = POLICY_PARAMS.find((row) => row.name === key || inputKeyOf(row.name) === key);
  if (param !== undefined) return param;
  const names = POLICY_PARAMS.map((row) => row.name);
  throw new ConfigError(
    "KEY",
    key,
    value,
    `unknown key;${didYouMean(key, names)} the keys are ${listed(names, "and")}`,
  );
}

function choiceOf<Word extends string>(name: string, choices: readonly Word[], text: string): Word {
  const choice = choices.find((word) => word === text);
  if (choice !== undefined) return choice;
  const unknown = name === "meter" ? "unknown meter" : "unknown word";
  const detail = `${unknown};${didYouMean(text, choices)} it is one of ${listed(choices, "or")}`;
  throw new ConfigError("CHOICE", name, text, detail);
}

function lengthOf(param: ParamRow, text: string): number {
  const { minBytes = 0, maxBytes = Number.MAX_SAFE_INTEGER } = param;
  return parseLengthBytes(param.name, text, minBytes, maxBytes);
}

/** Checks one value by itself, as its parameter's kind has it. Throws ConfigError. */
export function checkValue(param: ParamRow, text: string): void {
  if (param.kind === "rate") parseRate(param.name, text);
  else if (param.kind === "burst") parseBurst(param.name, text);
  else if (param.kind === "duration") parseDurationNs(param.name, text);
  else if (param.kind === "length") lengthOf(param, text);
  else choiceOf(param.name, param.choices ?? [], text);
}

function fieldsOf(input: PolicyInput): Fields {
  const fields = new Map<string, string>();
  const entries: [string, unknown][] = Object.entries(input);
  for (const [key, value] of entries) {
    if (value === undefined) continue;
    const text = typeof value === "string" || typeof value === "number" ? String(value) : undefined;
    const param = paramOfKey(key, text);
    if (text === undefined) {
      throw new ConfigError("NUMBER", param.name, undefined, `must be a text or a number such as "${param.example}"`);
    }
    if (fields.has(param.name)) {
      const detail = `is given twice, also as ${inputKeyOf(param.name)}; keep one of them`;
      throw new ConfigError("CONFLICT", param.name, text, detail);
    }
    fields.set(param.name, text);
  }
  return fields;
}

/** A complete policy of a form: `meter token-bucket, rate "10 Mbit/s", burst "64 kB"`. */
function exampleText(row: MeterRow, form: MeterForm): string {
  const values = form.params.map((name, index) => `${name} "${form.example[index] ?? ""}"`);
  return [`meter ${row.name}`, ...values].join(", ");
}

function rowOf(fields: Fields): MeterRow {
  const text = fields.get("meter");
  if (text === undefined) {
    const [row] = METERS;
    const example = row?.forms[0] === undefined ? "" : `, such as ${exampleText(row, row.forms[0])}`;
    throw new ConfigError(
      "MISSING",
      "meter",
      undefined,
      `is missing; it is one of ${listed(METER_NAMES, "or")}${example}`,
    );
  }
  const name = choiceOf("meter", METER_NAMES, text);
  const row = METERS.find((candidate) => candidate.name === name);
  if (row === undefined) throw new RangeError(`no row for meter ${name}`);
  return row;
}

function takes(row: MeterRow): string {
  return `${row.name} takes ${row.forms.map((form) => listed(form.params, "and")).join(", or ")}`;
}

/** The only form of which something is given; every parameter of it must be. */
function formOf(row: MeterRow, fields: Fields): MeterForm {
  const own = new Set(row.params.map((param) => param.name));
  const foreign = METERS.flatMap((other) => other.params).find(
    (param) => fields.has(param.name) && !own.has(param.name),
  );
  if (foreign !== undefined) {
    const detail = `${row.name} has no such parameter; ${takes(row)}`;
    throw new ConfigError("KEY", foreign.name, fields.get(foreign.name), detail);
  }
  const started = row.forms.filter((form) => form.params.some((name) => fields.has(name)));
  const form = started[0] ?? row.forms[0];
  if (form === undefined) throw new RangeError(`meter ${row.name} has no form`);
  const second = started[1]?.params.find((name) => fields.has(name));
  if (second !== undefined) {
    const first = form.params.filter((name) => fields.has(name)).map((name) => `${name} "${fields.get(name)}"`);
    const detail = `cannot be combined with ${listed(first, "and")}; ${takes(row)}`;
    throw new ConfigError("CONFLICT", second, fields.get(second), detail);
  }
  const missing = form.params.find((name) => !fields.has(name));
  if (missing !== undefined) {
    const detail = `is missing; ${takes(row)}, such as ${exampleText(row, form)}`;
    throw new ConfigError("MISSING", missing, undefined, detail);
  }
  return form;
}

function costOf(fields: Fields, reading: BucketReading): Cost {
  const [first] = reading.implied;
  const given = fields.get("cost");
  const cost = given === undefined ? (first?.cost ?? "bytes") : choiceOf("cost", COSTS, given);
  const clash = reading.implied.find((written) => written.cost !== cost);
  if (clash === undefined) return cost;
  const because =
    given === undefined ? `${first?.parameter} "${first?.text}" sets cost ${cost}` : `the cost is ${cost}`;
  const units =
    clash.parameter === "rate"
      ? { bytes: "bit/s or B/s", packets: "packets/s, packets/min or packets/h" }
      : { bytes: "B, kB or KiB, or a time", packets: "packets or a time" };
  const detail = `is in ${clash.cost} but ${because}; write the ${clash.parameter} in ${units[cost]}`;
  throw new ConfigError("UNIT", clash.parameter, clash.text, detail);
}

function checkOf(row: MeterRow, form: MeterForm, fields: Fields, cost: Cost): Check {
  const given = fields.get("check");
  if (given === undefined) return form.defaultCheck[cost];
  const check = choiceOf("check", CHECKS, given);
  if (row.checks.includes(check)) return check;
  const others = METERS.filter((other) => other.checks.includes(check)).map((other) => other.name);
  const detail = `${row.name} has check ${listed(row.checks, "or")} only; for ${check} use meter ${listed(others, "or")}`;
  throw new ConfigError("CHOICE", "check", given, detail);
}

function bytesOf(fields: Fields, name: string): number {
  const text = fields.get(name);
  return text === undefined ? 0 : lengthOf(paramOfKey(name, text), text);
}

/**
 * Validates a policy and compiles it: exact definition, integer profile, warnings. Throws ConfigError, whose message
 * names the parameter, its value, the limit and what to write instead.
 */
export function compilePolicy(input: PolicyInput): CompiledPolicy {
  const fields = fieldsOf(input);
  const row = rowOf(fields);
  const form = formOf(row, fields);
  const [rateText = "", depthText = ""] = form.params.map((name) => fields.get(name));
  const reading = form.read(rateText, depthText);
  const cost = costOf(fields, reading);
  const check = checkOf(row, form, fields, cost);
  const length = choiceOf("length", LENGTHS, fields.get("length") ?? "frame");
  const bucket = { check, ratePerSec: reading.ratePerSec, depth: reading.depth };
  const overheadBytes = bytesOf(fields, "overhead");
  const minLengthBytes = bytesOf(fields, "min-length");
  const policy = {
    meter: row.name,
    length,
    bucket,
    costRule: { cost, overheadBytes, minLengthBytes },
    profile: profileOf(bucket, { cost, rate: reading.rate, burst: reading.burst }),
  };
  return { ...policy, warnings: warningsOf(policy, reading, fields.has("cost")) };
}
