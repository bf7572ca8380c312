/** Numbers with their units as exact fractions: what src/units.ts reads, without its advice. */
import { ConfigError } from "../../errors.ts";
import { fromDecimal, isZero, multiply, rational } from "../../rational.ts";
import type { Cost, Rational } from "../../types.ts";

/** What a unit measures: units a second, units, nanoseconds, or hundredths. */
type Kind = "rate" | "amount" | "time" | "share";

interface Unit {
  readonly kind: Kind;
  readonly factor: Rational;
  /** Undefined for times and shares. */
  readonly cost?: Cost;
}

export interface Quantity {
  readonly kind: Kind;
  readonly value: Rational;
  readonly cost?: Cost | undefined;
}

/** What a parameter takes, and how one writes it. */
export const RATE: Form = [["rate"], "a rate such as 10 Mbit/s or 10 packets/s"];
export const BURST: Form = [["amount", "time"], "a burst such as 64 kB, 5 packets or 10 ms"];
export const AMOUNT: Form = [["amount"], "an amount such as 64 kB or 5 packets"];
export const TIME: Form = [["time"], "a time such as 5 ms"];
export const FILL: Form = [["amount", "share"], "full, empty, 50 % or an amount"];
export type Form = readonly [kinds: readonly Kind[], noun: string];

const TEXT_LENGTH_MAX = 100;
const EXPONENT_MAX = 30;
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?\s*(.*)$/iu;

const UNITS = /* @__PURE__ */ unitsByName();

function unitsByName(): ReadonlyMap<string, Unit> {
  const units = new Map<string, Unit>();
  for (const [power, prefix] of ["", "k", "M", "G", "T", "", "Ki", "Mi", "Gi", "Ti"].entries()) {
    const factor = power < 5 ? 1000n ** BigInt(power) : 1024n ** BigInt(power - 5);
    const bytes = { factor: rational(factor), cost: "bytes" } as const;
    if (power < 5) units.set(`${prefix}bit/s`, { ...bytes, kind: "rate", factor: rational(factor, 8n) });
    units.set(`${prefix}B/s`, { ...bytes, kind: "rate" });
    units.set(`${prefix}B`, { ...bytes, kind: "amount" });
  }
  units.set("byte", units.get("B")!).set("bytes", units.get("B")!);
  for (const name of ["packets", "packet", "cells", "cell", "events", "event"]) {
    units.set(name, { kind: "amount", factor: rational(1n), cost: "packets" });
  }
  for (const [name, seconds] of [
    ["s", 1n],
    ["min", 60n],
    ["h", 3600n],
  ] as const) {
    const rate = { kind: "rate", factor: rational(1n, seconds), cost: "packets" } as const;
    units.set(`packets/${name}`, rate).set(`packet/${name}`, rate);
    units.set(name, { kind: "time", factor: rational(seconds * 1_000_000_000n) });
  }
  for (const [power, names] of [["ns"], ["us", "\u00b5s", "\u03bcs"], ["ms"]].entries()) {
    for (const name of names) units.set(name, { kind: "time", factor: rational(1000n ** BigInt(power)) });
  }
  return units.set("%", { kind: "share", factor: rational(1n, 100n) });
}

/** What stands before a unit, and its name. Throws ConfigError. */
function numberOf(parameter: string, text: string, noun: string) {
  const [, sign, digits = "", decimals = "", exponent = "0", unitName = ""] = NUMBER.exec(text.trim()) ?? [];
  const isNumber = digits + decimals !== "" && text.length <= TEXT_LENGTH_MAX;
  if (!isNumber || Math.abs(Number(exponent)) > EXPONENT_MAX) throw refused(parameter, text, noun);
  const magnitude = fromDecimal(digits, decimals, Number(exponent));
  return { isNegative: sign === "-" && !isZero(magnitude), magnitude, unitName };
}

/** Of a value that cannot stand beside the others. */
export function clash(name: string, text: string, detail: string): never {
  throw new ConfigError("CONFLICT", name, text, detail);
}

export function refused(parameter: string, text: string, noun: string): ConfigError {
  return new ConfigError("NUMBER", parameter, text, `must be ${noun}`);
}

/** The exact value of a text. Throws ConfigError. */
export function quantityOf(parameter: string, text: string, [kinds, noun]: Form): Quantity {
  const { isNegative, magnitude, unitName } = numberOf(parameter, text, noun);
  const unit = UNITS.get(unitName);
  if (unit === undefined || isNegative || !kinds.includes(unit.kind)) throw refused(parameter, text, noun);
  return { ...unit, value: multiply(magnitude, unit.factor) };
}

/** A whole number of bytes or packets from `least` to `most`; the unit may be left out. Throws ConfigError. */
export function wholeOf(parameter: string, text: string, cost: Cost, least: number, most = Infinity): bigint {
  const noun = `a whole number of ${cost} from ${least} to ${most}`;
  const { isNegative, magnitude, unitName } = numberOf(parameter, text, noun);
  const unit = UNITS.get(unitName === "" ? cost : unitName);
  const whole = isNegative ? -magnitude.num : magnitude.num;
  const isUnit = unit?.kind === "amount" && unit.cost === cost && unit.factor.num === 1n;
  if (!isUnit || magnitude.den !== 1n || whole < least || whole > most) throw refused(parameter, text, noun);
  return whole;
}
