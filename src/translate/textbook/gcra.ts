/** `gcra T=10 tau=45`: increment and limit of ITU-T I.371, and the burst that they let pass. */
import { add, compare, divide, floor, rational, subtract, ZERO } from "../../rational.ts";
import { NS_PER_SEC } from "../../policy/limits.ts";
import { limitOfBurst } from "../../policy/mbs.ts";
import type { Rational } from "../../types.ts";
import { readWhole, timeText } from "../amounts.ts";
import type { Explained } from "../explained.ts";
import { countFigure, countRateFigure, timeFigure } from "../figures.ts";
import { type ParameterRow, readValues, type Word, wrongWord } from "../words.ts";
import { readTime } from "./units.ts";

const SYSTEM = "GCRA (ITU-T I.371)";
const MBS_MAX = 2n ** 32n;
const ROWS: readonly ParameterRow[] = [
  { name: "T", aliases: ["I", "increment"] },
  { name: "tau", aliases: ["L", "limit", "\u03c4"] },
  { name: "delta", aliases: ["spacing", "d"] },
  { name: "MBS", aliases: ["mbs"] },
];

/** Cells that conform on a drained bucket, delta apart: floor(1 + tau / (T - delta)); undefined when that has no end. */
export function burstOfLimit(incrementNs: Rational, limitNs: Rational, spacingNs: Rational): bigint | undefined {
  if (compare(spacingNs, incrementNs) >= 0) return undefined;
  return floor(add(rational(1n), divide(limitNs, subtract(incrementNs, spacingNs))));
}

/** The words behind "gcra". Throws ConfigError. */
export function explainGcra(words: readonly Word[]): Explained {
  const values = readValues(words, ROWS, SYSTEM, "equals");
  const incrementWord = values.needed("T", "is missing; GCRA needs T (the increment) and tau (the limit) or MBS");
  const incrementNs = readTime(incrementWord);
  if (incrementNs.num === 0n) throw wrongWord("RANGE", incrementWord, "T must be above 0");
  const deltaWord = values.word("delta");
  const spacingNs = deltaWord === undefined ? ZERO : readTime(deltaWord);
  const [tauWord, mbsWord] = [values.word("tau"), values.word("MBS")];
  if (tauWord !== undefined && mbsWord !== undefined)
    throw wrongWord("CONFLICT", mbsWord, "tau and MBS say the same; keep one of them");
  const limitNs =
    mbsWord === undefined
      ? readTime(values.needed("tau", "is missing; GCRA needs tau or MBS"))
      : limitFor(mbsWord, incrementNs, spacingNs);
  const mbs = burstOfLimit(incrementNs, limitNs, spacingNs);
  const isBare = [incrementWord, tauWord, deltaWord].some((word) => word !== undefined && /^[\d.]+$/u.test(word.text));
  return {
    system: SYSTEM,
    does: "a cell conforms if it is at most tau earlier than its time",
    figures: [
      timeFigure("T", incrementWord, incrementNs),
      timeFigure("tau", tauWord, limitNs),
      ...(deltaWord === undefined ? [] : [timeFigure("delta", deltaWord, spacingNs)]),
      countRateFigure("rate", undefined, divide(NS_PER_SEC, incrementNs), "cells"),
      countFigure("MBS", mbsWord, mbs ?? 0n, mbs === undefined ? "unlimited: delta is not below T" : `${mbs} cells`),
      timeFigure("full bucket drains in", undefined, add(limitNs, incrementNs)),
    ],
    policy: {
      meter: "gcra",
      increment: timeText(incrementNs),
      limit: timeText(limitNs),
      cost: "packets",
      ...(deltaWord === undefined ? {} : { spacing: timeText(spacingNs) }),
    },
    by: "all",
    also: [],
    refuses: [],
    rounds: [],
    differs: isBare
      ? [
          "a number without a unit is read as seconds; which unit it is changes no verdict as long as arrivals have it too",
        ]
      : [],
  };
}

function limitFor(word: Word, incrementNs: Rational, spacingNs: Rational): Rational {
  if (compare(spacingNs, incrementNs) >= 0)
    throw wrongWord("CONFLICT", word, "cells T or more apart conform without end, whatever the MBS");
  return limitOfBurst(readWhole(word, "MBS", 1n, MBS_MAX), subtract(incrementNs, spacingNs));
}
