/** Whole numbers that callers give. */
import { shown } from "./shown.ts";

export function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** What an error says of a value that is none of these. */
export function wholeFrom(least: number, most: number): string {
  return `must be a whole number from ${least} to ${most}`;
}

export function outside(name: string, value: unknown, least: number, most: number): RangeError {
  return new RangeError(`${name} ${shown(value)}: ${wholeFrom(least, most)}`);
}

/** The number. Throws RangeError, which names it so, for any other. */
export function checkWhole(name: string, value: number, least: number, most: number): number {
  if (isWhole(value, least, most)) return value;
  throw outside(name, value, least, most);
}
