/** `leaky bucket 10 KB 1250 B/s`, `token bucket b=10KB r=1250B/s`: one bucket, as a counter and as a queue. */
import { ConfigError } from "../../errors.ts";
import type { Rational } from "../../types.ts";
import { rateText, readAmount, unitsText } from "../amounts.ts";
import type { Explained, OtherView } from "../explained.ts";
import { bytesFigure, drainFigure, rateFigure } from "../figures.ts";
import { type ParameterRow, readValues, type Word } from "../words.ts";
import { joined, RATES, SIZES } from "./units.ts";

const ROWS: readonly ParameterRow[] = [
  { name: "b", aliases: ["burst", "size", "capacity", "depth"] },
  { name: "r", aliases: ["rate", "leak"] },
];

export type BucketKind = "leaky-bucket" | "token-bucket";

interface Given {
  readonly burst: Word;
  readonly rate: Word;
}

const NEEDS = "is missing; a bucket needs a size and a rate, such as: leaky bucket 10 KB 1250 B/s";

function isRate({ text }: Word): boolean {
  return /(?:\/s|ps)$/u.test(text);
}

/** Two values: by name, or in any order, told apart by the /s or ps of a rate. */
function givenOf(words: readonly Word[]): Given {
  const values = joined(words);
  if (values.some(({ text }) => text.includes("="))) {
    const named = readValues(values, ROWS, "a bucket", "equals");
    return { burst: named.needed("b", NEEDS), rate: named.needed("r", NEEDS) };
  }
  const [first, second, third] = values;
  if (first === undefined || second === undefined)
    throw new ConfigError("MISSING", first === undefined ? "size" : "rate", undefined, NEEDS);
  if (third !== undefined)
    throw new ConfigError(
      "KEY",
      `word ${third.position}`,
      third.text,
      "a bucket has a size and a rate, no third value",
    );
  return isRate(first) && !isRate(second) ? { burst: second, rate: first } : { burst: first, rate: second };
}

function queueOf(kind: BucketKind, rate: Rational, burst: Rational): OtherView {
  const values = { rate: rateText(rate, "bytes"), burst: unitsText(burst, "bytes") };
  if (kind === "leaky-bucket") {
    return { title: "As a queue: drops what the meter refuses, delays the rest", policy: { shaper: kind, ...values } };
  }
  const limit = unitsText(burst, "bytes");
  return {
    title: "As a shaper that lets as much wait as the bucket holds",
    policy: { shaper: kind, ...values, limit },
  };
}

/** The words behind "leaky bucket" or "token bucket". Throws ConfigError. */
export function explainBucket(kind: BucketKind, words: readonly Word[]): Explained {
  const given = givenOf(words);
  const [burst, rate] = [readAmount(given.burst, SIZES), readAmount(given.rate, RATES)];
  if (rate.num === 0n)
    throw new ConfigError("RANGE", `word ${given.rate.position}`, given.rate.text, "the rate must be above 0");
  const isAmbiguous = [given.burst, given.rate].some(({ text }) => /[\d.]K/u.test(text));
  return {
    system: kind.replace("-", " "),
    does:
      kind === "leaky-bucket"
        ? "what comes fills it, it leaks at the rate; a packet conforms if it still fits"
        : "tokens come at the rate; a packet conforms if its tokens are there",
    figures: [
      bytesFigure("size b", given.burst, burst),
      rateFigure("rate r", given.rate, rate),
      bytesFigure("largest packet", undefined, burst),
      drainFigure(burst, rate, ": b / r, the longest delay as a queue"),
    ],
    policy: { meter: kind, rate: rateText(rate, "bytes"), burst: unitsText(burst, "bytes") },
    by: "all",
    also: [queueOf(kind, rate, burst)],
    refuses: [],
    rounds: [],
    differs: isAmbiguous
      ? ["K is read as 1000, as texts on networks have it; tc's kb is 1024: write KiB for that"]
      : [],
  };
}
