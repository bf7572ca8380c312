/** What a line faster than the shaper could have sent while something waited (row 28 of the field's texts). */
import { compare, divide, rational, subtract } from "../rational.ts";
import type { Rational } from "../types.ts";
import type { SentMeasures } from "./measures.ts";

export interface UnusedShare {
  /** Time that the line needs for what departed. */
  readonly neededNs: Rational;
  /** Time in which something waited. */
  readonly waitingNs: bigint;
  /** Part of that time in which the line was not needed. */
  readonly share: Rational;
}

/** Null when nothing waited, or the line needs longer than that. */
export function unusedOf({ departed, waitingNs }: SentMeasures, lineBytesPerSec: Rational): UnusedShare | null {
  const neededNs = divide(rational(departed.bytes * 1_000_000_000n), lineBytesPerSec);
  const waited = rational(waitingNs);
  if (waitingNs === 0n || compare(neededNs, waited) > 0) return null;
  return { neededNs, waitingNs, share: divide(subtract(waited, neededNs), waited) };
}
