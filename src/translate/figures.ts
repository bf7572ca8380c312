/** The figures of an explanation: a value in its true unit, beside the word that it was read from. */
import { NS_PER_SEC } from "../policy/limits.ts";
import { divide, multiply, rational } from "../rational.ts";
import type { Rational } from "../types.ts";
import { bothRates, numberText, timeText } from "./amounts.ts";
import type { Figure } from "./explained.ts";
import type { Word } from "./words.ts";

/** The word that a value was read from; undefined when it is a default, or follows from others. */
type From = Word | undefined;

function written(word: From): string | null {
  return word?.text ?? null;
}

/** A rate in bytes a second. */
export function rateFigure(name: string, word: From, value: Rational): Figure {
  return { name, written: written(word), text: bothRates(value), value, unit: "B/s" };
}

/** An amount of bytes; `note` stands behind it. */
export function bytesFigure(name: string, word: From, value: Rational, note = ""): Figure {
  return { name, written: written(word), text: `${numberText(value)} B${note}`, value, unit: "B" };
}

/** A time in nanoseconds. */
export function timeFigure(name: string, word: From, value: Rational, note = ""): Figure {
  return { name, written: written(word), text: `${timeText(value)}${note}`, value, unit: "ns" };
}

/** A rate of packets, cells or requests. */
export function countRateFigure(name: string, word: From, value: Rational, noun = "packets"): Figure {
  return { name, written: written(word), text: `${numberText(value)} ${noun}/s`, value, unit: "packets/s" };
}

/** A number of packets, in words of its own. */
export function countFigure(name: string, word: From, value: bigint, text: string): Figure {
  return { name, written: written(word), text, value: rational(value), unit: "packets" };
}

/** A part of a whole, 0 to 1, as a percentage cut to a tenth. */
export function partFigure(name: string, value: Rational): Figure {
  const tenths = (value.num * 1000n) / value.den;
  return { name, written: null, text: `${numberText(rational(tenths, 10n))} %`, value, unit: "1" };
}

/** How long a full bucket takes to drain. */
export function drainFigure(units: Rational, unitsPerSec: Rational, note = ""): Figure {
  return timeFigure("full bucket drains in", undefined, divide(multiply(units, NS_PER_SEC), unitsPerSec), note);
}
