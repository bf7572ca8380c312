/**
 * `limit rate` of nftables (nft_limit.c): tokens are nanoseconds. Packets: a bucket of `burst` packets. Bytes: its depth
 * is burst and one whole period of the rate. Conforms within the rate; `over` turns the match around.
 */
import { add, divide, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { numberText, rateText, readWhole, unitsText } from "../amounts.ts";
import type { Explained } from "../explained.ts";
import { bytesFigure, drainFigure, rateFigure } from "../figures.ts";
import { packetBucket } from "../packets.ts";
import { type Word, wrongWord } from "../words.ts";
import { BURST_DEFAULT, intervalRemarks, packetFigures } from "./limit.ts";
import { intervalNs, readCountRate } from "./rates.ts";

const SYSTEM = "nftables limit";
const UNITS: Readonly<Record<string, bigint>> = { bytes: 1n, kbytes: 1024n, mbytes: 1024n * 1024n };
const BURST_MAX = 0xffff_ffffn;

interface Bytes {
  readonly bytes: Rational;
  readonly words: string;
}

function bytesOf(number: Word, unit: Word): Bytes {
  const factor = UNITS[unit.text];
  if (factor === undefined)
    throw wrongWord("UNIT", unit, "is no unit of nftables; write bytes, kbytes (1024) or mbytes");
  const count = readWhole(number, "the number", 1n, BURST_MAX);
  return { bytes: rational(count * factor), words: `${number.text} ${unit.text}` };
}

/** The words from `name` on; undefined when it is not there. */
function after(words: readonly Word[], name: string): readonly Word[] | undefined {
  const at = words.findIndex(({ text }) => text === name);
  return at < 0 ? undefined : words.slice(at + 1);
}

function explainBytes(number: Word, unit: Word, burstWords: readonly Word[] | undefined, matched: string): Explained {
  const [unitName = "", period = ""] = unit.text.split("/");
  const { bytes } = bytesOf(number, { ...unit, text: unitName });
  const { seconds } = readCountRate({ text: `1/${period}`, position: unit.position });
  const rate = divide(bytes, rational(seconds));
  const [burstNumber, burstUnit] = burstWords ?? [];
  const burst =
    burstNumber === undefined
      ? undefined
      : bytesOf(burstNumber, burstUnit ?? { text: "bytes", position: burstNumber.position });
  const depth = burst === undefined ? bytes : add(bytes, burst.bytes);
  return {
    system: SYSTEM,
    does: "a bucket of bytes for all that the rule sees",
    figures: [
      rateFigure("rate", { ...number, text: `${number.text} ${unit.text}` }, rate),
      ...(burst === undefined
        ? []
        : [bytesFigure("burst", { text: burst.words, position: burstNumber!.position }, burst.bytes)]),
      bytesFigure("bucket", undefined, depth, ": burst and one period of the rate"),
      drainFigure(depth, rate),
    ],
    policy: { meter: "token-bucket", rate: rateText(rate, "bytes"), burst: unitsText(depth, "bytes"), length: "ip" },
    by: "all",
    also: [],
    refuses: [],
    rounds: ["the time that a packet takes at the rate is rounded down to whole nanoseconds"],
    differs: [`a burst of ${burst?.words ?? "nothing"} lets ${numberText(depth)} B pass at once`, matched],
  };
}

/** `limit rate over 10/second burst 5 packets`, the words behind "limit rate". Throws ConfigError. */
export function explainNft(all: readonly Word[], rateAt: Word): Explained {
  const isOver = all[0]?.text === "over";
  const words = isOver || all[0]?.text === "until" ? all.slice(1) : all;
  const matched = isOver
    ? "red is what matches the rule: it is turned around by over"
    : "green is what matches the rule";
  const [number, unit] = words;
  if (number === undefined) throw wrongWord("MISSING", rateAt, "needs a rate such as 10/second or 512 kbytes/second");
  const burstWords = after(words, "burst");
  if (unit !== undefined && unit.text.includes("bytes/")) return explainBytes(number, unit, burstWords, matched);
  const rate = readCountRate(number);
  const [burstNumber] = burstWords ?? [];
  const burst = burstNumber === undefined ? BURST_DEFAULT : readWhole(burstNumber, "burst", 1n, BURST_MAX);
  const interval = intervalNs(rate, 1_000_000_000n);
  if (interval === undefined)
    throw wrongWord("RANGE", number, "from 1000000000 packets a second on nftables limits nothing");
  return {
    system: SYSTEM,
    does: "a bucket of packets for all that the rule sees",
    figures: packetFigures(rate, interval, burst, burstNumber),
    policy: packetBucket(interval, burst),
    by: "all",
    also: [],
    refuses: [],
    rounds: intervalRemarks(rate, interval),
    differs: [matched],
  };
}
