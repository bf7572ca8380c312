/** Every parameter of a policy: one row each, in the order of a help text. */

import type { Check, Cost, LengthKind } from "../types.ts";

export type ParamKind =
  "rate" | "burst" | "amount" | "duration" | "length" | "count" | "fill" | "choice" | "flag" | "buckets";

/**
 * One parameter: an option of the command (`--min-length`), a key of a policy file and of the library (also
 * `minLength`). A flag is an option without a value, and true or false in a file. Of kind "buckets" there may be several.
 */
export interface ParamRow {
  readonly name: string;
  readonly kind: ParamKind;
  readonly help: string;
  /** A value as one writes it; of a flag "true". */
  readonly example: string;
  /** What holds when it is not given, in words; absent when it is needed or belongs to a form. */
  readonly defaultText?: string;
  /** The words that a choice takes. */
  readonly choices?: readonly string[];
  /** Bounds of a length, inclusive. */
  readonly minBytes?: number;
  readonly maxBytes?: number;
}

export const COSTS: readonly Cost[] = ["bytes", "packets"];
export const LENGTHS: readonly LengthKind[] = ["frame", "ip"];
export const CHECKS: readonly Check[] = ["post", "pre", "overdraft"];

/** Above every IP and Ethernet length and correction in use; keeps a cost far inside 32 bits. */
const LENGTH_BYTES_MAX = 65_535;

export const COST: ParamRow = {
  name: "cost",
  kind: "choice",
  choices: COSTS,
  help: "what a packet costs: its length, or 1",
  example: "packets",
  defaultText: "bytes, in every meter; packets when rate or burst is given in packets",
};
export const LENGTH: ParamRow = {
  name: "length",
  kind: "choice",
  choices: LENGTHS,
  help: "which length counts: the captured frame on the wire, or the outermost IP packet",
  example: "ip",
  defaultText: "frame",
};
export const OVERHEAD: ParamRow = {
  name: "overhead",
  kind: "length",
  minBytes: -LENGTH_BYTES_MAX,
  maxBytes: LENGTH_BYTES_MAX,
  help: "bytes added to every length (24 for Ethernet's preamble, FCS and gap); may be negative",
  example: "24",
  defaultText: "0",
};
export const MIN_LENGTH: ParamRow = {
  name: "min-length",
  kind: "length",
  minBytes: 0,
  maxBytes: LENGTH_BYTES_MAX,
  help: "shorter packets, after overhead, count as this many bytes",
  example: "84",
  defaultText: "0",
};
export const CHECK: ParamRow = {
  name: "check",
  kind: "choice",
  choices: CHECKS,
  help: "post: level + cost <= depth conforms; pre: level <= depth; overdraft: level < depth; the last two charge the cost afterwards",
  example: "pre",
  defaultText: "post; with increment, limit and cost packets: pre",
};
export const INITIAL: ParamRow = {
  name: "initial",
  kind: "fill",
  help: "tokens of each bucket at a flow's first packet: full, empty, a percentage, or an amount",
  example: "50%",
  defaultText: "full",
};

export const RATE: ParamRow = {
  name: "rate",
  kind: "rate",
  help: "units drained each second, in bit/s, B/s, KiB/s (and k M G T) or packets/s, /min, /h; packets imply cost packets",
  example: "10Mbit/s",
};
export const BURST: ParamRow = {
  name: "burst",
  kind: "burst",
  help: "depth of the bucket, in B, kB, KiB ..., in packets, or as a time of the rate",
  example: "64kB",
};
export const INCREMENT: ParamRow = {
  name: "increment",
  kind: "duration",
  help: "T: time that one unit (a byte, or a packet with cost packets) takes to drain; instead of rate",
  example: "10us",
};
export const LIMIT: ParamRow = {
  name: "limit",
  kind: "duration",
  help: "tau: a packet conforms if it is at most this early; instead of burst",
  example: "5ms",
};
export const MBS: ParamRow = {
  name: "mbs",
  kind: "count",
  help: "gcra, dual: maximum burst size in packets, instead of limit or burst",
  example: "11",
};
export const SPACING: ParamRow = {
  name: "spacing",
  kind: "duration",
  help: "gcra: time between the packets of such a burst",
  example: "1us",
  defaultText: "0 s",
};

export const TURNER_MODES = ["clamped", "unlimited"] as const;
export const DUAL_MODES = ["coordinated", "sequential", "independent"] as const;

