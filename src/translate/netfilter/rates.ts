/** Rates of netfilter's matches: whole packets or bytes in a second, minute, hour or day, kept as the time of one. */
import { divide, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { readWhole } from "../amounts.ts";
import { type Word, wrongWord } from "../words.ts";

const COUNT_MAX = 2n ** 53n - 1n;
const PERIODS: ReadonlyMap<string, bigint> = new Map([
  ["second", 1n],
  ["minute", 60n],
  ["hour", 3600n],
  ["day", 86_400n],
  ["week", 604_800n],
]);

export interface CountRate {
  readonly word: Word;
  readonly count: bigint;
  readonly seconds: bigint;
  readonly perSec: Rational;
}

/** The period that a text begins: "s", "sec" and "second" are one. */
function periodOf(text: string): bigint | undefined {
  const found = [...PERIODS].find(([name]) => text !== "" && name.startsWith(text.toLowerCase()));
  return found?.[1];
}

/** "10/s", "3/hour", "5". Throws ConfigError. */
export function readCountRate(word: Word): CountRate {
  const [digits = "", period] = word.text.split("/");
  const seconds = period === undefined ? 1n : periodOf(period);
  if (seconds === undefined)
    throw wrongWord("UNIT", word, "is no rate; write one such as 10/second, 10/minute, 10/hour or 10/day");
  const count = readWhole({ ...word, text: digits }, "the number of a rate", 1n, COUNT_MAX);
  return { word, count, seconds, perSec: rational(count, seconds) };
}

/** The time between two packets as it is kept, in `scale` parts of a second, cut; undefined when nothing is left. */
export function intervalNs({ count, seconds }: CountRate, scale: bigint): Rational | undefined {
  const parts = (scale * seconds) / count;
  return parts === 0n ? undefined : rational(parts * 1_000_000_000n, scale);
}

/** What a kept interval makes of the rate, when it is another. */
export function intervalRate(interval: Rational): Rational {
  return divide(rational(1_000_000_000n), interval);
}
