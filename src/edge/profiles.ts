/** Policies of an edge meter: from what the user wrote to the integers that its engines run. */
import { COMPACT_DRAIN_MAX } from "../../assembly/edge/abi.ts";
import { LEVEL_MAX } from "../policy/limits.ts";
import type { BucketProfile, Cost, MeterProfile } from "../types.ts";
import type { PolicyInput } from "./types.ts";

/** Costs are 32-bit, and an overhead of 16 bits may come on top. */
const UNITS_MAX = 2n ** 32n + 2n ** 16n;
/**
 * Levels, debt included, up to which doubles do all exactly: a coupled pair drains up to two of them and two drain steps
 * at once. Where depth and drain leave room below it, both engines stop at it; else at the one of 64-bit arithmetic.
 */
const NARROW_LEVEL_MAX = 2n ** 51n;
const WIDE_LEVEL_MAX = 2n ** 61n;
const NS_MAX = 2n ** 64n - 1n;

/** A bucket with what only edge meters have. */
export interface EdgeBucket extends BucketProfile {
  /** Level steps that a charge may bring it to. */
  readonly levelMax: bigint;
  /** Level steps drained each unit of the caller's time; at most 2^64 - 1. */
  readonly drainPerUnit: bigint;
}

/** What one slot of a key runs. */
export interface EdgeProfile {
  readonly profile: MeterProfile;
  readonly buckets: readonly EdgeBucket[];
  readonly isNarrow: boolean;
  /** A finish tells all there is to tell: it is one bucket that drains at a rate in reach. */
  readonly isCompact: boolean;
}

/** A policy as it was read: the integers of its slots, in which 1/`parts` of a unit is whole. What edge meters have bounds of
 * their own for, `unitsMax` and `drainedAfterNs`, is not looked at. */
export interface ReadPolicy {
  readonly meter: string;
  readonly profiles: readonly MeterProfile[];
}

/** Reads a policy from what the user wrote. Throws ConfigError. */
export type PolicyReader = (input: PolicyInput, parts: number) => ReadPolicy;

/** One limit of a meter. */
export interface EdgePolicy {
  readonly input: PolicyInput;
  readonly meter: string;
  /** What costs count: calls where all buckets count those. */
  readonly cost: Cost;
  readonly slots: readonly EdgeProfile[];
}

/** A policy for costs in parts of 1/`parts` and times in units of `unitNs`. */
export function edgePolicyOf(
  input: PolicyInput,
  { meter, profiles }: ReadPolicy,
  parts: number,
  unitNs: number,
): EdgePolicy {
  const isCounted = profiles.every(({ buckets }) => buckets.every(({ costRule }) => costRule.cost === "packets"));
  const slots = profiles.map((profile) => edgeProfile(profile, isCounted, BigInt(parts), unitNs));
  return { input, meter, cost: isCounted ? "packets" : "bytes", slots };
}

/** `isCounted`: all buckets count packets, so that costs are numbers of them; else a packet bucket counts calls. */
function edgeProfile(profile: MeterProfile, isCounted: boolean, parts: bigint, unitNs: number): EdgeProfile {
  const cap = "capLevel" in profile ? profile.capLevel : undefined;
  const scaled = profile.buckets.map((bucket) => limitUnits(inParts(bucket, isCounted, parts)));
  const isNarrow = scaled.every((bucket) => fitsNarrow(bucket, cap));
  const isCoupled = profile.kernel === "two-buckets" && profile.isCoupled;
  const most = scaled.map((bucket) => levelMaxOf(bucket, cap, isNarrow));
  const buckets = scaled.map((bucket, index) => {
    // What the first of coupled buckets drains beyond its level drains the second: time enough for both.
    const drains = isCoupled && index === 0 ? most[0]! + most[1]! : most[index]!;
    return edgeBucket(bucket, most[index]!, drains, unitNs);
  });
  const { drainPerNs, levelMax } = buckets[0]!;
  const isInReach = drainPerNs > 0n && drainPerNs <= COMPACT_DRAIN_MAX && levelMax <= WIDE_LEVEL_MAX;
  const isCompact = profile.kernel === "one-bucket" && isInReach;
  return { profile: { ...profile, buckets } as unknown as MeterProfile, buckets, isNarrow, isCompact };
}

/** `drains`: level steps that have to drain at most. */
function edgeBucket(bucket: BucketProfile, levelMax: bigint, drains: bigint, unitNs: number): EdgeBucket {
  const drainPerUnit = bucket.drainPerNs * BigInt(unitNs);
  return {
    ...bucket,
    levelMax,
    drainedAfterNs: bucket.drainPerNs === 0n ? 0n : drains / bucket.drainPerNs + 1n,
    drainPerUnit: drainPerUnit > NS_MAX ? NS_MAX : drainPerUnit,
  };
}

/** The bucket with costs in parts of a unit. */
function inParts(bucket: BucketProfile, isCounted: boolean, parts: bigint): BucketProfile {
  const { costRule, levelPerUnit } = bucket;
  const isPackets = costRule.cost === "packets";
  if (isPackets && !isCounted) return bucket;
  const bytes = (length: number) => (isPackets ? 0 : length * Number(parts));
  return {
    ...bucket,
    levelPerUnit: levelPerUnit / parts,
    costRule: {
      cost: "bytes",
      overheadBytes: bytes(costRule.overheadBytes),
      minLengthBytes: bytes(costRule.minLengthBytes),
    },
  };
}

function fitsNarrow(bucket: BucketProfile, cap: bigint | undefined): boolean {
  const { drainPerNs, levelPerUnit, testsOwnCost, depthLevel } = bucket;
  const numbers = [cap ?? depthLevel, drainPerNs, levelPerUnit];
  return testsOwnCost && numbers.every((steps) => steps <= NARROW_LEVEL_MAX);
}

/** No cost that fits may bring a level beyond the depth or, where it is tested without its own cost, beyond 63 bits. */
function limitUnits(bucket: BucketProfile): BucketProfile {
  const { testLevel, levelPerUnit, testsOwnCost } = bucket;
  const fitting = (testsOwnCost ? testLevel : LEVEL_MAX - testLevel) / levelPerUnit;
  return { ...bucket, unitsMax: fitting < UNITS_MAX ? fitting : UNITS_MAX };
}

/** The most that a level can be: what calls bring it to, or the debt that arithmetic leaves room for. */
function levelMaxOf(bucket: BucketProfile, cap: bigint | undefined, isNarrow: boolean): bigint {
  if (cap !== undefined) return cap;
  if (isNarrow) return NARROW_LEVEL_MAX;
  const { testLevel, depthLevel, levelPerUnit, testsOwnCost, unitsMax, drainPerNs } = bucket;
  const reached = testsOwnCost ? depthLevel : testLevel + unitsMax * levelPerUnit;
  return reached < WIDE_LEVEL_MAX && drainPerNs < WIDE_LEVEL_MAX ? WIDE_LEVEL_MAX : reached;
}
