/** Which policies keep so little of a flow that four of them share a line of the table (assembly/table/line.ts). */
import { COMPACT_LEVEL_BITS } from "../../assembly/abi.ts";
import type { BucketProfile, LinkPolicy, Policy } from "../types.ts";

/**
 * Steepest drain, level steps a ns. Finishes are counted from an epoch that moves once 2^62 steps have drained, in one
 * pass over the table: at this drain after 73 minutes of the packets' time. Steeper ones could cost a long capture of few
 * packets more passes than it has work.
 */
export const COMPACT_DRAIN_MAX = 1n << 20n;
const LEVEL_END = 1n << BigInt(COMPACT_LEVEL_BITS);
const LENGTH_END = 1n << 32n;

/** True for meters of one bucket whose levels and drain keep a finish within a word. */
export function fitsCompact(policy: Policy | LinkPolicy): boolean {
  if (policy.meter === "classes" || policy.meter === "shaper" || policy.meter === "link") return false;
  const [profile, ...others] = policy.profiles;
  if (others.length > 0 || profile!.kernel !== "one-bucket") return false;
  const [bucket] = profile!.buckets;
  return bucket.drainPerNs <= COMPACT_DRAIN_MAX && levelMax(bucket) < LEVEL_END;
}

/** What compact flows have no room for, or their loop does not do. */
const EXCLUDED = ["records", "counts", "delays", "levels", "passedClock"] as const;

/** Why flows under these options cannot be compact, in words that follow "compact: true"; undefined when they can. */
export function whyNotCompact(
  options: { readonly policy: Policy | LinkPolicy } & { readonly [name in (typeof EXCLUDED)[number]]?: boolean },
): string | undefined {
  const asked = EXCLUDED.find((name) => options[name] === true);
  if (asked !== undefined) {
    return `and ${asked}: true: compact flows have their level alone; ask for one of them`;
  }
  if (fitsCompact(options.policy)) return undefined;
  return `does not fit ${options.policy.meter}, but meters of one bucket that drain at most ${COMPACT_DRAIN_MAX} level steps a ns; leave it out`;
}

/** No level is higher, not even that of a full bucket with a packet on top. */
function levelMax({ depthLevel, initialLevel, unitsMax, levelPerUnit, costRule }: BucketProfile): bigint {
  const { overheadBytes, minLengthBytes } = costRule;
  const units = min(unitsMax, LENGTH_END + BigInt(Math.max(overheadBytes, minLengthBytes, 1)));
  return max(depthLevel, initialLevel) + units * levelPerUnit;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
