/** What a valid policy does that its author may not expect. */

import { compare, isZero } from "../rational.ts";
import type { BucketDefinition, Color, CompiledPolicy, LengthKind, MeterDefinition } from "../types.ts";
import { formatUnits } from "../units.ts";
import { largestPacket, largestUnits } from "./largest.ts";
import { bucketsOf } from "./profile.ts";
import type { BucketSource, Written } from "./source.ts";

type Policy = Omit<CompiledPolicy, "warnings">;

const GREEN: Color = 0;
const YELLOW: Color = 1;

/** A full Ethernet frame without its FCS, as captures hold it; and the IP packet in it. */
const MTU_BYTES: Readonly<Record<LengthKind, number>> = { frame: 1514, ip: 1500 };

function quoted({ parameter, text }: Written): string {
  return `${parameter} "${text}"`;
}

/** What never happens again once a bucket that never drains is full. */
function endOf(kind: MeterDefinition["kind"], bucketIndex: number): string {
  if (kind === "event-counter") return "the alarm of a flow never ends";
  if (kind === "srtcm" || kind === "trtcm-4115" || kind === "mef") {
    return `no packet of a flow is ${bucketIndex === 0 ? "green" : "yellow"} again`;
  }
  if (kind === "trtcm")
    return bucketIndex === 0 ? "every packet of a flow is red" : "no packet of a flow is green again";
  return "a flow never conforms again";
}

/** Whether what the first bucket cannot hold drains the second. */
function isFed(definition: MeterDefinition, bucketIndex: number): boolean {
  const { kind } = definition;
  const isCoupled = kind === "srtcm" || (kind === "mef" && definition.isCoupled);
  return isCoupled && bucketIndex === 1 && !isZero(definition.committed.ratePerSec);
}

function rateWarnings({ definition }: Policy, sources: readonly BucketSource[]): string[] {
  return bucketsOf(definition).flatMap(({ ratePerSec, depth, costRule }, index) => {
    if (!isZero(ratePerSec) || isZero(depth) || isFed(definition, index)) return [];
    const { rate, name } = sources[index]!;
    const which = name === "" || definition.kind === "multi" ? "the bucket" : `the ${name} bucket`;
    return [
      `${quoted(rate)}: ${which} never drains; after ${formatUnits(depth, costRule.cost)} ${endOf(definition.kind, index)}`,
    ];
  });
}

/** Packets that get worse than `worst` whatever came before, when full ones are among them. */
function sizeWarning(
  policy: Policy,
  sources: readonly BucketSource[],
  worst: Color,
  never: string,
): string | undefined {
  const { length } = policy;
  const limit = largestUnits(policy, worst);
  const largest = largestPacket(policy, worst);
  const bucketIndex = limit?.bucketIndex ?? 0;
  const { cost, overheadBytes, minLengthBytes } = bucketsOf(policy.definition)[bucketIndex]!.costRule;
  const burst = quoted(sources[bucketIndex]!.burst);
  if (cost === "packets") {
    return largest === undefined ? `${burst}: a bucket of less than 1 packet lets none ${never}` : undefined;
  }
  const mtuBytes = MTU_BYTES[length];
  if (largest !== undefined && largest >= BigInt(mtuBytes)) return undefined;
  const needed = Math.max(mtuBytes + overheadBytes, minLengthBytes);
  const packets = largest === undefined ? "packets" : `packets longer than ${largest} bytes`;
  const full = `a full ${length === "ip" ? "IP packet" : "frame"} of ${mtuBytes} bytes needs a depth of ${needed} B`;
  return `${burst}: ${packets} can never ${never}; ${full}`;
}

function hasYellow({ profiles }: Policy): boolean {
  return profiles.some((slot) => slot.kernel === "two-buckets" && slot.rules.some(({ color }) => color === YELLOW));
}

function sizeWarnings(policy: Policy, sources: readonly BucketSource[]): string[] {
  const buckets = bucketsOf(policy.definition);
  if (policy.definition.kind === "event-counter" || buckets.some(({ check }) => check !== "post")) return [];
  if (!hasYellow(policy)) return [sizeWarning(policy, sources, GREEN, "conform")].filter((line) => line !== undefined);
  const red = sizeWarning(policy, sources, YELLOW, "be other than red");
  const isSame = largestPacket(policy, YELLOW) === largestPacket(policy, GREEN);
  const green = isSame ? undefined : sizeWarning(policy, sources, GREEN, "be green");
  return [red, green].filter((line) => line !== undefined);
}

/** A check without the own size says nothing of sizes. */
function checkWarning({ definition }: Policy): string | undefined {
  const open = bucketsOf(definition).filter(({ check, costRule }) => check !== "post" && costRule.cost === "bytes");
  const [first] = open;
  if (first === undefined) return undefined;
  const depths = open.map(({ depth }) => formatUnits(depth, "bytes")).join(" and ");
  const bound = first.check === "pre" ? "at most the depth" : "below the depth";
  return `check "${first.check}": a packet of any size passes when the level is ${bound} (${depths})`;
}

/** Two buckets of which one makes the other useless, at least in part. */
function pairWarning({ definition }: Policy, sources: readonly BucketSource[]): string | undefined {
  const [first, second] = sources;
  if (first === undefined || second === undefined) return undefined;
  if (definition.kind === "trtcm" && compare(definition.committed.depth, definition.peak.depth) > 0) {
    return `${quoted(second.burst)}: is above ${quoted(first.burst)}, which a burst cannot pass, so the rest is of no use`;
  }
  if (definition.kind === "dual" && compare(definition.peak.ratePerSec, definition.sustained.ratePerSec) < 0) {
    return `${quoted(first.rate)}: is below ${quoted(second.rate)}, so that over longer times the peak alone decides`;
  }
  return undefined;
}

function initialWarning(buckets: readonly BucketDefinition[], sources: readonly BucketSource[]): string | undefined {
  const initial = sources[0]?.initial;
  if (initial === undefined || buckets.every(({ initialLevel }) => isZero(initialLevel))) return undefined;
  return `${quoted(initial)}: no flow is dropped from a full table, because it would begin anew with fewer tokens`;
}

/** One line each, in a fixed order. `isCostAssumed`: bytes were taken where neither cost nor a unit was given. */
export function warningsOf(policy: Policy, sources: readonly BucketSource[], isCostAssumed: boolean): string[] {
  const buckets = bucketsOf(policy.definition);
  const increment = sources.find(({ rate }) => rate.parameter.endsWith("increment"))?.rate;
  const isUnused = buckets.every(
    ({ costRule }) => costRule.cost === "packets" && (costRule.overheadBytes !== 0 || costRule.minLengthBytes !== 0),
  );
  return [
    ...rateWarnings(policy, sources),
    ...sizeWarnings(policy, sources),
    checkWarning(policy),
    increment === undefined || !isCostAssumed
      ? undefined
      : `${quoted(increment)}: is the time of one byte; for cells or packets add cost packets`,
    isUnused ? "overhead and min-length change nothing with cost packets" : undefined,
    pairWarning(policy, sources),
    initialWarning(buckets, sources),
  ].filter((line) => line !== undefined);
}