export const TURNER_MODE: ParamRow = {
  name: "mode",
  kind: "choice",
  choices: TURNER_MODES,
  help: "whether the counter stops at its cap, or at the largest number that exact arithmetic holds",
  example: "unlimited",
  defaultText: "clamped",
};
export const DUAL_MODE: ParamRow = {
  name: "mode",
  kind: "choice",
  choices: DUAL_MODES,
  help: "charge both buckets or none; the second only what the first passed; each by itself",
  example: "sequential",
  defaultText: "coordinated",
};
/** Of both meters as one option. */
export const MODE: ParamRow = {
  name: "mode",
  kind: "choice",
  choices: [...TURNER_MODES, ...DUAL_MODES],
  help: "turner: whether the counter is clamped; dual: both buckets or none, the second what the first passed, or each by itself",
  example: "unlimited",
  defaultText: "clamped; coordinated",
};
/** Of both meters as one option. */
export const CAP: ParamRow = {
  name: "cap",
  kind: "amount",
  help: "turner, event-counter: highest level, in B, kB ... or packets",
  example: "1MB",
  defaultText: "burst; alarm",
};
export const COUNTER_CAP: ParamRow = { ...CAP, help: "highest count", example: "200packets", defaultText: "alarm" };
export const TURNER_CAP: ParamRow = { ...CAP, help: "highest level, in B, kB ... or packets", defaultText: "burst" };
export const ALARM: ParamRow = {
  name: "alarm",
  kind: "count",
  help: "event-counter: events at which the alarm begins; every packet is red until it ends",
  example: "100",
};
export const CLEAR: ParamRow = {
  name: "clear",
  kind: "count",
  help: "event-counter: the alarm ends when the count has leaked to this",
  example: "10",
  defaultText: "0",
};

export const CIR: ParamRow = { ...RATE, name: "cir", help: "committed information rate, in the units of rate" };
export const CBS: ParamRow = { ...BURST, name: "cbs", help: "committed burst size, in the units of burst" };
export const EBS: ParamRow = {
  ...BURST,
  name: "ebs",
  help: "excess burst size, in the units of burst (a time is one of eir; with srtcm of cir)",
};
export const EIR: ParamRow = {
  ...RATE,
  name: "eir",
  help: "excess information rate, on top of cir, in the units of rate",
};
export const PIR: ParamRow = {
  ...RATE,
  name: "pir",
  help: "peak information rate, at least cir, in the units of rate",
  example: "20Mbit/s",
};
export const PBS: ParamRow = { ...BURST, name: "pbs", help: "peak burst size, in the units of burst" };
export const COUPLING: ParamRow = {
  name: "coupling",
  kind: "choice",
  choices: ["on", "off"],
  help: "mef: what the committed bucket cannot hold fills the excess bucket",
  example: "on",
  defaultText: "off",
};
export const CF: ParamRow = {
  name: "cf",
  kind: "choice",
  choices: ["1", "0"],
  help: "mef: coupling as MEF writes it",
  example: "1",
};
export const COLOR_AWARE: ParamRow = {
  name: "color-aware",
  kind: "flag",
  help: "srtcm, trtcm, trtcm-4115, mef: packets keep the color they come with, or get a worse one",
  example: "true",
};

export const PEAK_RATE: ParamRow = {
  ...RATE,
  name: "peak-rate",
  help: "dual: rate of the peak bucket, in the units of rate",
  example: "100Mbit/s",
};
export const PEAK_BURST: ParamRow = {
  ...BURST,
  name: "peak-burst",
  help: "dual: depth of the peak bucket, in the units of burst",
  example: "3kB",
};
export const PEAK_INCREMENT: ParamRow = {
  ...INCREMENT,
  name: "peak-increment",
  help: "dual: increment of the peak bucket",
  example: "1us",
};
export const PEAK_LIMIT: ParamRow = { ...LIMIT, name: "peak-limit", help: "dual: limit of the peak bucket" };
export const PCR: ParamRow = {
  name: "pcr",
  kind: "rate",
  help: "dual: peak cell rate, in packets/s, /min, /h",
  example: "100packets/s",
};
export const CDVT: ParamRow = {
  name: "cdvt",
  kind: "duration",
  help: "dual: cell delay variation tolerance, the limit of the peak bucket",
  example: "1ms",
};
export const SCR: ParamRow = {
  name: "scr",
  kind: "rate",
  help: "dual: sustainable cell rate, in packets/s, /min, /h; with mbs the limit is (mbs - 1)(1/scr - 1/pcr)",
  example: "10packets/s",
};
export const TAG: ParamRow = {
  name: "tag",
  kind: "flag",
  help: "dual, mode coordinated: a packet within the peak alone is yellow, and charges the peak",
  example: "true",
};
export const BUCKET: ParamRow = {
  name: "bucket",
  kind: "buckets",
  help: "multi: rate and burst of one bucket, again for each of up to 8; bytes and packets may be mixed",
  example: "10Mbit/s,64kB",
};

/** In the order of a help text, after those of every meter. */
export const METER_PARAMS: readonly ParamRow[] = [
  RATE,
  BURST,
  INCREMENT,
  LIMIT,
  MBS,
  SPACING,
  MODE,
  CAP,
  ALARM,
  CLEAR,
  CIR,
  CBS,
  EBS,
  EIR,
  PIR,
  PBS,
  COUPLING,
  CF,
  COLOR_AWARE,
  PEAK_RATE,
  PEAK_BURST,
  PEAK_INCREMENT,
  PEAK_LIMIT,
  PCR,
  CDVT,
  SCR,
  TAG,
  BUCKET,
];

/** The library's spelling of a parameter: "min-length" is `minLength`; of "bucket", of which there are several, `buckets`. */
export function inputKeyOf(paramName: string): string {
  if (paramName === BUCKET.name) return "buckets";
  return paramName.replace(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}
