/** A shaper as the user wrote it, checked against its table and compiled. */

import { ConfigError, listed } from "../../errors.ts";
import type { CostRule, LengthKind, ShaperDefinition, ShaperName, ShaperPolicy } from "../../types.ts";
import { choiceOf, givenChoice } from "../choice.ts";
import { costOf } from "../cost.ts";
import { Fields, paramOfKey, readLength } from "../input.ts";
import type { PolicyValue } from "../input.ts";
import { COST, LENGTH, LENGTHS, MIN_LENGTH, OVERHEAD } from "../params.ts";
import type { Implied } from "../source.ts";
import { SHAPER, SHAPER_NAMES, SHAPER_PARAMS } from "./params.ts";
import { shaperProfile } from "./profile.ts";
import type { WrittenOf } from "./profile.ts";
import { SHAPERS } from "./table.ts";
import type { ShaperRow } from "./table.ts";
import { shaperWarnings } from "./warnings.ts";

type Key =
  | ("rate" | "burst" | "count" | "limit" | "max-delay" | "maxDelay" | "cir" | "cbs" | "pir" | "pbs")
  | ("tick" | "quantum" | "carry" | "immediate" | "cost" | "length" | "overhead" | "min-length" | "minLength");

/** A shaper before validation: the keys of a policy file, which are the command's option names; camelCase also does. */
export type ShaperInput = { readonly shaper: PolicyValue } & { readonly [key in Key]?: PolicyValue };

/** True for the input of a shaper. */
export function isShaperInput(input: object): input is ShaperInput {
  return SHAPER.name in input && (input as ShaperInput).shaper !== undefined;
}

const COMMON = [SHAPER, COST, LENGTH, OVERHEAD, MIN_LENGTH].map(({ name }) => name);

function rowOf(fields: Fields): ShaperRow {
  const text = fields.written(SHAPER.name).text;
  const name: ShaperName = choiceOf(SHAPER.name, SHAPER_NAMES, text);
  const row = SHAPERS.find((candidate) => candidate.name === name);
  if (row === undefined) throw new RangeError(`no row for shaper ${name}`);
  return row;
}

/** "token-bucket takes rate, burst and limit or max-delay" */
function takes({ name, needed, bounds, params }: ShaperRow): string {
  const known = new Set([...needed, ...bounds]);
  const beside = params.filter((param) => !known.has(param)).map((param) => param.name);
  const optional = beside.length === 0 ? "" : `; beside them ${listed(beside, "and")}`;
  const names = [
    ...needed.map((param) => param.name),
    listed(
      bounds.map((param) => param.name),
      "or",
    ),
  ];
  return `${name} takes ${listed(names, "and")}${optional}`;
}

/** Throws ConfigError when a parameter of another shaper is given, or one is missing. */
function checkKeys(row: ShaperRow, fields: Fields): void {
  const own = new Set([...COMMON, ...row.params.map(({ name }) => name)]);
  const foreign = SHAPER_PARAMS.find(({ name }) => fields.has(name) && !own.has(name));
  if (foreign !== undefined) {
    const detail = `${row.name} has no such parameter; ${takes(row)}`;
    throw new ConfigError("KEY", foreign.name, fields.text(foreign.name), detail);
  }
  const needed = row.needed.find(({ name }) => !fields.has(name));
  const bound = row.bounds.some(({ name }) => fields.has(name)) ? undefined : row.bounds[0];
  const missing = needed ?? bound;
  if (missing === undefined) return;
  const example = `${missing.name} "${missing.example}"`;
  throw new ConfigError("MISSING", missing.name, undefined, `is missing; ${takes(row)}, such as ${example}`);
}

function bytesOf(fields: Fields, name: string): number {
  const text = fields.text(name);
  return text === undefined ? 0 : readLength(paramOfKey(name, text), text);
}

/**
 * Validates a shaper and compiles it: exact definition, integer profile, warnings. Throws ConfigError, whose message
 * names the parameter, its value, the limit and what to write instead.
 */
export function compileShaper(input: ShaperInput): ShaperPolicy {
  const fields = new Fields(input, SHAPER_PARAMS);
  const row = rowOf(fields);
  checkKeys(row, fields);
  const costRuleOf = (implied: readonly Implied[]): CostRule => ({
    cost: costOf(row, fields, implied),
    overheadBytes: bytesOf(fields, OVERHEAD.name),
    minLengthBytes: bytesOf(fields, MIN_LENGTH.name),
  });
  const definition = row.define(fields, costRuleOf);
  const length = givenChoice(fields, LENGTH.name, LENGTHS, "frame");
  return compileShaperDefinition(row.name, definition, length, (name) =>
    fields.has(name) ? fields.written(name) : undefined,
  );
}

/** Compiles a definition that needs no text. Throws ConfigError when its numbers do not fit exact arithmetic. */
export function compileShaperDefinition(
  shaper: ShaperName,
  definition: ShaperDefinition,
  length: LengthKind = "frame",
  writtenOf: WrittenOf = () => undefined,
): ShaperPolicy {
  const profile = shaperProfile(definition, writtenOf);
  const warnings = shaperWarnings({ length, definition, profile }, writtenOf);
  return { meter: "shaper", shaper, length, definition, profile, warnings };
}
