/** `bdp 10 Mbit/s 100 ms`: what a TCP flow needs of a shaper, and of a policer. */
import { policedUse, shapedUse } from "../../advise/aimd.ts";
import { bandwidthDelay, policerBurst, policerUse } from "../../advise/bdp.ts";
import { ConfigError } from "../../errors.ts";
import { NS_PER_SEC } from "../../policy/limits.ts";
import { divide, floor, multiply, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { ceiling, numberText, rateText, readAmount, unitsText } from "../amounts.ts";
import type { Explained, Figure } from "../explained.ts";
import { bytesFigure, partFigure, rateFigure, timeFigure } from "../figures.ts";
import { type ParameterRow, readValues, type Values, type Word, wrongWord } from "../words.ts";
import { joined, RATES, readTime, SIZES } from "./units.ts";

const PACKET_DEFAULT = rational(1500n);
const RENO = rational(1n, 2n);
const CUBIC = rational(7n, 10n);
const HUNDRED = rational(100n);
const ROWS: readonly ParameterRow[] = [
  { name: "rate", aliases: ["r"] },
  { name: "rtt", aliases: ["RTT"] },
  { name: "packet", aliases: ["mss", "MSS"] },
  { name: "burst", aliases: ["b"] },
  { name: "link" },
  { name: "transfer" },
];

function named(words: readonly Word[]): Word[] {
  const names = ["rate", "rtt"];
  return joined(words).map((word) => {
    if (word.text.includes("=")) return word;
    const name = names.shift();
    if (name === undefined)
      throw wrongWord("KEY", word, "bdp takes a rate and a round trip time, then packet=, burst=, link= and transfer=");
    return { text: `${name}=${word.text}`, position: word.position };
  });
}

interface Path {
  readonly rate: Rational;
  readonly product: Rational;
  readonly packet: Rational;
}

/** What is used with a given bucket. */
function useFigures(values: Values, rttNs: Rational, path: Path): Figure[] {
  const { product, packet } = path;
  const word = values.word("burst");
  const burst = word === undefined ? product : readAmount(word, SIZES);
  const name = word === undefined ? "use with a policer of 1 BDP" : "use with such a policer";
  return [
    ...(word === undefined ? [] : [bytesFigure("burst", word, burst)]),
    ...(
      [
        ["Reno", RENO],
        ["CUBIC", CUBIC],
      ] as const
    ).map(([flow, beta]): Figure => {
      return partFigure(`${name}, ${flow}`, policerUse(burst, product, packet, beta));
    }),
    ...simulatedFigures(rttNs, burst, path),
  ];
}

/** A flow whose window is of a size that a simulation of some thousand round trips is quick for. */
const SIMULATED_PACKETS_MAX = 1000n;
const ROUNDS = 5000;

/** What a simulated Reno flow uses, behind a policer and behind a shaper of the same size. */
function simulatedFigures(rttNs: Rational, burst: Rational, { rate, product, packet }: Path): Figure[] {
  if (floor(divide(product, packet)) > SIMULATED_PACKETS_MAX || floor(product) < ceiling(packet)) return [];
  const setting = {
    bytesPerSec: floor(rate),
    rttNs: floor(rttNs),
    packetBytes: ceiling(packet),
    burstBytes: floor(burst),
    beta: RENO,
    rounds: ROUNDS,
  };
  return [
    partFigure("simulated Reno, policer", policedUse(setting)),
    partFigure("simulated Reno, shaper", shapedUse(setting)),
  ];
}

/** How long a transfer takes at the rate, and on the link beneath it. */
function transferFigures(values: Values, rate: Rational): Figure[] {
  const [linkWord, sizeWord] = [values.word("link"), values.word("transfer")];
  if (sizeWord === undefined) return [];
  const size = readAmount(sizeWord, SIZES);
  const takes = (name: string, perSec: Rational) =>
    timeFigure(name, sizeWord, divide(multiply(size, NS_PER_SEC), perSec));
  const link =
    linkWord === undefined
      ? []
      : [takes("transfer, on the idle link", aboveZero(linkWord, readAmount(linkWord, RATES)))];
  return [takes("transfer, at the rate", rate), ...link];
}

function aboveZero(word: Word, value: Rational): Rational {
  if (value.num > 0n) return value;
  throw wrongWord("RANGE", word, "must be above 0");
}

/** The words behind "bdp". Throws ConfigError. */
export function explainBdp(words: readonly Word[]): Explained {
  const values = readValues(named(words), ROWS, "bdp", "equals");
  const needs = "is missing; give a rate and a round trip time, such as: bdp 10 Mbit/s 100 ms";
  const [rateWord, rttWord] = [values.needed("rate", needs), values.needed("rtt", needs)];
  const [rate, rttNs] = [aboveZero(rateWord, readAmount(rateWord, RATES)), aboveZero(rttWord, readTime(rttWord))];
  const packetWord = values.word("packet");
  const packet = packetWord === undefined ? PACKET_DEFAULT : aboveZero(packetWord, readAmount(packetWord, SIZES));
  const product = bandwidthDelay(rate, rttNs);
  if (ceiling(product) > 2n ** 53n)
    throw new ConfigError("RANGE", "rate", rateWord.text, "makes a product above 2^53 bytes");
  const path = { rate, product, packet };
  const [reno, cubic] = [policerBurst(product, packet, RENO), policerBurst(product, packet, CUBIC)];
  const times = (value: Rational) =>
    ` = ${numberText(divide(rational(floor(multiply(divide(value, product), HUNDRED))), HUNDRED))} BDP`;
  const [queue, bucket] = [rational(ceiling(product)), rational(ceiling(reno))];
  return {
    system: "TCP behind a rate limit",
    does: "a queue of one bandwidth-delay product keeps a shaped flow at the rate; a policer's bucket has to hold far more",
    figures: [
      rateFigure("rate", rateWord, rate),
      timeFigure("round trip time", rttWord, rttNs),
      bytesFigure("bandwidth-delay product", undefined, product),
      bytesFigure("shaper's queue", undefined, product, ": 1 BDP"),
      bytesFigure("policer's bucket, Reno", undefined, reno, times(reno)),
      bytesFigure("policer's bucket, CUBIC's 0.7", undefined, cubic, times(cubic)),
      ...useFigures(values, rttNs, path),
      ...transferFigures(values, rate),
    ],
    policy: { meter: "token-bucket", rate: rateText(rate, "bytes"), burst: unitsText(bucket, "bytes") },
    by: "all",
    also: [
      {
        title: "As a shaper, with a queue of 1 BDP",
        policy: { shaper: "leaky-bucket", rate: rateText(rate, "bytes"), burst: unitsText(queue, "bytes") },
      },
    ],
    refuses: [],
    rounds: [],
    differs: [
      "below the rate a policer drops nothing: the loss comes from the sawtooth of the window",
      "the policer's figure grows with the square of the product; b >= rate x RTT is right for a shaper's queue only",
      "CUBIC's figures are those of a flow that adds one packet a round trip and keeps 0.7 of its window at a loss",
    ],
  };
}
