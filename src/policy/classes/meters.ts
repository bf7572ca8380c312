/** The meter of one class or node: its own parameters over the file's defaults, read like a policy of one meter. */

import type { ConfigError } from "../../errors.ts";
import type { CompiledPolicy, MeterDefinition, Rational } from "../../types.ts";
import { compileDefinition, readPolicy } from "../compile.ts";
import type { PolicyReading } from "../compile.ts";
import { checkValue, paramOfKey } from "../input.ts";
import type { PolicyValue } from "../input.ts";
import { largestPacket } from "../largest.ts";
import { bucketsOf } from "../profile.ts";
import { METERS, POLICY_PARAMS } from "../table.ts";
import { at, atPlace } from "./context.ts";
import type { Context } from "./context.ts";
import { DEFAULT_NAMES } from "./keys.ts";
import type { Section } from "./section.ts";

const METER_DEFAULT = "token-bucket";
/** Mean nothing to a meter that counts packets. */
const BYTES_ONLY: readonly string[] = ["overhead", "min-length"];

type Values = Record<string, PolicyValue>;

/** The parameters of a meter that a class or node gives. */
export function paramsOf(section: Section): readonly string[] {
  return POLICY_PARAMS.map(({ name }) => name).filter((name) => section.has(name));
}

function valueOf(section: Section, name: string): PolicyValue {
  const value = section.value(name);
  return (value === null || value === "" ? section.text(name) : value) as PolicyValue;
}

/** Checks the defaults by themselves, so that a wrong one is not blamed on the first class. Throws ConfigError. */
export function checkDefaults(top: Section): void {
  for (const name of ["length", ...DEFAULT_NAMES].filter((known) => top.has(known))) {
    const value = valueOf(top, name);
    at(top.where(name), () => checkValue(paramOfKey(name, undefined), value));
  }
}

/** The defaults that a meter takes. */
function defaultsFor(meter: PolicyValue, top: Section): Values {
  const row = METERS.find(({ name }) => name === meter);
  const names = DEFAULT_NAMES.filter((name) => {
    if (name === "color-aware") return row?.params.some((param) => param.name === name);
    return name !== "cost" || row?.onlyCost === undefined;
  });
  return Object.fromEntries(names.filter((name) => top.has(name)).map((name) => [name, valueOf(top, name)]));
}

/**
 * Reads `params` of a section (default meter: token-bucket) with `given` and the file's defaults. Throws ConfigError
 * at the place of the parameter that it names.
 */
export function readMeter(
  section: Section,
  params: readonly string[],
  { length, top }: Context,
  given: Readonly<Values> = {},
): PolicyReading {
  if (params.includes("length")) {
    throw section.fail("CONFLICT", "length", "holds for the whole file; set it at the top");
  }
  const own = Object.fromEntries(params.map((name) => [name, valueOf(section, name)]));
  const input: Values = { meter: METER_DEFAULT, ...given, ...own };
  const defaults = defaultsFor(input["meter"], top);
  const read = () => atPlace(placesOf(section, top), () => readPolicy({ length, ...defaults, ...input }));
  const reading = read();
  const isCounting = bucketsOf(reading.definition).every(({ costRule }) => costRule.cost === "packets");
  if (!isCounting || !BYTES_ONLY.some((name) => name in defaults)) return reading;
  for (const name of BYTES_ONLY) delete defaults[name];
  return read();
}

/** Where the parameter of an error stands: among the section's, or the file's defaults. */
function placesOf(section: Section, top: Section): (error: ConfigError) => string | undefined {
  return ({ parameter }) => {
    const bucket = /^bucket(?: (\d+))?\b/u.exec(parameter);
    if (bucket !== null) return section.spots("bucket")[Number(bucket[1] ?? 1) - 1]?.where ?? section.where("bucket");
    return section.has(parameter) || !top.has(parameter) ? section.where(parameter) : top.where(parameter);
  };
}

/** Compiles a reading; `peers` are levels that have to be whole in its scale. Throws ConfigError. */
export function compileReading(
  reading: PolicyReading,
  section: Section,
  top: Section,
  peers: readonly Rational[] = [],
): CompiledPolicy {
  return atPlace(placesOf(section, top), () => compileDefinition(reading, peers));
}

/** A meter whose one bucket some packets may fill only in part. */
export interface Narrowed {
  /** Its warnings are those of the whole bucket. */
  readonly policy: CompiledPolicy;
  /** What the limit keeps out, where the whole bucket would not: "packets longer than 1000 bytes". */
  readonly keptOut: string | undefined;
}

/** Compiles a reading of one bucket with another definition of it. Throws ConfigError. */
export function compileNarrowed(
  reading: PolicyReading,
  definition: MeterDefinition,
  section: Section,
  top: Section,
  peers: readonly Rational[] = [],
): Narrowed {
  const { warnings } = compileReading(reading, section, top, peers);
  const policy = compileReading({ ...reading, definition }, section, top, peers);
  const isNarrow = policy.warnings.length > warnings.length;
  const largest = largestPacket(policy, 0);
  const keptOut = largest === undefined ? "packets" : `packets longer than ${largest} bytes`;
  return { policy: { ...policy, warnings }, keptOut: isNarrow ? keptOut : undefined };
}
