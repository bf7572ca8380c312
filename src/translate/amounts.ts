/** Numbers with the units of another system, in exact fractions, and exact texts that Weir reads back. */
import { listed } from "../errors.ts";
import { decimalText, floor, fractionText, fromDecimal, multiply, rational, roundedText } from "../rational.ts";
import type { Cost, Rational } from "../types.ts";
import { formatDurationNs, formatRate, formatUnits } from "../units.ts";
import { type Word, wrongWord } from "./words.ts";

export interface OtherUnit {
  readonly names: readonly string[];
  /** How many base units it is. */
  readonly factor: Rational;
}

export interface UnitTable {
  /** "a rate of tc such as 1mbit", for messages. */
  readonly noun: string;
  readonly units: readonly OtherUnit[];
  /** What a number without a unit counts; undefined: it needs one. */
  readonly bare?: Rational;
  /** "KB" and "kb" are the same. */
  readonly isCaseFree: boolean;
}

const NUMBER = /^(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,2}))?([^\d.].*|)$/iu;
const DIGITS_MAX = 40;
const SIGNIFICANT = 9;

/** "1mbit" as 125000 bytes a second. Throws ConfigError that names the word and the units there are. */
export function readAmount(word: Word, { noun, units, bare, isCaseFree }: UnitTable): Rational {
  const known = units.map(({ names }) => names[0]!);
  const match = NUMBER.exec(word.text);
  const [, whole = "", decimals = "", exponent = "0", unitName = ""] = match ?? [];
  if (whole === "" && decimals === "") throw wrongWord("NUMBER", word, `is not ${noun}`);
  if (word.text.length > DIGITS_MAX) throw wrongWord("NUMBER", word, `is longer than ${DIGITS_MAX} characters`);
  const magnitude = fromDecimal(whole, decimals, Number(exponent));
  if (unitName === "") {
    if (bare === undefined) throw wrongWord("UNIT", word, `needs a unit: ${listed(known, "or")}`);
    return multiply(magnitude, bare);
  }
  const same = (name: string) => (isCaseFree ? name.toLowerCase() === unitName.toLowerCase() : name === unitName);
  const unit = units.find(({ names }) => names.some(same));
  if (unit === undefined) {
    throw wrongWord("UNIT", word, `unknown unit "${unitName}" for ${noun}; the units are ${listed(known, "and")}`);
  }
  return multiply(magnitude, unit.factor);
}

/** A whole number from `least` to `most`. Throws ConfigError. */
export function readWhole(word: Word, what: string, least: bigint, most: bigint): bigint {
  const value = /^\d{1,30}$/u.test(word.text) ? BigInt(word.text) : -1n;
  if (value >= least && value <= most) return value;
  throw wrongWord("NUMBER", word, `${what} is a whole number from ${least} to ${most}`);
}

/** The largest whole number not above it, as a fraction. */
export function wholePart(value: Rational): Rational {
  return rational(floor(value));
}

export function isWhole({ den }: Rational): boolean {
  return den === 1n;
}

/** The smallest whole number not below it. */
export function ceiling({ num, den }: Rational): bigint {
  return (num + den - 1n) / den;
}

/** "1,234.5": exact up to 9 significant digits, else rounded to them. */
export function numberText(value: Rational): string {
  const [whole = "", part] = roundedText(value, SIGNIFICANT).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/gu, ",");
  return part === undefined ? grouped : `${grouped}.${part}`;
}

const UNITS: Readonly<Record<Cost, string>> = { bytes: "B", packets: "packets" };

function plainText(value: Rational, unit: string): string {
  return `${decimalText(value) ?? fractionText(value)} ${unit}`;
}

function exactOr(text: string, value: Rational, unit: string): string {
  return text.startsWith("about") ? plainText(value, unit) : text;
}

/** A rate as a policy takes it, exact. */
export function rateText(ratePerSec: Rational, cost: Cost): string {
  return exactOr(formatRate(ratePerSec, cost), ratePerSec, `${UNITS[cost]}/s`);
}

/** An amount as a policy takes it, exact: bytes as they are, so that no kB is mistaken for another's. */
export function unitsText(units: Rational, cost: Cost): string {
  return cost === "packets" ? exactOr(formatUnits(units, cost), units, UNITS[cost]) : plainText(units, UNITS[cost]);
}

/** A time in nanoseconds as a policy takes it, exact. */
export function timeText(timeNs: Rational): string {
  return exactOr(formatDurationNs(timeNs), timeNs, "ns");
}

/** A rate in both of its units: "1 Mbit/s = 125,000 B/s". */
export function bothRates(bytesPerSec: Rational): string {
  return `${formatRate(bytesPerSec, "bytes")} = ${numberText(bytesPerSec)} B/s`;
}
