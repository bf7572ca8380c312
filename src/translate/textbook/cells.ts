/** `PCR=100 SCR=10 MBS=11`: the traffic contract of ATM Forum TM 4.1, in cells a second. */
import { compare, divide, rational, subtract } from "../../rational.ts";
import { NS_PER_SEC } from "../../policy/limits.ts";
import { limitOfBurst } from "../../policy/mbs.ts";
import type { Rational } from "../../types.ts";
import { numberText, rateText, readAmount, readWhole, timeText } from "../amounts.ts";
import type { Explained, Figure } from "../explained.ts";
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
  const rate = (name: string, word: Word, value: Rational): Figure => {
    return { name, written: word.text, text: `${numberText(value)} cells/s`, value, unit: "cells/s" };
  };
  const time = (name: string, written: string | null, value: Rational): Figure => {
    return { name, written, text: timeText(value), value, unit: "ns" };
  };
  return {
    system: SYSTEM,
    does: "a peak and a sustained rate: a cell conforms to both or is charged to neither",
    figures: [
      rate("PCR", pcrWord!, pcr),
      rate("SCR", scrWord!, scr),
      {
        name: "MBS",
        written: mbsWord!.text,
        text: `${mbs} cells at the peak rate`,
        value: rational(mbs),
        unit: "packets",
      },
      time("CDVT", cdvtWord?.text ?? null, cdvtNs),
      time("burst tolerance", null, toleranceNs),
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
