/** The largest packet that a meter can ever color better than red, or green. */

import type { BucketProfile, Color, CompiledPolicy, MeterProfile } from "../types.ts";

type Policy = Pick<CompiledPolicy, "definition" | "profiles">;

export interface Largest {
  /** In units of its bucket's cost. */
  readonly units: bigint;
  /** The bucket that sets the limit, in the order of `bucketsOf`. */
  readonly bucketIndex: number;
  readonly profile: BucketProfile;
}

/** The buckets of all slots, in order. */
export function bucketProfilesOf({ profiles }: Policy): readonly BucketProfile[] {
  return profiles.flatMap(({ buckets }) => [...buckets]);
}

/** With both buckets drained, a cost up to this gets `worst` or better; undefined when none does. */
function largestOfPair(slot: Extract<MeterProfile, { kernel: "two-buckets" }>, worst: Color): Largest | undefined {
  const found = slot.buckets
    .map((profile, bucketIndex) => ({ units: profile.unitsMax, bucketIndex, profile }))
    .filter(({ units }) => {
      const [fits0, fits1] = slot.buckets.map(({ unitsMax }) => units <= unitsMax);
      const rule = slot.rules[(fits0 === true ? 2 : 0) + (fits1 === true ? 1 : 0)];
      return rule !== undefined && rule.color <= worst;
    });
  return found.reduce<Largest | undefined>(
    (best, next) => (best === undefined || next.units > best.units ? next : best),
    undefined,
  );
}

/** The least that any bucket allows of its cost, bytes first: those buckets tell packets by their size. */
function largestOfAll(policy: Policy): Largest | undefined {
  const buckets = bucketProfilesOf(policy).map((profile, bucketIndex) => ({
    units: profile.unitsMax,
    bucketIndex,
    profile,
  }));
  const ofBytes = buckets.filter(({ profile }) => profile.costRule.cost === "bytes");
  const ofPackets = buckets.filter(({ profile }) => profile.costRule.cost === "packets");
  const empty = ofPackets.find(({ units }) => units === 0n);
  if (empty !== undefined) return empty;
  const [first, ...rest] = ofBytes.length > 0 ? ofBytes : ofPackets;
  return rest.reduce((least, next) => (least === undefined || next.units < least.units ? next : least), first);
}

/** The largest cost that a packet can have and get `worst` or better, on drained buckets and arriving green. */
export function largestUnits(policy: Policy, worst: Color): Largest | undefined {
  if (policy.definition.kind === "multi") return largestOfAll(policy);
  const [slot] = policy.profiles;
  if (slot === undefined) return undefined;
  if (slot.kernel === "two-buckets") return largestOfPair(slot, worst);
  return { units: slot.buckets[0].unitsMax, bucketIndex: 0, profile: slot.buckets[0] };
}

/**
 * The same as a packet: its length in bytes (before overhead and minimum) with cost bytes, the cost in packets with
 * cost packets; undefined when there is none.
 */
export function largestPacket(policy: Policy, worst: Color): bigint | undefined {
  const largest = largestUnits(policy, worst);
  if (largest === undefined) return undefined;
  const { units, profile } = largest;
  const { cost, overheadBytes, minLengthBytes } = profile.costRule;
  if (cost === "packets") return units > 0n ? units : undefined;
  if (BigInt(minLengthBytes) > units) return undefined;
  const bytes = units - BigInt(overheadBytes);
  return bytes > 0n ? bytes : undefined;
}
