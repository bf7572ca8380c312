/**
 * `-m limit` of iptables (xt_limit.c, libxt_limit.c): a bucket of packets for all that the rule sees. The time between
 * two packets is kept in 1/10000 s, cut; credit comes by the jiffy.
 */
import { compare, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { numberText, readWhole, timeText } from "../amounts.ts";
import type { Explained, Figure } from "../explained.ts";
import { countFigure, countRateFigure, drainFigure } from "../figures.ts";
import { packetBucket } from "../packets.ts";
import { type ParameterRow, readValues, type Word, wrongWord } from "../words.ts";
import { type CountRate, intervalNs, intervalRate, readCountRate } from "./rates.ts";

const SYSTEM = "iptables limit";
const SCALE = 10_000n;
const BURST_MAX = 10_000n;
export const BURST_DEFAULT = 5n;
const RATE_DEFAULT = "3/hour";
export const JIFFY_REMARK =
  "credit comes by the jiffy, 1 to 10 ms as the kernel was built: time within one does not pass";

const ROWS: readonly ParameterRow[] = [
  { name: "--limit", aliases: ["limit", "rate"] },
  { name: "--limit-burst", aliases: ["limit-burst", "burst"] },
  { name: "-j", aliases: ["--jump"], isIgnored: true },
];

/** What a kept interval does to a rate. */
export function intervalRemarks({ word, perSec }: CountRate, interval: Rational): string[] {
  const kept = intervalRate(interval);
  if (compare(kept, perSec) === 0) return [];
  return [
    `${word.text} is kept as ${timeText(interval)} a packet, cut: ${numberText(kept)} packets/s instead of ${numberText(perSec)}`,
  ];
}

/** The figures of a bucket of packets. */
export function packetFigures(
  rate: CountRate,
  interval: Rational,
  burst: bigint,
  burstWord: Word | undefined,
): Figure[] {
  const kept = intervalRate(interval);
  return [
    countRateFigure("rate", rate.word, rate.perSec),
    countRateFigure("rate as kept", undefined, kept),
    countFigure("burst", burstWord, burst, `${burst} packets at once`),
    drainFigure(rational(burst), kept),
  ];
}

/** `--limit 10/s --limit-burst 5`, the words behind "limit". Throws ConfigError. */
export function explainLimit(words: readonly Word[]): Explained {
  const [first] = words;
  const isShort = first !== undefined && /^\d/u.test(first.text);
  const values = readValues(isShort ? words.slice(1) : words, ROWS, SYSTEM, "blank");
  const rate = readCountRate((isShort ? first : values.word("--limit")) ?? { text: RATE_DEFAULT, position: 0 });
  const burstWord = values.word("--limit-burst");
  const burst = burstWord === undefined ? BURST_DEFAULT : readWhole(burstWord, "limit-burst", 1n, BURST_MAX);
  const interval = intervalNs(rate, SCALE);
  if (interval === undefined) throw wrongWord("RANGE", rate.word, "iptables refuses rates above 10000 a second");
  return {
    system: SYSTEM,
    does: "a bucket of packets for all that the rule sees: what conforms matches the rule",
    figures: packetFigures(rate, interval, burst, burstWord),
    policy: packetBucket(interval, burst),
    by: "all",
    also: [],
    refuses: [],
    rounds: [...intervalRemarks(rate, interval), JIFFY_REMARK],
    differs: ["green is what matches the rule; what the rule then does with it (-j) is not the bucket's"],
  };
}
