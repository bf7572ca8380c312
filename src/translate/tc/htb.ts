/**
 * A class of `htb` of tc(8) by itself (net/sched/sch_htb.c): it sends by its own rate, above it while a parent lends and
 * its ceil allows. It may send while its tokens are not below 0 and is charged afterwards: check pre.
 */
import { add, compare, divide, floor, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { rateText, unitsText } from "../amounts.ts";
import type { Explained, Figure } from "../explained.ts";
import { bytesFigure, drainFigure, rateFigure } from "../figures.ts";
import { type ParameterRow, readValues, type Word } from "../words.ts";
import { burstRemarks } from "./burst.ts";
import { CORRECTION_ROWS, correctionDocument, readCorrection } from "./correction.ts";
import { readTcRate, readTcSize, sizeRemark, type TcValue } from "./units.ts";

const SYSTEM = "tc htb";
const MTU_DEFAULT = rational(1600n);
/** What get_hz() answers where timers are of high resolution. */
const HZ = rational(1_000_000_000n);

const ROWS: readonly ParameterRow[] = [
  { name: "rate" },
  { name: "ceil" },
  { name: "burst", aliases: ["buffer", "maxburst"] },
  { name: "cburst", aliases: ["cbuffer", "cmaxburst"] },
  { name: "mtu" },
  ...CORRECTION_ROWS,
  { name: "prio", isIgnored: true },
  { name: "quantum", isIgnored: true },
];

interface Bucket {
  readonly word: Word | undefined;
  readonly bytes: Rational;
}

/** The words behind "htb" of a class. Throws ConfigError. */
export function explainHtb(words: readonly Word[]): Explained {
  const values = readValues(words, ROWS, SYSTEM, "blank");
  const rate = readTcRate("rate", values.needed("rate", "is missing; an htb class needs one"));
  const ceilWord = values.word("ceil");
  const ceil = ceilWord === undefined ? undefined : readTcRate("ceil", ceilWord);
  const mtuWord = values.word("mtu");
  const mtu = mtuWord === undefined ? MTU_DEFAULT : readTcSize("mtu", mtuWord).value;
  const bucketOf = (name: string, { value }: TcValue): Bucket => {
    const word = values.word(name);
    const bytes = word === undefined ? add(rational(floor(divide(value, HZ))), mtu) : readTcSize(name, word).value;
    return { word, bytes };
  };
  const [burst, cburst] = [bucketOf("burst", rate), bucketOf("cburst", ceil ?? rate)];
  const correction = readCorrection(values);
  const top = ceil?.value ?? rate.value;
  return {
    system: `Linux ${SYSTEM}, one class`,
    does: "green by its own rate, yellow what it has to borrow from its parent, red what has to wait",
    figures: figuresOf(rate, ceil, burst, cburst),
    policy: {
      meter: "dual",
      "peak-rate": rateText(top, "bytes"),
      "peak-burst": unitsText(cburst.bytes, "bytes"),
      rate: rateText(rate.value, "bytes"),
      burst: unitsText(burst.bytes, "bytes"),
      mode: "coordinated",
      tag: "true",
      check: "pre",
      length: "frame",
      ...correctionDocument(correction, 0),
    },
    by: "all",
    also: [],
    refuses: compare(top, rate.value) < 0 ? ["ceil is below rate: the class never reaches its rate"] : [],
    rounds: [
      ...rate.rounds,
      ...(ceil?.rounds ?? []),
      ...correction.rounds,
      ...burstRemarks(rate.value, burst.bytes, "bytes"),
      "the time that a packet takes at the rate is rounded down to whole nanoseconds",
    ],
    differs: [
      ...sizeRemark([burst.word, cburst.word, mtuWord]),
      "it is a shaper: what is red here waits there until its tokens are back; a meter does not charge it",
      "yellow passes there only while a parent has tokens to lend; a tree of Weir's classes with charge borrow says which",
      "a class may send while its tokens are not below 0 and is charged afterwards, so a burst may be one packet longer: check pre",
      ...correction.differs,
    ],
  };
}

function figuresOf(rate: TcValue, ceil: TcValue | undefined, burst: Bucket, cburst: Bucket): Figure[] {
  const bytes = (name: string, bucket: Bucket) => {
    const note = bucket.word === undefined ? " (rate / 10^9 + mtu, when it is not given)" : "";
    return bytesFigure(name, bucket.word, bucket.bytes, note);
  };
  return [
    rateFigure("rate", rate.word, rate.value),
    bytes("burst", burst),
    rateFigure("ceil", ceil?.word, ceil?.value ?? rate.value),
    bytes("cburst", cburst),
    drainFigure(burst.bytes, rate.value),
  ];
}
