/**
 * What a bucket loses of one burst on a drained bucket, as a fluid and as whole packets, and how long it drains from the
 * last packet on. A packet has come when its last byte has; without a line rate all come at once. Exact.
 */
import { compare, divide, floor, multiply, rational, subtract, ZERO } from "../rational.ts";
import type { Rational } from "../types.ts";
import { NS_PER_SEC } from "../policy/limits.ts";

export interface BurstQuestion {
  /** Whole bytes. */
  readonly burstBytes: bigint;
  /** Of each packet; what is left over of the burst is one more. From 1. */
  readonly packetBytes: bigint;
  readonly bucketBytes: Rational;
  /** Above 0. */
  readonly bytesPerSec: Rational;
  /** Above 0; undefined: all at once. */
  readonly lineBytesPerSec: Rational | undefined;
}

export interface BurstOutcome {
  readonly fluidLostBytes: Rational;
  readonly fluidDrainNs: Rational;
  readonly packets: bigint;
  readonly lostPackets: bigint;
  readonly lostBytes: bigint;
  /** From the arrival of the last packet to an empty bucket. */
  readonly drainNs: Rational;
}

/** The level in parts of a byte that make it whole, and what happened so far. */
interface Filling {
  level: bigint;
  lostPackets: bigint;
  lostBytes: bigint;
}

/** Parts of a byte: what drains while a byte comes is `drained` of them. */
interface Scale {
  readonly perByte: bigint;
  readonly drained: bigint;
  readonly depth: bigint;
}

/** What drains for each byte that comes; 1 when the line is not faster than the bucket. */
function drainedPart({ bytesPerSec, lineBytesPerSec }: BurstQuestion): Rational {
  if (lineBytesPerSec === undefined) return ZERO;
  return compare(bytesPerSec, lineBytesPerSec) >= 0 ? rational(1n) : divide(bytesPerSec, lineBytesPerSec);
}

/** Lets `count` packets of equal size come one behind the other. Work: one step for each that is admitted. */
function fill(state: Filling, count: bigint, bytes: bigint, { perByte, drained, depth }: Scale): void {
  const [cost, drain] = [bytes * perByte, bytes * drained];
  let left = count;
  while (left > 0n) {
    const level = state.level > drain ? state.level - drain : 0n;
    const excess = level + cost - depth;
    if (excess <= 0n) {
      state.level = level + cost;
      left -= 1n;
      continue;
    }
    // Refused: so many until one fits, if one ever does; the level falls with each.
    const until = cost > depth || drain === 0n ? left : 1n + (excess - 1n) / drain;
    const refused = until < left ? until : left;
    const fallen = refused * drain;
    state.level = state.level > fallen ? state.level - fallen : 0n;
    state.lostPackets += refused;
    state.lostBytes += refused * bytes;
    left -= refused;
  }
}

/** Answers for one burst. */
export function burstOutcome(question: BurstQuestion): BurstOutcome {
  const { burstBytes, packetBytes, bucketBytes, bytesPerSec } = question;
  const part = drainedPart(question);
  // The depth in these parts is cut: a whole number of bytes fits the cut depth exactly when it fits the depth.
  const perByte = part.den;
  const scale: Scale = { perByte, drained: part.num, depth: floor(multiply(bucketBytes, rational(perByte))) };
  const state: Filling = { level: 0n, lostPackets: 0n, lostBytes: 0n };
  const [whole, rest] = [burstBytes / packetBytes, burstBytes % packetBytes];
  fill(state, whole, packetBytes, scale);
  if (rest > 0n) fill(state, 1n, rest, scale);
  const drainOf = (bytes: Rational) => divide(multiply(bytes, NS_PER_SEC), bytesPerSec);
  const fluid = multiply(rational(burstBytes), subtract(rational(1n), part));
  const isOver = compare(fluid, bucketBytes) > 0;
  return {
    fluidLostBytes: isOver ? subtract(fluid, bucketBytes) : ZERO,
    fluidDrainNs: drainOf(isOver ? bucketBytes : fluid),
    packets: whole + (rest > 0n ? 1n : 0n),
    lostPackets: state.lostPackets,
    lostBytes: state.lostBytes,
    drainNs: drainOf(rational(state.level, perByte)),
  };
}
