/** A compiled shaper in one line for people. */

import type { QueueCount, ShaperPolicy } from "../../types.ts";
import { describeShaper } from "./describe.ts";
import type { ShaperDescription } from "./describe.ts";

function rateTexts({ rate, buckets, tick, quantum }: ShaperDescription): string[] {
  if (rate !== undefined) return [rate.text];
  if (tick !== undefined && quantum !== undefined) return [`${quantum.text} each ${tick.text}`];
  return (buckets ?? []).map(({ name, rate: { text }, depth }) =>
    name === "" ? `${text}, burst ${depth.text}` : `${name} ${text} ${depth.text}`,
  );
}

/** What the queue of a leaky bucket counts, where its unit does not say so. */
const COUNTS: Readonly<Record<QueueCount, string>> = { fluid: " (fluid)", bytes: " (whole packets)", packets: "" };

function boundTexts({ limit, maxDelay, count, rate }: ShaperDescription): string[] {
  return [
    ...(limit === null ? [] : [`queue ${limit.text}${rate === undefined ? "" : COUNTS[count]}`]),
    ...(maxDelay === null ? [] : [`waits at most ${maxDelay.text}`]),
  ];
}

/** "shaper leaky-bucket  1 Mbit/s, queue 100 kB (fluid), cost bytes, length frame"; `by` names the key. */
export function shaperLine(policy: ShaperPolicy, by?: string): string {
  const described = describeShaper(policy);
  const { cost, length, overhead, minLength, carry, immediate, longestDelay } = described;
  const parts = [
    ...rateTexts(described),
    ...boundTexts(described),
    ...(carry === true ? ["residue carried"] : []),
    ...(immediate === true ? ["immediate"] : []),
    `cost ${cost}`,
    `length ${length}`,
    ...(overhead === 0 ? [] : [`overhead ${overhead} B`]),
    ...(minLength === 0 ? [] : [`min length ${minLength} B`]),
    ...(by === undefined ? [] : [`per ${by}`]),
  ];
  const longest = longestDelay === undefined ? "" : `; a full queue is sent in ${longestDelay.text}`;
  return `shaper ${described.shaper}  ${parts.join(", ")}${longest}`;
}
