/** Lines that the summaries of shapers and links share. */
import {
  QUEUE_CUT_FRAMES,
  QUEUE_LATE_FRAMES,
  QUEUE_MOST_BYTES,
  QUEUE_MOST_FRAMES,
} from "../../assembly/abi/departures.ts";
import { exactRate } from "../policies.ts";
import { compare, divide, rational, roundedText } from "../rational.ts";
import { counted, grouped, percent, scaledBytes, spanText } from "../report/number.ts";
import type { Rational } from "../types.ts";
import type { SentMeasures } from "./measures.ts";
import type { WrittenCapture } from "./result.ts";
import { unusedOf } from "./unused.ts";

const LABEL_WIDTH = 13;
const SEEN_DIGITS = 4;
const TIME_UNITS = [
  { name: "s", ns: rational(1_000_000_000n) },
  { name: "ms", ns: rational(1_000_000n) },
  { name: "us", ns: rational(1000n) },
];

/** A time that was seen: four digits; --json has all of them. */
export function seenText(ns: Rational | bigint): string {
  const value = typeof ns === "bigint" ? rational(ns) : ns;
  const unit = TIME_UNITS.find((candidate) => compare(value, candidate.ns) >= 0);
  if (unit === undefined) return `${roundedText(value, SEEN_DIGITS)} ns`;
  return `${roundedText(divide(value, unit.ns), SEEN_DIGITS)} ${unit.name}`;
}

/** A figure behind its name. */
export function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

/** Rate and span of what departed. */
export function outputLine({ time, outputRate }: SentMeasures): string[] {
  if (time === null) return [];
  const rate = outputRate === null ? "all at one instant" : exactRate(outputRate, "bytes").text;
  return [line("output", `${rate} from the first departure to the last, ${spanText(time.lastNs - time.firstNs)}`)];
}

/** What a line of that rate was not needed for, while something waited. */
export function unusedLine(measures: SentMeasures, lineRate: Rational | null): string[] {
  const unused = lineRate === null ? null : unusedOf(measures, lineRate);
  if (unused === null || lineRate === null) return [];
  const { share, neededNs, waitingNs } = unused;
  const sent = `${seenText(neededNs)} would have done, something waited for ${seenText(waitingNs)}`;
  return [line("line", `${exactRate(lineRate, "bytes").text}: ${sent}: ${percent(share.num, share.den)} of it unused`)];
}

/** The captures that were written, and what was held of them. */
export function fileLines(outputs: readonly WrittenCapture[], queue: BigUint64Array): string[] {
  const held = `${counted(queue[QUEUE_MOST_FRAMES]!, "frame")} of ${scaledBytes(Number(queue[QUEUE_MOST_BYTES]!))}`;
  return [
    ...outputs.map(({ name, frames, bytes, what }) =>
      line(what, `${name}  ${counted(frames, "frame")}, ${scaledBytes(bytes)}`),
    ),
    line("held", `${held} at once`),
  ];
}

/** What to know about frames that could not be written as they are. */
export function frameNotes(queue: BigUint64Array): string[] {
  const count = (index: number, text: string) => (queue[index]! > 0n ? [`${grouped(queue[index]!)} ${text}`] : []);
  return [
    ...count(
      QUEUE_CUT_FRAMES,
      "frames have more captured bytes than are held of one (about 256 KiB): the rest is left out",
    ),
    ...count(QUEUE_LATE_FRAMES, "departures lie after 2106, where a pcap has no times; name the output .pcapng"),
  ];
}
