/** From buckets and the parameters beside them to the definition of each algorithm. */

import { ConfigError } from "../errors.ts";
import { compare, isZero, rational, ZERO } from "../rational.ts";
import type { BucketDefinition, MeterDefinition, Rational } from "../types.ts";
import { parseAmount, parsePacketCount } from "../units.ts";
import { scaleOf } from "./bucketprofile.ts";
import { givenChoice, givenFlag } from "./choice.ts";
import { LEVEL_MAX, ROOM_UNITS } from "./limits.ts";
import { DUAL_MODES, TURNER_MODES } from "./params.ts";
import type { BucketSource, Given, Written } from "./source.ts";

/** Makes the definition of a meter, from its buckets in the order of its form. Throws ConfigError. */
export type Define = (
  buckets: readonly BucketDefinition[],
  given: Given,
  sources: readonly BucketSource[],
) => MeterDefinition;

function fail(at: Written, detail: string): never {
  throw new ConfigError("CONFLICT", at.parameter, at.text, detail);
}

function quoted({ parameter, text }: Written): string {
  return `${parameter} "${text}"`;
}

function only(buckets: readonly BucketDefinition[]): BucketDefinition {
  const [bucket] = buckets;
  if (bucket === undefined || buckets.length > 1) throw new RangeError(`${buckets.length} buckets where one is needed`);
  return bucket;
}

function pair<Item>(items: readonly Item[]): readonly [Item, Item] {
  const [first, second] = items;
  if (first === undefined || second === undefined) throw new RangeError(`${items.length} where two are needed`);
  return [first, second];
}

export const defineBucket: Define = (buckets) => ({ kind: "bucket", bucket: only(buckets) });

/** The largest whole number of units that a level can be, with room for one more packet: the cap of mode unlimited. */
export function unlimitedCap(bucket: BucketDefinition): Rational {
  const units = LEVEL_MAX / scaleOf(bucket, []) - ROOM_UNITS[bucket.costRule.cost];
  // Where the scale leaves no room at all, the profile says what is at fault.
  const fitting = rational(units < 0n ? 0n : units);
  return compare(fitting, bucket.depth) < 0 ? bucket.depth : fitting;
}

/** The cap that is given, or the depth. */
function capOf(bucket: BucketDefinition, { cap, burst }: BucketSource): Rational {
  if (cap === undefined) return bucket.depth;
  const { units } = parseAmount(cap.parameter, cap.text);
  if (compare(units, bucket.depth) >= 0) return units;
  return fail(cap, `must be at least ${quoted(burst)}, else the level could never pass it; raise the cap`);
}

export const defineTurner: Define = (buckets, given, [source]) => {
  const bucket = only(buckets);
  if (givenChoice(given, "mode", TURNER_MODES, "clamped") === "clamped") {
    return { kind: "turner", bucket, cap: capOf(bucket, source!) };
  }
  const { cap } = source!;
  if (cap !== undefined) fail(cap, 'cannot be combined with mode "unlimited"; leave one of them out');
  return { kind: "turner", bucket, cap: unlimitedCap(bucket) };
};

export const defineEventCounter: Define = (buckets, _given, [source]) => {
  const bucket = only(buckets);
  const { clear: written, burst } = source!;
  const clear = written === undefined ? ZERO : rational(parsePacketCount(written.parameter, written.text, 0n));
  if (written !== undefined && compare(clear, bucket.depth) >= 0) {
    fail(written, `must be below ${quoted(burst)}, else the alarm would end as it begins; lower it`);
  }
  return { kind: "event-counter", bucket, cap: capOf(bucket, source!), clear };
};

/** The larger of two sizes may not be 0: every packet would be red. */
function requireSize(buckets: readonly BucketDefinition[], sources: readonly BucketSource[]): void {
  if (buckets.some(({ depth }) => !isZero(depth))) return;
  const [{ burst: cbs }, { burst: ebs }] = pair(sources);
  fail(
    cbs,
    `cannot be 0 together with ${quoted(ebs)}, every packet would be red; give one of them a size such as 64 kB`,
  );
}

export const defineSrtcm: Define = (buckets, given, sources) => {
  requireSize(buckets, sources);
  const [committed, excess] = pair(buckets);
  return { kind: "srtcm", committed, excess, isAware: givenFlag(given, "color-aware") };
};

export const defineTrtcm4115: Define = (buckets, given, sources) => {
  requireSize(buckets, sources);
  const [committed, excess] = pair(buckets);
  return { kind: "trtcm-4115", committed, excess, isAware: givenFlag(given, "color-aware") };
};

export const defineMef: Define = (buckets, given, sources) => {
  requireSize(buckets, sources);
  const [committed, excess] = pair(buckets);
  if (given.text("coupling") !== undefined && given.text("cf") !== undefined) {
    fail(given.written("cf"), "is coupling under another name; leave one of them out");
  }
  const isCoupled =
    givenChoice(given, "coupling", ["on", "off"], "off") === "on" || givenChoice(given, "cf", ["1", "0"], "0") === "1";
  return { kind: "mef", committed, excess, isCoupled, isAware: givenFlag(given, "color-aware") };
};

export const defineTrtcm: Define = (buckets, given, sources) => {
  const [peak, committed] = pair(buckets);
  const [{ rate: pir, burst: pbs }, { rate: cir }] = pair(sources);
  if (compare(peak.ratePerSec, committed.ratePerSec) < 0) {
    fail(pir, `must be at least ${quoted(cir)} (RFC 2698); for a rate on top of cir use meter trtcm-4115 with eir`);
  }
  if (isZero(peak.depth)) fail(pbs, "must be above 0, else every packet is red; give it a size such as 64 kB");
  return { kind: "trtcm", peak, committed, isAware: givenFlag(given, "color-aware") };
};

export const defineDual: Define = (buckets, given) => {
  const [peak, sustained] = pair(buckets);
  const mode = givenChoice(given, "mode", DUAL_MODES, "coordinated");
  const tags = givenFlag(given, "tag");
  if (tags && mode !== "coordinated") {
    fail(given.written("tag"), `cannot be combined with mode "${mode}"; leave tag out, or use mode coordinated`);
  }
  return { kind: "dual", peak, sustained, mode, tags };
};

export const defineMulti: Define = (buckets) => ({ kind: "multi", buckets });

/** One class: all flows weigh the same. */
export const defineWeighted: Define = (buckets) => ({
  kind: "weighted",
  bucket: only(buckets),
  group: 0,
  weight: 1n,
  groupWeights: [1n],
});
