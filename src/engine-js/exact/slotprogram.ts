import type { MarkingRule } from "../../types.ts";

/** Bits of the two buckets of a slot, in whatever says something of both: which fit, which are charged. */
export const BUCKET0 = 1;
export const BUCKET1 = 2;

/** Where a flow of a weighted group stands in virtual time. */
export interface Share {
  /** Virtual time at which the flow is drained. */
  finish: bigint;
  readonly weight: bigint;
  /** Its place among the active flows; -1 while it is not one of them. */
  place: number;
}

/** The state of one slot of one key. All meters share the shape, so that it is one to the compiler. */
export interface Entry {
  lastNs: bigint;
  level0: bigint;
  level1: bigint;
  isAlarmed: boolean;
  readonly share: Share | null;
}

/** Ns until a bucket fits; null: never. */
export type WaitNs = bigint | null;

/** What one slot does, on integers of any size. Everything but `advance` and `begin` expects an entry at the clock. */
export interface SlotProgram {
  /** Twelve, at incoming color * 4 + 2 if bucket 0 fits + 1 if bucket 1 fits. */
  readonly rules: readonly MarkingRule[];
  begin(nowNs: bigint): Entry;
  /** Drains the entry to the clock. Draining is linear, so it may be done at any time, for any packet. */
  advance(entry: Entry, nowNs: bigint): void;
  isDrained(entry: Entry): boolean;
  /** Which buckets a packet of this length fits. */
  fits(entry: Entry, lengthBytes: number): number;
  /** Which buckets it fits when they are drained. */
  fitsDrained(lengthBytes: number): number;
  waits(entry: Entry, lengthBytes: number): readonly [WaitNs, WaitNs];
  charge(entry: Entry, lengthBytes: number, buckets: number): void;
  /** Level steps of both buckets, for the level columns. */
  levels(entry: Entry): readonly [bigint, bigint];
}

const REFUSED: MarkingRule = { color: 2, charges: [false, false], reason: 0 };
const REFUSED_AND_CHARGED: MarkingRule = { color: 2, charges: [true, false], reason: 0 };
const CHARGED: MarkingRule = { color: 0, charges: [true, false], reason: null };

/** The rules of a slot of one bucket: fits or not, whatever the color. */
export function oneBucketRules(chargesRefused: boolean): readonly MarkingRule[] {
  const refused = chargesRefused ? REFUSED_AND_CHARGED : REFUSED;
  const four = [refused, refused, CHARGED, CHARGED];
  return [...four, ...four, ...four];
}
