/** Counts, rates and parts as people read them at a glance. */
import { percent } from "../report/number.ts";
import { rateText } from "../see/axis.ts";
import type { Cost } from "../types.ts";
import type { LiveCount } from "./counts.ts";

const BITS_PER_BYTE = 8;

/** What a count is in the unit that rates are shown in: bits or packets. */
export function unitsOf({ packets, bytes }: LiveCount, cost: Cost): number {
  return cost === "packets" ? packets : bytes * BITS_PER_BYTE;
}

/** "21.2 Mbit/s", "1.25 k packets/s". */
export function perSecText(unitsPerSec: number, cost: Cost): string {
  return rateText(cost === "packets" ? "packet" : "bit", unitsPerSec);
}

/** "84.30 %", "none" of nothing. */
export function partText(part: number, whole: number): string {
  return percent(BigInt(part), BigInt(whole));
}
