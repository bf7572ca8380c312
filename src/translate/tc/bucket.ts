/** A bucket of a policy as tc takes it: whole units, in words. */
import { compare, floor, rational } from "../../rational.ts";
import type { BucketDefinition } from "../../types.ts";
import { numberText } from "../amounts.ts";
import { burstRemarks, isTooLong } from "./burst.ts";
import { OVERHEAD_MAX } from "./units.ts";

export const DEVICE = "eth0";
const SIZE_MAX = 0xffff_ffffn;

export const UNITS_REMARK =
  "tc writes kb for 1024 bytes and kbit for 1000 bits, so sizes stand here in plain bytes (b)";
export const TIME_REMARK = "the time that a packet takes at the rate is rounded down to whole nanoseconds";

export interface TcBucket {
  /** Whole units each second, and whole units of depth. */
  readonly rate: bigint;
  readonly burst: bigint;
  /** What was made whole. */
  readonly wholes: readonly string[];
  /** What is lost where the burst becomes a time. */
  readonly ticks: readonly string[];
}

/** Rate and burst as tc keeps them, or why it cannot. */
export function tcBucketOf({
  ratePerSec,
  depth,
  costRule,
}: Pick<BucketDefinition, "ratePerSec" | "depth" | "costRule">): TcBucket | string {
  const isBytes = costRule.cost === "bytes";
  const unit = isBytes ? "bytes" : "packets";
  const rate = floor(ratePerSec);
  const burst = floor(depth);
  if (rate === 0n) return `a rate below 1 ${isBytes ? "byte" : "packet"} a second`;
  if (burst === 0n) return "a burst of nothing";
  if (burst > SIZE_MAX) return `a burst above ${SIZE_MAX} ${unit}`;
  if (isTooLong(rational(rate), depth)) return "a burst of more than 274.877 s of the rate";
  const wholes: string[] = [];
  if (compare(rational(rate), ratePerSec) !== 0) {
    wholes.push(`rates are whole ${unit} a second: ${numberText(rational(rate))} instead of ${numberText(ratePerSec)}`);
  }
  if (compare(rational(burst), depth) !== 0) {
    wholes.push(`bursts are whole ${unit}: ${numberText(rational(burst))} instead of ${numberText(depth)}`);
  }
  return { rate, burst, wholes, ticks: burstRemarks(rational(rate), rational(burst), unit) };
}

/** "overhead 14 mpu 84", or why the lengths cannot be corrected so. `headerBytes`: what tc does not count of a frame. */
export function tcCorrectionOf(
  { costRule }: Pick<BucketDefinition, "costRule">,
  headerBytes: number,
): string | undefined {
  const overhead = costRule.overheadBytes + headerBytes;
  if (overhead < 0 || BigInt(overhead) > OVERHEAD_MAX) return undefined;
  const least = costRule.minLengthBytes === 0 ? "" : ` mpu ${costRule.minLengthBytes}`;
  return `${overhead === 0 ? "" : ` overhead ${overhead}`}${least}`;
}
