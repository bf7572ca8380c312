/** One row an algorithm. Validation, the compiler, the command's options and help, and the docs all read this table. */

import type { Check, Cost, LengthKind, MeterName } from "../types.ts";
import { INCREMENT_LIMIT, RATE_BURST } from "./forms.ts";
import type { MeterForm } from "./forms.ts";

export type ParamKind = "rate" | "burst" | "duration" | "length" | "choice";

/** One parameter: an option of the command (`--min-length`), a key of a policy file and of the library (also `minLength`). */
export interface ParamRow {
  readonly name: string;
  readonly kind: ParamKind;
  readonly help: string;
  /** A value as one writes it. */
  readonly example: string;
  /** What holds when it is not given, in words; absent when it is needed or belongs to a form. */
  readonly defaultText?: string;
  /** The words that a choice takes. */
  readonly choices?: readonly string[];
  /** Bounds of a length, inclusive. */
  readonly minBytes?: number;
  readonly maxBytes?: number;
}

export interface MeterRow {
  readonly name: MeterName;
  readonly summary: string;
  /** Where the algorithm is defined. */
  readonly spec: string;
  /** The parameters of all its forms. */
  readonly params: readonly ParamRow[];
  /** Alternative sets of parameters: exactly one is given, whole. */
  readonly forms: readonly MeterForm[];
  readonly checks: readonly Check[];
}

const RATE: ParamRow = {
  name: "rate",
  kind: "rate",
  help: "units drained each second, in bit/s, B/s, KiB/s (and k M G T) or packets/s, /min, /h; packets imply cost packets",
  example: "10Mbit/s",
};

const BURST: ParamRow = {
  name: "burst",
  kind: "burst",
  help: "depth of the bucket, in B, kB, KiB ..., in packets, or as a time of the rate",
  example: "64kB",
};

const INCREMENT: ParamRow = {
  name: "increment",
  kind: "duration",
  help: "T: time that one unit (a byte, or a packet with cost packets) takes to drain; instead of rate",
  example: "10us",
};

const LIMIT: ParamRow = {
  name: "limit",
  kind: "duration",
  help: "tau: a packet conforms if it is at most this early; instead of burst",
  example: "5ms",
};

const BY_RATE = {
  forms: [RATE_BURST],
  params: [RATE, BURST],
} as const;

export const METERS: readonly MeterRow[] = [
  {
    ...BY_RATE,
    name: "leaky-bucket",
    summary: "a bucket that drains at the rate; a packet conforms if it still fits",
    spec: "ITU-T I.371 (continuous-state leaky bucket)",
    checks: ["post", "pre"],
  },
  {
    name: "gcra",
    summary: "generic cell rate algorithm: a packet conforms if it is not earlier than its time less the limit",
    spec: "ITU-T I.371, ATM Forum TM 4.1 (virtual scheduling)",
    params: [INCREMENT, LIMIT, RATE, BURST],
    forms: [INCREMENT_LIMIT, RATE_BURST],
    checks: ["post", "pre"],
  },
  {
    ...BY_RATE,
    name: "token-bucket",
    summary: "tokens arrive at the rate, at most burst of them; a packet conforms if its cost in tokens is there",
    spec: "RFC 2697, one bucket; the same verdicts as leaky-bucket",
    checks: ["post"],
  },
];

export const METER_NAMES: readonly MeterName[] = METERS.map((row) => row.name);
export const COSTS: readonly Cost[] = ["bytes", "packets"];
export const LENGTHS: readonly LengthKind[] = ["frame", "ip"];
export const CHECKS: readonly Check[] = ["post", "pre"];

/** Above every IP and Ethernet length and correction in use; keeps a cost far inside 32 bits. */
const LENGTH_BYTES_MAX = 65_535;

export const COMMON_PARAMS: readonly ParamRow[] = [
  { name: "meter", kind: "choice", choices: METER_NAMES, help: "the algorithm", example: "token-bucket" },
  {
    name: "cost",
    kind: "choice",
    choices: COSTS,
    help: "what a packet costs: its length, or 1",
    example: "packets",
    defaultText: "bytes, in every meter; packets when rate or burst is given in packets",
  },
  {
    name: "length",
    kind: "choice",
    choices: LENGTHS,
    help: "which length counts: the captured frame on the wire, or the outermost IP packet",
    example: "ip",
    defaultText: "frame",
  },
  {
    name: "overhead",
    kind: "length",
    minBytes: -LENGTH_BYTES_MAX,
    maxBytes: LENGTH_BYTES_MAX,
    help: "bytes added to every length (24 for Ethernet's preamble, FCS and gap); may be negative",
    example: "24",
    defaultText: "0",
  },
  {
    name: "min-length",
    kind: "length",
    minBytes: 0,
    maxBytes: LENGTH_BYTES_MAX,
    help: "shorter packets, after overhead, count as this many bytes",
    example: "84",
    defaultText: "0",
  },
  {
    name: "check",
    kind: "choice",
    choices: CHECKS,
    help: "post: level + cost <= depth conforms; pre: level <= depth conforms, and the cost is charged afterwards",
    example: "pre",
    defaultText: "post; with increment, limit and cost packets: pre",
  },
];

/** Every parameter once, in the order of a help text: the common ones, then those of the meters. */
export const POLICY_PARAMS: readonly ParamRow[] = [...COMMON_PARAMS, RATE, BURST, INCREMENT, LIMIT];

/** The library's spelling of a parameter: "min-length" is `minLength`. */
export function inputKeyOf(paramName: string): string {
  return paramName.replace(/-([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}
