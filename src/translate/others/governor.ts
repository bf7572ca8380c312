/** Quotas of the governor crate (Rust): GCRA with a whole number of nanoseconds between two cells, cut. */
import { rational } from "../../rational.ts";
import { NS_PER_SEC } from "../../policy/limits.ts";
import { numberText, readWhole } from "../amounts.ts";
import type { Explained } from "../explained.ts";
import { countFigure, drainFigure, timeFigure } from "../figures.ts";
import { packetBucket } from "../packets.ts";
import { intervalRate } from "../netfilter/rates.ts";
import { type ParameterRow, readValues, type Word, wrongWord } from "../words.ts";

const SYSTEM = "governor";
const COUNT_MAX = 0xffff_ffffn;
const PERIODS: Readonly<Record<string, bigint>> = { per_second: 1n, per_minute: 60n, per_hour: 3600n };

const ROWS: readonly ParameterRow[] = [
  ...Object.keys(PERIODS).map((name) => ({ name })),
  { name: "allow_burst", aliases: ["burst"] },
];

/** `governor per_second=50 allow_burst=100`, the words behind "governor". Throws ConfigError. */
export function explainGovernor(words: readonly Word[]): Explained {
  const values = readValues(words, ROWS, SYSTEM, "equals");
  const given = Object.keys(PERIODS).filter((name) => values.has(name));
  const [name = "per_second"] = given;
  const word = values.needed(name, "is missing; a quota is per_second, per_minute or per_hour");
  if (given.length > 1)
    throw wrongWord("CONFLICT", values.word(given[1]!)!, `${name} states the rate already; keep one of them`);
  const count = readWhole(word, name, 1n, COUNT_MAX);
  const burstWord = values.word("allow_burst");
  const burst = burstWord === undefined ? count : readWhole(burstWord, "allow_burst", 1n, COUNT_MAX);
  const wantedNs = rational(PERIODS[name]! * NS_PER_SEC.num, count);
  const cutNs = wantedNs.num / wantedNs.den;
  // From 10^9 a second on it is cut to 0, which governor takes as 1.
  const intervalNs = rational(cutNs === 0n ? 1n : cutNs);
  return {
    system: SYSTEM,
    does: "GCRA of cells that refuses",
    figures: [
      timeFigure(name, word, intervalNs, " a cell"),
      countFigure("allow_burst", burstWord, burst, `${burst} cells at once`),
      drainFigure(rational(burst), intervalRate(intervalNs)),
    ],
    policy: packetBucket(intervalNs, burst),
    by: "all",
    also: [],
    refuses: [],
    rounds:
      intervalNs.num * wantedNs.den === wantedNs.num
        ? []
        : [
            `the time of a cell is cut to whole nanoseconds: ${numberText(intervalRate(intervalNs))} cells/s instead of ${numberText(intervalRate(wantedNs))}`,
          ],
    differs: ["a cell stands for a packet"],
  };
}
