/** Counts by color in plain numbers, which are exact below 2^53: adding one costs nothing a packet. */
import type { Color } from "../types.ts";

export const COLOR_NAMES = ["green", "yellow", "red"] as const;
export type ColorName = (typeof COLOR_NAMES)[number];

export interface LiveCount {
  readonly packets: number;
  readonly bytes: number;
}

export type LiveColors = Readonly<Record<ColorName, LiveCount>>;

/** Numbers that one set of counters takes: packets by color, then bytes by color. */
export const COUNT_NUMBERS = 6;
const BYTES = 3;

/** Adds one packet to the counters that begin at `at`. */
export function addPacket(counters: Float64Array, at: number, color: number, bytes: number): void {
  counters[at + color]! += 1;
  counters[at + BYTES + color]! += bytes;
}

/** Adds one set of counters to the one that begins at `at`. */
export function addCounts(counters: Float64Array, at: number, counts: ArrayLike<number>): void {
  for (let number = 0; number < COUNT_NUMBERS; number += 1) counters[at + number]! += counts[number]!;
}

/** The counters that begin at `at`. */
export function colorsAt(counters: ArrayLike<number>, at = 0): LiveColors {
  const count = (color: Color): LiveCount => ({ packets: counters[at + color]!, bytes: counters[at + BYTES + color]! });
  return { green: count(0), yellow: count(1), red: count(2) };
}

/** All colors together. */
export function sumOf({ green, yellow, red }: LiveColors): LiveCount {
  return { packets: green.packets + yellow.packets + red.packets, bytes: green.bytes + yellow.bytes + red.bytes };
}

/** What came since an earlier look. */
export function sinceColors(now: LiveColors, before: LiveColors): LiveColors {
  const since = (color: ColorName): LiveCount => ({
    packets: now[color].packets - before[color].packets,
    bytes: now[color].bytes - before[color].bytes,
  });
  return { green: since("green"), yellow: since("yellow"), red: since("red") };
}
