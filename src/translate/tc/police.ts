/**
 * `police` of tc(8): a token bucket in nanoseconds that refuses (net/sched/act_police.c). A packet within mtu takes the
 * time that it needs at the rate, and with a peakrate also from a second bucket of mtu bytes: both or none.
 */
import { ConfigError } from "../../errors.ts";
import { compare, rational } from "../../rational.ts";
import { numberText, rateText, readWhole, unitsText } from "../amounts.ts";
import type { Explained, Figure, PolicyDocument } from "../explained.ts";
import { bytesFigure, countFigure, countRateFigure, drainFigure, rateFigure } from "../figures.ts";
import { type ParameterRow, readValues, type Values, type Word, wrongWord } from "../words.ts";
import { burstRemarks, isTooLong } from "./burst.ts";
import {
  type Correction,
  corrected,
  CORRECTION_ROWS,
  correctionDocument,
  ETHERNET_BYTES,
  FULL_FRAME,
  readCorrection,
} from "./correction.ts";
import { readTcRate, readTcSize, sizeRemark, type TcValue } from "./units.ts";

const SYSTEM = "tc police";
/** What tc makes of no mtu: rate tables of 2047 bytes in cells of 8 (tc_calc_rtable). */
const MTU_DEFAULT = rational(2040n);
const PACKETS_MAX = 2n ** 53n - 1n;
const ACTIONS = ["drop", "shot", "pass", "ok", "pipe", "continue", "reclassify"] as const;

const ROWS: readonly ParameterRow[] = [
  { name: "rate" },
  { name: "burst", aliases: ["buffer", "maxburst"] },
  { name: "peakrate" },
  { name: "mtu", aliases: ["minburst"] },
  { name: "pkts_rate" },
  { name: "pkts_burst" },
  { name: "conform-exceed", aliases: ["action"] },
  ...CORRECTION_ROWS,
  ...ACTIONS.map((name): ParameterRow => ({ name, isFlag: true })),
  { name: "flowid", aliases: ["classid", "index"], isIgnored: true },
];

/** The action on what exceeds, and on what conforms. */
function actionsOf(values: Values): { readonly exceed: string; readonly conform: string } {
  const word = values.word("conform-exceed");
  if (word === undefined) return { exceed: ACTIONS.find((name) => values.has(name)) ?? "reclassify", conform: "ok" };
  const [exceed = "", conform = "ok", ...more] = word.text.split("/");
  const isKnown = (name: string) => ACTIONS.some((action) => action === name);
  if (more.length === 0 && isKnown(exceed) && isKnown(conform)) return { exceed, conform };
  throw wrongWord("CHOICE", word, `conform-exceed takes EXCEED or EXCEED/CONFORM, each one of ${ACTIONS.join(", ")}`);
}

function actionRemarks({ exceed, conform }: ReturnType<typeof actionsOf>): string[] {
  const isUsual = /^(?:drop|shot)$/u.test(exceed) && /^(?:ok|pass|pipe|continue)$/u.test(conform);
  if (isUsual) return [];
  return [`what exceeds gets the action ${exceed} and what conforms ${conform}; Weir colors them red and green`];
}

interface Police {
  readonly rate: TcValue;
  readonly burst: TcValue;
  readonly peak: TcValue | undefined;
  readonly mtu: TcValue | undefined;
  readonly correction: Correction;
}

function figuresOf({ rate, burst, peak, mtu }: Police): Figure[] {
  const most = mtu?.value ?? MTU_DEFAULT;
  return [
    rateFigure("rate", rate.word, rate.value),
    bytesFigure("burst", burst.word, burst.value),
    ...(peak === undefined ? [] : [rateFigure("peakrate", peak.word, peak.value)]),
    bytesFigure("mtu", mtu?.word, most, mtu === undefined ? " (when it is not given)" : ""),
    bytesFigure("largest packet", undefined, compare(most, burst.value) < 0 ? most : burst.value),
    drainFigure(burst.value, rate.value),
  ];
}

function documentOf({ rate, burst, peak, mtu, correction }: Police, missingBytes: number): PolicyDocument {
  const ends = { length: "frame", ...correctionDocument(correction, missingBytes) };
  const bucket = { rate: rateText(rate.value, "bytes"), burst: unitsText(burst.value, "bytes") };
  if (peak === undefined) return { meter: "token-bucket", ...bucket, ...ends };
  const peakBurst = unitsText(corrected(mtu!.value, correction), "bytes");
  return { meter: "dual", "peak-rate": rateText(peak.value, "bytes"), "peak-burst": peakBurst, ...bucket, ...ends };
}

