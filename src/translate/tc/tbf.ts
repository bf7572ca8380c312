/**
 * `tbf` of tc(8): a token bucket that delays (net/sched/sch_tbf.c). A packet leaves when both buckets have its tokens;
 * what waits is at most `limit` bytes of whole packets; what is longer than a bucket is dropped.
 */
import { NS_PER_SEC } from "../../policy/limits.ts";
import { add, compare, divide, floor, multiply, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { ConfigError } from "../../errors.ts";
import { numberText, rateText, unitsText } from "../amounts.ts";
import type { Explained, Figure, PolicyDocument } from "../explained.ts";
import { bytesFigure, drainFigure, rateFigure, timeFigure } from "../figures.ts";
import { type ParameterRow, readValues, type Values, type Word } from "../words.ts";
import {
  type Correction,
  corrected,
  CORRECTION_ROWS,
  correctionDocument,
  FULL_FRAME,
  readCorrection,
} from "./correction.ts";
import { readTcRate, readTcSize, readTcTime, sizeRemark, type TcValue } from "./units.ts";

const SYSTEM = "tc tbf";
const US_NS = rational(1000n);

const ROWS: readonly ParameterRow[] = [
  { name: "rate" },
  { name: "burst", aliases: ["buffer", "maxburst"] },
  { name: "limit" },
  { name: "latency" },
  { name: "peakrate" },
  { name: "mtu", aliases: ["minburst"] },
  ...CORRECTION_ROWS,
];

interface Tbf {
  readonly rate: TcValue;
  readonly burst: TcValue;
  readonly latency: TcValue | undefined;
  readonly peak: TcValue | undefined;
  readonly mtu: TcValue | undefined;
  /** Bytes of whole packets that may wait. */
  readonly limit: Rational;
  readonly limitWord: Word | undefined;
  readonly correction: Correction;
}

/** What latency comes to: bytes that leave in it, and a bucket of them. */
function limitOf(latencyUs: Rational, rate: Rational, bucket: Rational): Rational {
  return add(divide(multiply(multiply(rate, latencyUs), US_NS), NS_PER_SEC), bucket);
}

function read(values: Values): Tbf {
  const rate = readTcRate("rate", values.needed("rate", "is missing; tbf needs rate, burst, and limit or latency"));
  const burst = readTcSize("burst", values.needed("burst", "is missing; tbf needs rate, burst, and limit or latency"));
  const optional = <Read>(name: string, reader: (name: string, word: Word) => Read) => {
    const word = values.word(name);
    return word === undefined ? undefined : reader(name, word);
  };
  const [limit, latency] = [optional("limit", readTcSize), optional("latency", readTcTime)];
  const [peak, mtu] = [optional("peakrate", readTcRate), optional("mtu", readTcSize)];
  if (limit === undefined && latency === undefined) {
    throw new ConfigError("MISSING", "limit", undefined, "is missing; tbf needs limit (bytes) or latency (a time)");
  }
  if (limit !== undefined && latency !== undefined) {
    throw new ConfigError(
      "CONFLICT",
      "latency",
      latency.word.text,
      "tc takes limit or latency, not both; leave one out",
    );
  }
  if (peak !== undefined && mtu === undefined) {
    throw new ConfigError("MISSING", "mtu", undefined, "is missing; tc needs mtu (or minburst) beside peakrate");
  }
  const bounds = [
    ...(latency === undefined ? [] : [limitOf(latency.value, rate.value, burst.value)]),
    ...(latency === undefined || peak === undefined ? [] : [limitOf(latency.value, peak.value, mtu!.value)]),
    ...(limit === undefined ? [] : [limit.value]),
  ];
  const least = bounds.reduce((best, bound) => (compare(bound, best) < 0 ? bound : best));
  const correction = readCorrection(values);
  return { rate, burst, latency, peak, mtu, limit: rational(floor(least)), limitWord: limit?.word, correction };
}

function minOf(left: Rational, right: Rational | undefined): Rational {
  return right !== undefined && compare(right, left) < 0 ? right : left;
}

function figuresOf({ rate, burst, latency, peak, mtu, limit, limitWord }: Tbf): Figure[] {
  const way =
    peak === undefined ? "rate x latency + burst" : "the lesser of rate x latency + burst and peakrate x latency + mtu";
  const slowest = minOf(rate.value, peak?.value);
  const waitNs = divide(multiply(limit, NS_PER_SEC), slowest);
  const largest = minOf(burst.value, peak === undefined ? undefined : mtu!.value);
  return [
    rateFigure("rate", rate.word, rate.value),
    bytesFigure("burst", burst.word, burst.value),
    ...(peak === undefined ? [] : [rateFigure("peakrate", peak.word, peak.value)]),
    ...(mtu === undefined ? [] : [bytesFigure("mtu", mtu.word, mtu.value)]),
    ...(latency === undefined ? [] : [timeFigure("latency", latency.word, multiply(latency.value, US_NS))]),
    bytesFigure("limit", limitWord, limit, limitWord === undefined ? ` (${way})` : ""),
    bytesFigure("largest packet", undefined, largest),
    drainFigure(burst.value, rate.value),
    timeFigure("longest wait", undefined, waitNs, ": limit / rate, with an empty bucket"),
  ];
}

function documentOf({ rate, burst, peak, mtu, limit, correction }: Tbf): PolicyDocument {
  const bucket = (value: Rational) => unitsText(corrected(value, correction), "bytes");
  const ends = { limit: unitsText(limit, "bytes"), length: "frame", ...correctionDocument(correction, 0) };
  if (peak === undefined) {
    return { shaper: "token-bucket", rate: rateText(rate.value, "bytes"), burst: bucket(burst.value), ...ends };
  }
  // Both buckets have to agree, so which of them is called the peak does not matter; policies want it to be the faster.
  const buckets = [
    { rate: rate.value, burst: burst.value },
    { rate: peak.value, burst: mtu!.value },
  ].toSorted((left, right) => compare(left.rate, right.rate));
  const [slow, fast] = buckets as [(typeof buckets)[0], (typeof buckets)[0]];
  if (compare(slow.rate, fast.rate) === 0) {
    // Of two that fill alike the smaller one decides.
    const least = minOf(slow.burst, fast.burst);
    return { shaper: "token-bucket", rate: rateText(slow.rate, "bytes"), burst: bucket(least), ...ends };
  }
  return {
    shaper: "two-rate",
    cir: rateText(slow.rate, "bytes"),
    cbs: bucket(slow.burst),
    pir: rateText(fast.rate, "bytes"),
    pbs: bucket(fast.burst),
    ...ends,
  };
}

function refusalsOf({ rate, burst, peak, mtu, limit }: Tbf): string[] {
  const [largest, cause] =
    peak !== undefined && compare(mtu!.value, burst.value) < 0 ? [mtu!, "mtu"] : [burst, "burst"];
  const isSlow = peak !== undefined && compare(peak.value, rate.value) <= 0;
  return [
    ...(isSlow
      ? [
          `the kernel refuses the line with EINVAL: peakrate ${numberText(peak.value)} B/s is not above rate ${numberText(rate.value)} B/s`,
        ]
      : []),
    ...(compare(largest.value, FULL_FRAME) < 0
      ? [
          `packets longer than ${cause} are dropped: a full Ethernet frame has 1514 B, ${cause} ${largest.word.text} is ${numberText(largest.value)} B`,
        ]
      : []),
    ...(compare(limit, largest.value) < 0
      ? [
          `packets longer than the limit of ${numberText(limit)} B are dropped even when nothing waits (Weir lets them pass)`,
        ]
      : []),
  ];
}

/** `tbf rate 1mbit burst 10kb latency 100ms`, the words behind "tbf". Throws ConfigError. */
export function explainTbf(words: readonly Word[]): Explained {
  const tbf = read(readValues(words, ROWS, SYSTEM, "blank"));
  const { rate, burst, latency, peak, mtu, limitWord, correction } = tbf;
  const hasOverhead = correction.overhead.num > 0n || correction.least.num > 0n;
  const given = [rate, burst, latency, peak, mtu].flatMap((value) => value?.rounds ?? []);
  return {
    system: `Linux ${SYSTEM}`,
    does: peak === undefined ? "a token bucket that delays" : "two token buckets that delay: both must have the tokens",
    figures: figuresOf(tbf),
    policy: documentOf(tbf),
    by: "all",
    also: [],
    refuses: refusalsOf(tbf),
    rounds: [
      ...given,
      ...correction.rounds,
      "the time that a packet takes at the rate is rounded down to whole nanoseconds",
    ],
    differs: [
      ...sizeRemark([burst.word, mtu?.word, limitWord]),
      "it counts frames as Weir's length frame does: with the Ethernet header, without the check sequence",
      ...(hasOverhead
        ? ["its tests of the largest packet and of limit leave overhead and mpu out; Weir's limit counts them"]
        : []),
      ...correction.differs,
    ],
  };
}
