/** Every parameter of a shaper: one row each, in the order of a help text. */

import type { QueueCount, ShaperName } from "../../types.ts";
import * as meter from "../params.ts";
import type { ParamRow } from "../params.ts";

export const QUEUE_COUNTS: readonly QueueCount[] = ["fluid", "bytes", "packets"];

export const SHAPER_NAMES: readonly ShaperName[] = [
  "leaky-bucket",
  "token-bucket",
  "two-rate",
  "tick-packets",
  "tick-bytes",
];

export const SHAPER: ParamRow = {
  name: "shaper",
  kind: "choice",
  choices: SHAPER_NAMES,
  help: "the algorithm",
  example: "leaky-bucket",
};
export const RATE: ParamRow = {
  ...meter.RATE,
  help: "units sent each second, in bit/s, B/s, KiB/s (and k M G T) or packets/s, /min, /h; packets imply cost packets",
};
export const QUEUE: ParamRow = {
  ...meter.BURST,
  help: "leaky-bucket: most that waits, in B, kB, KiB ..., in packets, or as a time of the rate",
  example: "100kB",
};
export const DEPTH: ParamRow = {
  ...meter.BURST,
  help: "token-bucket: what passes at once, in B, kB, KiB ..., in packets, or as a time of the rate",
};
/** Of both shapers as one option. */
export const BURST: ParamRow = {
  ...meter.BURST,
  help: "leaky-bucket: most that waits; token-bucket: what passes at once; in B, kB, KiB ..., in packets, or as a time of the rate",
  example: "100kB",
};
export const COUNT: ParamRow = {
  name: "count",
  kind: "choice",
  choices: QUEUE_COUNTS,
  help: "leaky-bucket: what fills the queue: what is not sent yet, or whole packets by bytes or by number",
  example: "packets",
  defaultText: "fluid; packets when only the burst is in packets",
};
export const LIMIT: ParamRow = {
  name: "limit",
  kind: "amount",
  help: "most that waits, the packet itself included, in B, kB ... or packets (tick-packets: packets)",
  example: "100kB",
};
export const MAX_DELAY: ParamRow = {
  name: "max-delay",
  kind: "duration",
  help: "a packet that would wait longer is dropped (leaky-bucket: until its first byte is sent; else until it leaves)",
  example: "100ms",
};
export const CIR: ParamRow = {
  ...meter.CIR,
  help: "two-rate: rate that holds over longer times, in the units of rate",
};
export const CBS: ParamRow = { ...meter.CBS, help: "two-rate: what may pass above cir, in the units of burst" };
export const PIR: ParamRow = { ...meter.PIR, help: "two-rate: peak rate, above cir, in the units of rate" };
export const PBS: ParamRow = {
  ...meter.PBS,
  help: "two-rate: what may pass above pir, one packet at least, in the units of burst",
  example: "1514B",
};
export const TICK: ParamRow = {
  name: "tick",
  kind: "duration",
  help: "tick-packets, tick-bytes: time between ticks, in whole ns; a flow's first packet starts its ticks",
  example: "10ms",
};
export const QUANTUM: ParamRow = {
  name: "quantum",
  kind: "amount",
  help: "tick-packets: packets a tick; tick-bytes: bytes a tick",
  example: "1250B",
  defaultText: "tick-packets: 1 packet",
};
export const CARRY: ParamRow = {
  name: "carry",
  kind: "flag",
  help: "tick-bytes: what a tick leaves of its quantum is kept for the next while packets wait; else it is lost",
  example: "true",
};
export const IMMEDIATE: ParamRow = {
  name: "immediate",
  kind: "flag",
  help: "tick-packets, tick-bytes: a packet that finds the queue empty departs at once, if its tick has that much left",
  example: "true",
};

/** Every parameter once, in the order of a help text. */
export const SHAPER_PARAMS: readonly ParamRow[] = [
  SHAPER,
  RATE,
  BURST,
  COUNT,
  LIMIT,
  MAX_DELAY,
  CIR,
  CBS,
  PIR,
  PBS,
  TICK,
  QUANTUM,
  CARRY,
  IMMEDIATE,
  { ...meter.COST, defaultText: "bytes; packets when the rate is given in packets" },
  meter.LENGTH,
  meter.OVERHEAD,
  meter.MIN_LENGTH,
];