function refusalsOf({ rate, burst, peak, mtu }: Police): string[] {
  const most = mtu?.value ?? MTU_DEFAULT;
  const name = mtu === undefined ? "the mtu of 2040 B that tc sets when none is given" : `mtu ${numberText(most)} B`;
  const isSmall = compare(most, burst.value) < 0;
  return [
    ...(isTooLong(rate.value, burst.value)
      ? ["the burst is more than 274.877 s of the rate, which its 32 bits do not hold"]
      : []),
    ...(isSmall && (peak === undefined || compare(most, FULL_FRAME) < 0)
      ? [
          `packets longer than ${name} exceed, whatever the tokens${peak === undefined ? " (Weir passes them up to the burst)" : ""}`,
        ]
      : []),
    ...(compare(burst.value, FULL_FRAME) < 0
      ? [`packets longer than burst exceed: a full Ethernet frame has 1514 B, burst is ${numberText(burst.value)} B`]
      : []),
  ];
}

const TIME_REMARK = "the time that a packet takes at the rate is rounded down to whole nanoseconds";

function lengthRemark(isEgress: boolean): string {
  return isEgress
    ? "at egress it counts the frame with its Ethernet header, as Weir's length frame"
    : "at ingress it counts the frame without its 14 bytes of Ethernet header (18 with a VLAN tag), so the policy takes 14 off; at egress it counts them";
}

function explainBytes(values: Values, isEgress: boolean): Explained {
  const needs = "is missing; tc police needs rate and burst, or pkts_rate and pkts_burst";
  const [peakWord, mtuWord] = [values.word("peakrate"), values.word("mtu")];
  if (peakWord !== undefined && mtuWord === undefined) {
    throw new ConfigError("MISSING", "mtu", undefined, "is missing; tc needs mtu beside peakrate");
  }
  const police: Police = {
    rate: readTcRate("rate", values.needed("rate", needs)),
    burst: readTcSize("burst", values.needed("burst", needs)),
    peak: peakWord === undefined ? undefined : readTcRate("peakrate", peakWord),
    mtu: mtuWord === undefined ? undefined : readTcSize("mtu", mtuWord),
    correction: readCorrection(values),
  };
  const { rate, burst, peak, mtu, correction } = police;
  return {
    system: `Linux ${SYSTEM}`,
    does:
      peak === undefined ? "a token bucket that refuses" : "two token buckets that refuse: both or none are charged",
    figures: figuresOf(police),
    policy: documentOf(police, isEgress ? 0 : ETHERNET_BYTES),
    by: "all",
    also: [],
    refuses: refusalsOf(police),
    rounds: [
      ...[rate, burst, peak, mtu].flatMap((value) => value?.rounds ?? []),
      ...correction.rounds,
      ...burstRemarks(rate.value, burst.value, "bytes"),
      TIME_REMARK,
    ],
    differs: [
      ...sizeRemark([burst.word, mtu?.word]),
      lengthRemark(isEgress),
      ...actionRemarks(actionsOf(values)),
      ...correction.differs,
    ],
  };
}

function explainPackets(values: Values): Explained {
  const needs = "is missing; tc police needs pkts_rate and pkts_burst";
  const rate = rational(readWhole(values.needed("pkts_rate", needs), "pkts_rate", 1n, PACKETS_MAX));
  const burst = rational(readWhole(values.needed("pkts_burst", needs), "pkts_burst", 1n, PACKETS_MAX));
  return {
    system: `Linux ${SYSTEM}`,
    does: "a token bucket of packets that refuses",
    figures: [
      countRateFigure("pkts_rate", values.word("pkts_rate"), rate),
      countFigure("pkts_burst", values.word("pkts_burst"), burst.num, `${burst.num} packets at once`),
      drainFigure(burst, rate),
    ],
    policy: {
      meter: "token-bucket",
      rate: rateText(rate, "packets"),
      burst: unitsText(burst, "packets"),
      initial: "empty",
    },
    by: "all",
    also: [],
    refuses: [],
    rounds: [...burstRemarks(rate, burst, "packets"), TIME_REMARK],
    differs: ["its bucket begins empty, and so does the policy's", ...actionRemarks(actionsOf(values))],
  };
}

/** `police rate 1mbit burst 10k conform-exceed drop`, the words behind "police". Throws ConfigError. */
export function explainPolice(words: readonly Word[], isEgress: boolean): Explained {
  const values = readValues(words, ROWS, SYSTEM, "blank");
  const [bytes, packets] = [values.word("rate"), values.word("pkts_rate")];
  if (bytes !== undefined && packets !== undefined) {
    throw wrongWord("CONFLICT", packets, "rate and pkts_rate do not go into one action; leave one of them out");
  }
  return packets === undefined ? explainBytes(values, isEgress) : explainPackets(values);
}
