/** Exact numbers as descriptions have them: a text for people beside the value for scripts. */

import { fractionText } from "../rational.ts";
import type { Cost, Rational } from "../types.ts";
import { formatDurationNs, formatRate, formatUnits } from "../units.ts";

/** Exact: a JSON number up to 2^53, else text, a fraction as "1/360". */
export type ExactNumber = number | string;

export interface ExactRate {
  readonly text: string;
  /** Units (bytes or packets, as `cost` has it) each second. */
  readonly unitsPerSec: ExactNumber;
}

export interface ExactUnits {
  readonly text: string;
  readonly units: ExactNumber;
}

export interface ExactTime {
  readonly text: string;
  readonly ns: ExactNumber;
}

/** The number as JSON has it. */
export function exactNumber(value: Rational): ExactNumber {
  const whole = value.den === 1n && value.num <= BigInt(Number.MAX_SAFE_INTEGER);
  return whole ? Number(value.num) : fractionText(value);
}

/** An amount, for people and for scripts. */
export function exactUnits(units: Rational, cost: Cost): ExactUnits {
  return { text: formatUnits(units, cost), units: exactNumber(units) };
}

/** A time in nanoseconds, for people and for scripts. */
export function exactTime(timeNs: Rational): ExactTime {
  return { text: formatDurationNs(timeNs), ns: exactNumber(timeNs) };
}

/** A rate, for people and for scripts. */
export function exactRate(unitsPerSec: Rational, cost: Cost): ExactRate {
  return { text: formatRate(unitsPerSec, cost), unitsPerSec: exactNumber(unitsPerSec) };
}
