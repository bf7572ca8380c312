/** Units of tc(8), as iproute2 reads them (lib/utils_math.c): sizes in powers of 1024, rates in powers of 1000. */
import { floor, multiply, rational, subtract, ZERO } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { isWhole, numberText, type OtherUnit, readAmount, type UnitTable } from "../amounts.ts";
import { type Word, wrongWord } from "../words.ts";

const ONE = rational(1n);
const EIGHTH = rational(1n, 8n);
const SIZE_MAX = 0xffff_ffffn;
export const OVERHEAD_MAX = 65_535n;

function power(base: bigint, exponent: number): Rational {
  return rational(base ** BigInt(exponent));
}

const PREFIXES = ["", "k", "m", "g", "t"] as const;

/** "bit", "kbit" ... in powers of 1000, "Kibit" ... of 1024; `unit` is what the bare suffix counts. */
function ladder(suffix: string, unit: Rational): OtherUnit[] {
  const rung = (prefix: string, base: bigint, exponent: number): OtherUnit => {
    return { names: [`${prefix}${suffix}`], factor: multiply(power(base, exponent), unit) };
  };
  const decimal = PREFIXES.map((prefix, exponent) => rung(prefix, 1000n, exponent));
  const binary = PREFIXES.slice(1).map((prefix, index) => rung(`${prefix}i`, 1024n, index + 1));
  return [...decimal, ...binary];
}

const RATES: UnitTable = {
  noun: "a rate of tc such as 1mbit",
  units: [...ladder("bit", EIGHTH), ...ladder("bps", ONE)],
  bare: EIGHTH,
  isCaseFree: true,
};
const SIZES: UnitTable = {
  noun: "a size of tc such as 10kb",
  units: [
    { names: ["b"], factor: ONE },
    { names: ["kb", "k"], factor: power(1024n, 1) },
    { names: ["mb", "m"], factor: power(1024n, 2) },
    { names: ["gb", "g"], factor: power(1024n, 3) },
    { names: ["kbit"], factor: multiply(power(1024n, 1), EIGHTH) },
    { names: ["mbit"], factor: multiply(power(1024n, 2), EIGHTH) },
    { names: ["gbit"], factor: multiply(power(1024n, 3), EIGHTH) },
  ],
  bare: ONE,
  isCaseFree: true,
};
const TIMES: UnitTable = {
  noun: "a time of tc such as 50ms",
  units: [
    { names: ["us", "usec", "usecs"], factor: ONE },
    { names: ["ms", "msec", "msecs"], factor: rational(1000n) },
    { names: ["s", "sec", "secs"], factor: rational(1_000_000n) },
  ],
  bare: ONE,
  isCaseFree: true,
};

/** What iproute2 cuts off, in words; nothing when the value is whole. */
function cutRemark(what: string, given: Rational, unit: string): string[] {
  if (isWhole(given)) return [];
  return [`${what} is cut to whole ${unit}: ${numberText(rational(floor(given)))} instead of ${numberText(given)}`];
}

export interface TcValue {
  readonly word: Word;
  /** Whole bytes a second, bytes or microseconds. */
  readonly value: Rational;
  readonly rounds: readonly string[];
}

/** Whole bytes a second, above 0. Throws ConfigError. */
export function readTcRate(name: string, word: Word): TcValue {
  if (word.text.includes("%")) {
    throw wrongWord(
      "UNIT",
      word,
      `a percentage of a device's speed is not known here; write the ${name} such as 1mbit`,
    );
  }
  const given = readAmount(word, RATES);
  const value = rational(floor(given));
  if (value.num === 0n)
    throw wrongWord("RANGE", word, `is below 1 byte a second, which tc takes for no ${name} at all`);
  return { word, value, rounds: cutRemark(name, given, "bytes a second") };
}

/** Whole bytes, from 1. `10kb/8` names a cell of the old rate tables, which nothing depends on any more. Throws ConfigError. */
export function readTcSize(name: string, word: Word): TcValue {
  const [text = ""] = word.text.split("/");
  const given = readAmount({ ...word, text }, SIZES);
  const value = rational(floor(given));
  if (value.num === 0n) throw wrongWord("RANGE", word, `is below 1 byte, which tc takes for no ${name} at all`);
  if (value.num > SIZE_MAX) throw wrongWord("RANGE", word, `tc's sizes go up to ${SIZE_MAX} bytes`);
  return { word, value, rounds: cutRemark(name, given, "bytes") };
}

/** Whole microseconds, from 1. Throws ConfigError. */
export function readTcTime(name: string, word: Word): TcValue {
  const given = readAmount(word, TIMES);
  const value = rational(floor(given));
  if (value.num === 0n) throw wrongWord("RANGE", word, `is below 1 us, which tc takes for no ${name} at all`);
  return { word, value, rounds: cutRemark(name, given, "microseconds") };
}

/** How far a size in a unit of 1024 lies above one of 1000, for the remark that goes with it. */
export function sizeRemark(words: readonly (Word | undefined)[]): string[] {
  const binary = words.find((word) => word !== undefined && /(?:k|m|g)b?$/iu.test(word.text));
  if (binary === undefined) return [];
  const bytes = readTcSize("size", binary).value;
  const decimal = readDecimalReading(binary.text, bytes);
  return [
    `tc's kb is 1024 bytes: ${binary.text} is ${numberText(bytes)} B, ${numberText(subtract(bytes, decimal))} B more than with a kB of 1000`,
  ];
}

function readDecimalReading(text: string, bytes: Rational): Rational {
  const exponent = BigInt(["k", "m", "g"].indexOf(/([kmg])b?$/iu.exec(text)![1]!.toLowerCase()) + 1);
  return bytes.num === 0n ? ZERO : multiply(bytes, rational(1000n ** exponent, 1024n ** exponent));
}
