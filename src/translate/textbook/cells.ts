/** `PCR=100 SCR=10 MBS=11`: the traffic contract of ATM Forum TM 4.1, in cells a second. */
import { compare, divide, rational, subtract } from "../../rational.ts";
import { NS_PER_SEC } from "../../policy/limits.ts";
import { limitOfBurst } from "../../policy/mbs.ts";
import type { Rational } from "../../types.ts";
import { rateText, readAmount, readWhole, timeText } from "../amounts.ts";
import type { Explained } from "../explained.ts";
import { countFigure, countRateFigure, timeFigure } from "../figures.ts";
import { type ParameterRow, readValues, type Word, wrongWord } from "../words.ts";
import { readTime } from "./units.ts";

const SYSTEM = "ATM traffic contract";
const MBS_MAX = 2n ** 32n;
const ROWS: readonly ParameterRow[] = ["PCR", "SCR", "MBS", "CDVT"].map((name) => ({
  name,
  aliases: [name.toLowerCase()],
}));

function cellsPerSec(word: Word): Rational {
  const cells = readAmount(word, {
    noun: "a number of cells a second",
    units: [{ names: ["cells/s", "packets/s", "/s"], factor: rational(1n) }],
    bare: rational(1n),
    isCaseFree: true,
  });
  if (cells.num === 0n) throw wrongWord("RANGE", word, "must be above 0");
  return cells;
}

/** The words of the contract. Throws ConfigError. */
export function explainCells(words: readonly Word[]): Explained {
  const values = readValues(words, ROWS, SYSTEM, "equals");
  const needs = "is missing; a contract needs PCR, SCR and MBS";
  const [pcrWord, scrWord, mbsWord] = ["PCR", "SCR", "MBS"].map((name) => values.needed(name, needs));
  const [pcr, scr] = [cellsPerSec(pcrWord!), cellsPerSec(scrWord!)];
  if (compare(scr, pcr) > 0) throw wrongWord("RANGE", scrWord!, "SCR is at most PCR");
  const mbs = readWhole(mbsWord!, "MBS", 1n, MBS_MAX);
  const cdvtWord = values.word("CDVT");
  const cdvtNs = cdvtWord === undefined ? rational(0n) : readTime(cdvtWord);
  const toleranceNs = limitOfBurst(mbs, subtract(divide(NS_PER_SEC, scr), divide(NS_PER_SEC, pcr)));
  return {
    system: SYSTEM,
    does: "a peak and a sustained rate: a cell conforms to both or is charged to neither",
    figures: [
      countRateFigure("PCR", pcrWord, pcr, "cells"),
      countRateFigure("SCR", scrWord, scr, "cells"),
      countFigure("MBS", mbsWord, mbs, `${mbs} cells at the peak rate`),
      timeFigure("CDVT", cdvtWord, cdvtNs),
      timeFigure("burst tolerance", undefined, toleranceNs),
    ],
    policy: {
      meter: "dual",
      pcr: rateText(pcr, "packets"),
      cdvt: timeText(cdvtNs),
      scr: rateText(scr, "packets"),
      mbs: `${mbs}`,
    },
    by: "all",
    also: [],
    refuses: [],
    rounds: [],
    differs: ["burst tolerance is (MBS - 1)(1/SCR - 1/PCR); switches add CDVT to it"],
  };
}
