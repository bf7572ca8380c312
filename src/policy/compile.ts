/** A policy as the user wrote it, checked against the table and compiled. */

import { ConfigError, listed } from "../errors.ts";
import { compare, multiply, subtract, ZERO } from "../rational.ts";
import type { BucketDefinition, Check, CompiledPolicy, Cost, CostRule } from "../types.ts";
import type { LengthKind, MeterDefinition, MeterName, Rational, ShaperPolicy } from "../types.ts";
import { parseFill } from "../units.ts";
import type { Fill } from "../units.ts";
import { givenChoice } from "./choice.ts";
import { costOf } from "./cost.ts";
import { spacingNsOf } from "./forms.ts";
import type { MeterForm } from "./forms.ts";
import { Fields, paramOfKey, readLength } from "./input.ts";
import type { PolicyInput } from "./input.ts";
import { CHECKS, LENGTHS } from "./params.ts";
import { bucketsOf, profilesOf } from "./profile.ts";
import { compileShaper, isShaperInput } from "./shapers/compile.ts";
import type { ShaperInput } from "./shapers/compile.ts";
import { formOf, rowOf } from "./select.ts";
import { unnamedSource } from "./source.ts";
import type { BucketReading, BucketSource, Implied } from "./source.ts";
import { METERS } from "./table.ts";
import type { MeterRow } from "./table.ts";
import { warningsOf } from "./warnings.ts";

/** A policy of one meter that was checked, before it is compiled: what a compiler of several policies may still change. */
export interface PolicyReading {
  readonly meter: MeterName;
  readonly length: LengthKind;
  readonly definition: MeterDefinition;
  /** One a bucket, in the order of `bucketsOf`. */
  readonly sources?: readonly BucketSource[];
  /** gcra: time between the packets of a burst, for the maximum burst size. */
  readonly spacingNs?: Rational;
  /** The cost was not stated and no unit implies it: bytes were assumed. */
  readonly isCostAssumed?: boolean;
}

/** One that was read from a text. */
export type WrittenReading = PolicyReading & Required<Pick<PolicyReading, "sources">>;

/** What `compilePolicy` answers: the policy, and what only its description needs. */
export interface MeterPolicy extends CompiledPolicy {
  readonly spacingNs?: Rational;
}

function checkOf(row: MeterRow, form: MeterForm, fields: Fields, cost: Cost): Check {
  const fallback = form.defaultCheck[cost];
  const check = givenChoice(fields, "check", CHECKS, fallback);
  const given = fields.text("check");
  if (given === undefined || check === form.onlyCheck) return check;
  if (form.onlyCheck !== undefined) {
    const detail = `mbs is defined for check ${form.onlyCheck}; leave check out`;
    throw new ConfigError("CONFLICT", "check", given, detail);
  }
  if (row.checks.includes(check)) return check;
  const others = METERS.filter((other) => other.checks.includes(check)).map((other) => other.name);
  const detail = `${row.name} has check ${listed(row.checks, "or")} only; for ${check} use meter ${listed(others, "or")}`;
  throw new ConfigError("CHOICE", "check", given, detail);
}

function bytesOf(fields: Fields, name: string): number {
  const text = fields.text(name);
  return text === undefined ? 0 : readLength(paramOfKey(name, text), text);
}

/** Level that leaves so many tokens: a bucket has at most its depth of them. */
function levelLeaving(fill: Fill | undefined, depth: Rational): Rational {
  if (fill === undefined) return ZERO;
  const tokens = fill.kind === "share" ? multiply(depth, fill.share) : fill.units;
  return compare(tokens, depth) >= 0 ? ZERO : subtract(depth, tokens);
}

function fillOf(fields: Fields): { readonly fill?: Fill; readonly implied: readonly Implied[] } {
  const text = fields.text("initial");
  if (text === undefined) return { implied: [] };
  const fill = parseFill("initial", text);
  const written = { parameter: "initial", text, kind: "fill" as const };
  return { fill, implied: fill.kind === "share" ? [] : [{ ...written, cost: fill.cost }] };
}

/** The buckets with everything that is stated beside them. */
function bucketsFrom(row: MeterRow, form: MeterForm, fields: Fields, readings: readonly BucketReading[]) {
  const { fill, implied: ofFill } = fillOf(fields);
  const ofAll = readings.flatMap(({ implied }) => implied);
  return readings.map(({ ratePerSec, depth, implied }): BucketDefinition => {
    const cost = costOf(row, fields, [...(row.mixesCosts === true ? implied : ofAll), ...ofFill]);
    const costRule: CostRule = {
      cost,
      overheadBytes: bytesOf(fields, "overhead"),
      minLengthBytes: bytesOf(fields, "min-length"),
    };
    const check = checkOf(row, form, fields, cost);
    return { check, ratePerSec, depth, threshold: depth, initialLevel: levelLeaving(fill, depth), costRule };
  });
}

/** The spacing counts packets of cost 1. */
function spacingOf(fields: Fields, [bucket]: readonly BucketDefinition[]): Partial<PolicyReading> {
  const text = fields.text("spacing");
  if (text === undefined) return {};
  if (bucket?.costRule.cost === "packets") return { spacingNs: spacingNsOf(fields) };
  const detail = "is between packets that cost the same; add cost packets, or leave it out";
  throw new ConfigError("CONFLICT", "spacing", text, detail);
}

/** Validates a policy up to its exact definition. Throws ConfigError. */
export function readPolicy(input: PolicyInput): WrittenReading {
  const fields = new Fields(input);
  const row = rowOf(fields);
  const form = formOf(row, fields);
  const readings = form.read(fields);
  const buckets = bucketsFrom(row, form, fields, readings);
  const initial = fields.has("initial") ? { initial: fields.written("initial") } : {};
  const sources = readings.map((reading) => ({ ...reading, ...initial }));
  return {
    meter: row.name,
    length: givenChoice(fields, "length", LENGTHS, "frame"),
    definition: row.define(buckets, fields, sources),
    sources,
    ...spacingOf(fields, buckets),
    isCostAssumed: !fields.has("cost") && [...readings, fillOf(fields)].every(({ implied }) => implied.length === 0),
  };
}

/**
 * Compiles a definition: integer profiles, warnings. `peers` as in `profilesOf`. Throws ConfigError when the numbers do
 * not fit exact arithmetic.
 */
export function compileDefinition(reading: PolicyReading, peers: readonly Rational[] = []): MeterPolicy {
  const { meter, length, definition, spacingNs } = reading;
  const sources = reading.sources ?? bucketsOf(definition).map(unnamedSource);
  const profiles = profilesOf(definition, sources, peers);
  const warnings = warningsOf({ meter, length, definition, profiles }, sources, reading.isCostAssumed === true);
  return { meter, length, definition, profiles, warnings, ...(spacingNs === undefined ? {} : { spacingNs }) };
}

/**
 * Validates a meter or a shaper and compiles it: exact definition, integer profiles, warnings. Throws ConfigError, whose message
 * names the parameter, its value, the limit and what to write instead.
 */
export function compilePolicy(input: ShaperInput): ShaperPolicy;
export function compilePolicy(input: PolicyInput): MeterPolicy;
export function compilePolicy(input: PolicyInput | ShaperInput): MeterPolicy | ShaperPolicy {
  return isShaperInput(input) ? compileShaper(input) : compileDefinition(readPolicy(input));
}
