/** Numbers as scripts and people read them. */

import type { Count } from "../types.ts";

/** JSON: a number up to 2^53, text above, so that no reader rounds. */
export function exactJson(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

/** A count as it stands in JSON. */
export function countJson({ packets, bytes }: Count): Record<string, number | string> {
  return { packets: exactJson(packets), bytes: exactJson(bytes) };
}

/** "1,234,567". */
export function grouped(value: bigint | number): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/gu, ",");
}

/** "1 flow", "8,435 flows". */
export function counted(count: bigint | number, noun: string): string {
  return `${grouped(count)} ${noun}${grouped(count) === "1" ? "" : "s"}`;
}

/** Part of a whole in percent, "none" of nothing. */
export function percent(part: bigint, whole: bigint): string {
  if (whole === 0n) return "none";
  const hundredths = (part * 20_000n + whole) / (2n * whole);
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")} %`;
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/** "66.8 MB", powers of 1000. */
export function scaledBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${BYTE_UNITS[unit]!}`;
}

/** "25.365 s", "3 min 20 s" or "2 h 5 min" from nanoseconds. */
export function spanText(ns: bigint): string {
  const totalSec = Number(ns / 1_000_000_000n);
  if (totalSec < 60) return `${(Number(ns) / 1e9).toFixed(3)} s`;
  if (totalSec < 3600) return `${Math.floor(totalSec / 60)} min ${totalSec % 60} s`;
  return `${grouped(Math.floor(totalSec / 3600))} h ${Math.floor((totalSec % 3600) / 60)} min`;
}
