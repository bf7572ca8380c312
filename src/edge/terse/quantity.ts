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
  readonly cost?: Cost | undefined;
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
  const add = (names: string, kind: Kind, num: bigint, den: bigint, cost?: Cost) => {
    for (const name of names.split(" ")) units.set(name, { kind, factor: rational(num, den), cost });
  };
  for (const [power, prefix] of ["", "k", "M", "G", "T", "", "Ki", "Mi", "Gi", "Ti"].entries()) {
    const factor = power < 5 ? 1000n ** BigInt(power) : 1024n ** BigInt(power - 5);
    if (power < 5) add(`${prefix}bit/s`, "rate", factor, 8n, "bytes");
    add(`${prefix}B/s`, "rate", factor, 1n, "bytes");
    add(`${prefix}B`, "amount", factor, 1n, "bytes");
  }
  add("byte bytes", "amount", 1n, 1n, "bytes");
  add("packets packet cells cell events event", "amount", 1n, 1n, "packets");
  for (const [name, seconds] of Object.entries({ s: 1n, min: 60n, h: 3600n })) {
    add(`packets/${name} packet/${name}`, "rate", 1n, seconds, "packets");
    add(name, "time", seconds * 1_000_000_000n, 1n);
  }
  add("ns", "time", 1n, 1n);
  add("us \u00b5s \u03bcs", "time", 1000n, 1n);
  add("ms", "time", 1_000_000n, 1n);
  add("%", "share", 1n, 100n);
  return units;
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
