/** What became of each capture: totals for scripts, and one line on whatever was wrong with it. */
import {
  CAPTURE_DAMAGED,
  CAPTURE_ENDED,
  CAPTURE_ERF,
  CAPTURE_OPEN,
  CAPTURE_SNOOP,
  CAPTURE_TRUNCATED,
  CAPTURE_UNKNOWN,
  FORMAT_PCAP,
  FORMAT_PCAPNG,
  SOURCE_CLOCK_PER_SECOND,
  SOURCE_DAMAGE_OFFSET,
  SOURCE_FORMAT,
  SOURCE_FRAMES,
  SOURCE_FRAME_BYTES,
  SOURCE_FRAMING_BYTES,
  SOURCE_LONG_CAPTURES,
  SOURCE_LONG_SUBSECONDS,
  SOURCE_SKIPPED_BYTES,
  SOURCE_STATUS,
  SOURCE_TIMELESS_FRAMES,
  SOURCE_TIME_LIMITED,
  SOURCE_TRAILING_BYTES,
  SOURCE_UNKNOWN_LINK,
  SOURCE_UNKNOWN_LINK_FRAMES,
} from "../../assembly/abi.ts";
import { exactJson, grouped } from "./number.ts";

/** A capture after the run: its counters (SOURCE_*), damage of its compression and failure to read it, in words. */
export interface CaptureResult {
  readonly name: string;
  readonly counters: BigUint64Array;
  readonly damage: string | null;
  readonly readFailure: string | null;
}

const WAY_OUT = "convert it to pcap or pcapng first";

/** One line when the capture could not be read to its end, else null. */
export function failureOf({ name, counters, damage, readFailure }: CaptureResult): string | null {
  const frames = grouped(counters[SOURCE_FRAMES]!);
  const at = grouped(counters[SOURCE_DAMAGE_OFFSET]!);
  const hasNoBytes = counters[SOURCE_TRAILING_BYTES] === 0n && counters[SOURCE_FRAMING_BYTES] === 0n;
  const reported = `; the ${frames} packets before it are reported`;
  if (readFailure !== null) return `${readFailure}${reported}`;
  switch (Number(counters[SOURCE_STATUS])) {
    case CAPTURE_TRUNCATED:
      return `${name}: ends inside a record at byte ${at}${reported}${damage === null ? "" : ` (${damage})`}`;
    case CAPTURE_DAMAGED:
      return `${name}: damaged at byte ${at}: a length, type or version there cannot be${reported}`;
    case CAPTURE_UNKNOWN:
      if (hasNoBytes) return `${name}: is empty; give a pcap or pcapng capture`;
      return `${name}: is not a pcap or pcapng capture (or of an unknown version); ${WAY_OUT}`;
    case CAPTURE_SNOOP:
      return `${name}: is a snoop capture (RFC 1761), which is not read; ${WAY_OUT}`;
    case CAPTURE_ERF:
      return `${name}: is an ERF capture (Endace), which is not read; ${WAY_OUT}`;
    default:
      return damage === null ? null : `${name}: ${damage}; the ${frames} packets that could be read are reported`;
  }
}

/** True when no frame of the capture could be read. */
export function isEmpty({ counters }: CaptureResult): boolean {
  return counters[SOURCE_FRAMES] === 0n;
}

/** True when the capture ends inside a record. */
export function isTruncated({ counters }: CaptureResult): boolean {
  return Number(counters[SOURCE_STATUS]) === CAPTURE_TRUNCATED;
}

/** Lines on what is unusual but not wrong. */
export function remarksOn({ name, counters }: CaptureResult): string[] {
  const remark = (counter: number, text: (count: string) => string) =>
    counters[counter]! > 0n ? [`${name}: ${text(grouped(counters[counter]!))}`] : [];
  return [
    ...remark(
      SOURCE_UNKNOWN_LINK_FRAMES,
      (count) =>
        `${count} frames of link type ${counters[SOURCE_UNKNOWN_LINK]}, which is not looked into, are metered as other`,
    ),
    ...remark(SOURCE_TIMELESS_FRAMES, (count) => `${count} frames without a time take the newest time before them`),
    ...remark(
      SOURCE_LONG_SUBSECONDS,
      (count) => `${count} frames have a sub-second part of a second or more, added as it is`,
    ),
    ...remark(SOURCE_LONG_CAPTURES, (count) => `${count} frames are longer than their snap or original length says`),
    ...remark(
      SOURCE_TIME_LIMITED,
      (count) => `${count} times lie outside 64-bit nanoseconds, taken as the nearest end`,
    ),
    ...(counters[SOURCE_STATUS] === BigInt(CAPTURE_ENDED)
      ? remark(SOURCE_TRAILING_BYTES, (count) => `${count} bytes at the end are zeros and no packets`)
      : []),
  ];
}

const FORMATS: Readonly<Record<number, string>> = { [FORMAT_PCAP]: "pcap", [FORMAT_PCAPNG]: "pcapng" };
const STATUSES: Readonly<Record<number, string>> = {
  [CAPTURE_OPEN]: "interrupted",
  [CAPTURE_ENDED]: "complete",
  [CAPTURE_TRUNCATED]: "truncated",
  [CAPTURE_DAMAGED]: "damaged",
  [CAPTURE_UNKNOWN]: "refused",
  [CAPTURE_SNOOP]: "refused",
  [CAPTURE_ERF]: "refused",
};

/** The capture as it stands in JSON. */
export function captureJson({ name, counters, damage, readFailure }: CaptureResult): Record<string, unknown> {
  const value = (counter: number) => exactJson(counters[counter]!);
  return {
    name,
    format: FORMATS[Number(counters[SOURCE_FORMAT])] ?? "unknown",
    clockPerSecond: counters[SOURCE_CLOCK_PER_SECOND] === 0n ? null : value(SOURCE_CLOCK_PER_SECOND),
    status: readFailure === null ? STATUSES[Number(counters[SOURCE_STATUS])] : "unreadable",
    damage,
    frames: value(SOURCE_FRAMES),
    bytes: {
      framing: value(SOURCE_FRAMING_BYTES),
      frames: value(SOURCE_FRAME_BYTES),
      skipped: value(SOURCE_SKIPPED_BYTES),
      trailing: value(SOURCE_TRAILING_BYTES),
    },
    unknownLinkFrames: value(SOURCE_UNKNOWN_LINK_FRAMES),
    timelessFrames: value(SOURCE_TIMELESS_FRAMES),
  };
}
