/** `token_bucket` of Envoy's local rate limit filter: max_tokens, tokens_per_fill, fill_interval. */
import { divide, multiply, rational } from "../../rational.ts";
import { NS_PER_SEC } from "../../policy/limits.ts";
import { numberText, readAmount, readWhole, timeText, type UnitTable } from "../amounts.ts";
import type { Explained } from "../explained.ts";
import { countFigure, countRateFigure, drainFigure } from "../figures.ts";
import { packetBucket } from "../packets.ts";
import { type ParameterRow, readValues, type Word, wrongWord } from "../words.ts";

const SYSTEM = "Envoy token_bucket";
const COUNT_MAX = 0xffff_ffffn;
const INTERVAL_MIN_NS = 50_000_000n;

const TIMES: UnitTable = {
  noun: "a time such as 1s or 500ms",
  units: [
    { names: ["ms"], factor: rational(1_000_000n) },
    { names: ["s"], factor: NS_PER_SEC },
  ],
  isCaseFree: false,
};
const ROWS: readonly ParameterRow[] = [{ name: "max_tokens" }, { name: "tokens_per_fill" }, { name: "fill_interval" }];

/** `envoy max_tokens=100 tokens_per_fill=10 fill_interval=1s`, the words behind "envoy". Throws ConfigError. */
export function explainEnvoy(words: readonly Word[]): Explained {
  // As in its YAML: "max_tokens: 100".
  const joined: Word[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    if (before?.text.endsWith("=") === true) joined[joined.length - 1] = { ...before, text: before.text + word.text };
    else joined.push({ ...word, text: word.text.replace(":", "=") });
  }
  const values = readValues(joined, ROWS, SYSTEM, "equals");
  const max = rational(
    readWhole(values.needed("max_tokens", "is missing; a bucket needs one"), "max_tokens", 1n, COUNT_MAX),
  );
  const fillWord = values.word("tokens_per_fill");
  const fill = rational(fillWord === undefined ? 1n : readWhole(fillWord, "tokens_per_fill", 1n, COUNT_MAX));
  const intervalWord = values.needed("fill_interval", "is missing; a bucket needs one, such as 1s");
  const intervalNs = readAmount(intervalWord, TIMES);
  if (intervalNs.num === 0n) throw wrongWord("RANGE", intervalWord, "must be above 0");
  const rate = divide(multiply(fill, NS_PER_SEC), intervalNs);
  const increment = divide(intervalNs, fill);
  return {
    system: SYSTEM,
    does: "a token bucket of requests that refuses",
    figures: [
      countFigure("max_tokens", values.word("max_tokens"), max.num, `${max.num} requests at once`),
      countRateFigure("rate", undefined, rate, "requests"),
      drainFigure(max, rate),
    ],
    policy: packetBucket(increment, max.num),
    by: "all",
    also: [],
    refuses: intervalNs.num < INTERVAL_MIN_NS * intervalNs.den ? ["fill_interval is at least 50 ms"] : [],
    rounds: [],
    differs: [
      "a request stands for a packet",
      `older versions add ${numberText(fill)} tokens at the end of each ${timeText(intervalNs)} instead of one after the other`,
    ],
  };
}
