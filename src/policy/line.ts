/** A compiled policy in one line for people. */

import type { ShaperPolicy } from "../types.ts";
import type { MeterPolicy } from "./compile.ts";
import { describePolicy } from "./describe.ts";
import type { PolicyDescription } from "./describe.ts";
import { shaperLine } from "./shapers/line.ts";

function bucketTexts({ meter, rate: only, depth, buckets, initial, alarm }: PolicyDescription): string[] {
  const begins = initial === undefined ? [] : [`initial ${initial.text}`];
  if (only !== undefined && alarm !== undefined) return [only.text, `alarm ${alarm.text}`];
  if (only !== undefined && depth !== undefined) return [only.text, `burst ${depth.text}`, ...begins];
  return (buckets ?? []).map((bucket) => {
    const first = bucket.initial.units === bucket.depth.units ? "" : ` (initial ${bucket.initial.text})`;
    // The excess bucket of srtcm has no rate of its own.
    const rate = meter === "srtcm" && bucket.name === "excess" ? "" : ` ${bucket.rate.text}`;
    return `${bucket.name}${rate} ${bucket.depth.text}${first}`;
  });
}

function ownTexts(policy: PolicyDescription): string[] {
  const { mode, tags, coupling, colorAware, cap, clear, spacing } = policy;
  return [
    ...(mode === undefined ? [] : [`mode ${mode}`]),
    ...(tags === true ? ["tag"] : []),
    ...(coupling === undefined ? [] : [`coupling ${coupling}`]),
    ...(colorAware === undefined ? [] : [colorAware ? "color-aware" : "color-blind"]),
    ...(clear === undefined ? [] : [`clear ${clear.text}`]),
    ...(cap === undefined ? [] : [`cap ${cap.text}`]),
    ...(spacing === undefined ? [] : [`spacing ${spacing.text}`]),
  ];
}

function drainText({ fillTime }: PolicyDescription): string {
  if (fillTime === undefined) return "";
  return fillTime === null ? "; never drains" : `; a full bucket drains in ${fillTime.text}`;
}

/** "token-bucket  10 Mbit/s, burst 64 kB, cost bytes, length frame; a full bucket drains in 51.2 ms"; `by` names the key. */
export function policyLine(policy: MeterPolicy | ShaperPolicy, by?: string): string {
  if (policy.meter === "shaper") return shaperLine(policy, by);
  const described = describePolicy(policy);
  const { cost, length, overhead, minLength, check } = described;
  const parts = [
    ...bucketTexts(described),
    ...ownTexts(described),
    `cost ${cost}`,
    `length ${length}`,
    ...(overhead === 0 ? [] : [`overhead ${overhead} B`]),
    ...(minLength === 0 ? [] : [`min length ${minLength} B`]),
    ...(check === "post" ? [] : [`check ${check}`]),
    ...(by === undefined ? [] : [`per ${by}`]),
  ];
  return `${described.meter}  ${parts.join(", ")}${drainText(described)}`;
}
