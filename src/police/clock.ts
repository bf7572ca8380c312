/** Who carries the meter's clock when packets are dropped from what is written. */
import { COLOR_RED } from "../../assembly/abi.ts";
import type { ColorActions } from "../policies.ts";
import type { CompiledPolicy, MeterProfile, Policy } from "../types.ts";

/**
 * True when only packets that pass are to carry the clock, so that what is written is metered again as it was: red ones
 * are dropped, and a packet that the policy refuses leaves no trace in it. Without the second a refused packet counts at
 * its time, and so has to carry the clock.
 */
export function hasPassedClock(policy: Policy, { red }: ColorActions): boolean {
  return red.drops && forgetsRefused(policy);
}

function forgetsRefused(policy: Policy): boolean {
  if (policy.meter === "shaper") return false;
  if (policy.meter !== "classes") return isForgetful(policy);
  const meters = policy.classes.flatMap(({ path }) => path.map((entry) => entry.policy));
  return policy.charge !== "series" && meters.every(isForgetful);
}

/** A flow with an initial fill begins with its first packet, refused or not; a group of shares has a time of its own. */
function isForgetful({ profiles }: CompiledPolicy): boolean {
  return profiles.every(
    (profile) =>
      (profile.kernel === "one-bucket" || (profile.kernel === "two-buckets" && chargesNoRed(profile))) &&
      profile.buckets.every(({ initialLevel }) => initialLevel === 0n),
  );
}

function chargesNoRed({ rules }: Extract<MeterProfile, { kernel: "two-buckets" }>): boolean {
  return rules.every(({ color, charges }) => color !== COLOR_RED || !charges.includes(true));
}
