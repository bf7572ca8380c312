/** Units as textbooks and data sheets write them: K is 1000, b is bits, B is bytes; a bare time counts seconds. */
import { multiply, rational } from "../../rational.ts";
import { NS_PER_SEC } from "../../policy/limits.ts";
import type { Rational } from "../../types.ts";
import { type OtherUnit, readAmount, type UnitTable } from "../amounts.ts";
import type { Word } from "../words.ts";

const EIGHTH = rational(1n, 8n);
const PREFIXES = ["", "k", "m", "g", "t"] as const;

function spellings(prefix: string, suffixes: readonly string[]): string[] {
  return [prefix, prefix.toUpperCase()].flatMap((letter) => suffixes.map((suffix) => `${letter}${suffix}`));
}

function ladder(suffixes: readonly string[], base: bigint, unit: Rational): OtherUnit[] {
  return PREFIXES.map((prefix, power) => ({
    names: spellings(prefix, suffixes),
    factor: multiply(rational(base ** BigInt(power)), unit),
  }));
}

function binary(suffix: string): OtherUnit[] {
  return PREFIXES.slice(1).map((prefix, power) => ({
    names: spellings(prefix, [`i${suffix}`]),
    factor: rational(1024n ** BigInt(power + 1)),
  }));
}

export const RATES: UnitTable = {
  noun: "a rate such as 1250 B/s or 1 Mbit/s",
  units: [
    ...ladder(["B/s", "Bps", "bytes/s"], 1000n, rational(1n)),
    ...ladder(["bit/s", "b/s", "bps", "bit"], 1000n, EIGHTH),
    ...binary("B/s"),
  ],
  isCaseFree: false,
};
export const SIZES: UnitTable = {
  noun: "a size such as 10 KB",
  units: [...ladder(["B", "bytes"], 1000n, rational(1n)), ...ladder(["bit", "b"], 1000n, EIGHTH), ...binary("B")],
  isCaseFree: false,
};
const TIME_UNITS: readonly OtherUnit[] = [
  { names: ["ns"], factor: rational(1n) },
  { names: ["us", "\u00b5s"], factor: rational(1000n) },
  { names: ["ms"], factor: rational(1_000_000n) },
  { names: ["s", "sec"], factor: NS_PER_SEC },
];

/** A time in nanoseconds; a bare number counts seconds. Throws ConfigError. */
export function readTime(word: Word): Rational {
  return readAmount(word, {
    noun: "a time such as 10 or 10ms",
    units: TIME_UNITS,
    bare: NS_PER_SEC,
    isCaseFree: false,
  });
}

/** Joins a number and its unit: "10 KB" is one value. */
export function joined(words: readonly Word[]): Word[] {
  const out: Word[] = [];
  for (const word of words) {
    const before = out.at(-1);
    const isUnit = /^[A-Za-z\u00b5]/u.test(word.text) && !word.text.includes("=");
    if (before !== undefined && isUnit && /[\d.]$/u.test(before.text)) {
      out[out.length - 1] = { text: before.text + word.text, position: before.position };
    } else {
      out.push(word);
    }
  }
  return out;
}
