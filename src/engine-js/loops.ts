import type { EngineOptions, MeterProfile, Policy, ShaperPolicy } from "../types.ts";
import type { EngineColumns } from "./columns.ts";
import { fitsFloat, freshFloat } from "./float.ts";
import { Flows } from "./flows.ts";
import type { Kernel } from "./kernel.ts";
import { NarrowKernel } from "./narrow.ts";
import { fitsNarrowCounter, NarrowCounterKernel } from "./narrowcounter.ts";
import { fitsNarrowPair, NarrowPairKernel } from "./narrowpair.ts";
import type { Tally } from "./tally.ts";
import { fitsNarrowFluid, NarrowFluidKernel } from "./shape/narrowfluid.ts";
import { freshWide, WideKernel } from "./wide.ts";

export interface FlowLoop {
  readonly flows: Flows;
  readonly kernel: Kernel;
}

/** The packet loop of a policy of one slot a flow whose values it holds exactly; null for all others. */
export function loopOf(options: EngineOptions, columns: EngineColumns, oversize: Tally): FlowLoop | null {
  if (options.policy.meter === "shaper") return shaperLoopOf(options, options.policy, columns, oversize);
  const profile = onlySlotOf(options.policy);
  if (profile === null) return null;
  if (profile.kernel === "one-bucket") {
    const [bucket] = profile.buckets;
    const isNarrow = fitsFloat(bucket);
    const fresh = isNarrow ? freshFloat(bucket.initialLevel, 0n) : freshWide(bucket.initialLevel);
    const flows = new Flows(options, columns, fresh, false);
    const Loop = isNarrow ? NarrowKernel : WideKernel;
    return { flows, kernel: new Loop(bucket, flows, columns, oversize) };
  }
  if (profile.kernel === "two-buckets" && fitsNarrowPair(profile)) {
    const [first, second] = profile.buckets;
    const flows = new Flows(options, columns, freshFloat(first.initialLevel, second.initialLevel), true);
    return { flows, kernel: new NarrowPairKernel(profile, flows, columns, oversize) };
  }
  const isCounter = profile.kernel === "turner" || profile.kernel === "event-counter";
  if (!isCounter || !fitsNarrowCounter(profile)) return null;
  const flows = new Flows(options, columns, freshFloat(profile.buckets[0].initialLevel, 0n), false);
  return { flows, kernel: new NarrowCounterKernel(profile, flows, columns, oversize) };
}

/** A leaky bucket whose queue is fluid is the bucket of a meter. */
function shaperLoopOf(
  options: EngineOptions,
  { profile }: ShaperPolicy,
  columns: EngineColumns,
  oversize: Tally,
): FlowLoop | null {
  if (profile.kernel !== "fluid-shaper" || !fitsNarrowFluid(profile)) return null;
  const flows = new Flows(options, columns, freshFloat(0n, 0n), false);
  return { flows, kernel: new NarrowFluidKernel(profile, flows, columns, oversize) };
}

function onlySlotOf(policy: Policy): MeterProfile | null {
  if (policy.meter === "classes" || policy.meter === "shaper" || policy.profiles.length !== 1) return null;
  return policy.profiles[0] ?? null;
}
