/** What the user wrote, so that an error names the right parameter. */

import type { BucketDefinition, Cost, Rational } from "../types.ts";
import { formatRate, wholeUnitsText } from "../units.ts";

/** A parameter as the user wrote it. */
export interface Written {
  readonly parameter: string;
  readonly text: string;
}

/** Where a bucket's numbers come from. */
export interface BucketSource {
  /** "committed", or "" for the only one. */
  readonly name: string;
  readonly rate: Written;
  readonly burst: Written & { readonly inTime: boolean };
  /** Further levels, where they were written. */
  readonly threshold?: Written;
  readonly initial?: Written;
  readonly cap?: Written;
  readonly clear?: Written;
}

/** A value whose unit tells the cost. `kind` is the quantity, which tells what other units there are. */
export interface Implied extends Written {
  readonly cost: Cost;
  readonly kind: "rate" | "burst" | "amount" | "count" | "fill";
}

/** A bucket as it was read, before its cost and its check are known. */
export interface BucketReading extends BucketSource {
  readonly ratePerSec: Rational;
  readonly depth: Rational;
  /** Empty when all was written in times. */
  readonly implied: readonly Implied[];
}

/** The texts that were given, by parameter. */
export interface Given {
  /** Undefined when it was not given. */
  text(name: string): string | undefined;
  /** A parameter of a form of which all are given. */
  written(name: string): Written;
  /** The list of `bucket`, each with the names of its parts. */
  readonly buckets: readonly { readonly rate: Written; readonly burst: Written }[];
}

/** For a bucket that was not read from text: the parameters are named rate and burst. */
export function unnamedSource({ ratePerSec, depth, costRule }: BucketDefinition): BucketSource {
  return {
    name: "",
    rate: { parameter: "rate", text: formatRate(ratePerSec, costRule.cost) },
    burst: { parameter: "burst", text: wholeUnitsText(depth, costRule.cost), inTime: false },
  };
}
