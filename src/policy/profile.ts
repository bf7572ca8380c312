/** From the definition in exact fractions to the integers that the engines run. */

import type { ConfigError } from "../errors.ts";
import { compare, divide, lcm, rational } from "../rational.ts";
import type {
  BucketDefinition,
  BucketProfile,
  Cost,
  MarkingRule,
  MeterDefinition,
  MeterProfile,
  Rational,
} from "../types.ts";
import { wholeUnitsText } from "../units.ts";
import { bucketProfile, drainedAfterNs, levelOf, scaleOf } from "./bucketprofile.ts";
import type { Frame } from "./bucketprofile.ts";
import { LEVEL_MAX, MULTI_BUCKETS_MAX, NS_PER_SEC } from "./limits.ts";
import { committedExcessRules, dualRules, peakCommittedRules } from "./rules.ts";
import { unnamedSource } from "./source.ts";
import type { BucketSource } from "./source.ts";
import { blame } from "./toolarge.ts";
import { weightedProfile } from "./weighted.ts";

/** The definition of one variant. */
type Of<Kind extends MeterDefinition["kind"]> = Extract<MeterDefinition, { readonly kind: Kind }>;

/** The buckets of a definition in the order in which they are asked, which is that of its slots. */
export function bucketsOf(definition: MeterDefinition): readonly BucketDefinition[] {
  switch (definition.kind) {
    case "srtcm":
    case "trtcm-4115":
    case "mef":
      return [definition.committed, definition.excess];
    case "trtcm":
      return [definition.peak, definition.committed];
    case "dual":
      return [definition.peak, definition.sustained];
    case "borrow-node":
      return [definition.bucket, definition.ceiling];
    case "multi":
      return definition.buckets;
    default:
      return [definition.bucket];
  }
}

/**
 * The integer profiles of a meter, one a slot: the smallest scale in which drain, cost, depth and every other level are
 * whole. Throws ConfigError when they do not fit the engines' exact arithmetic; `sources` (one a bucket, in the order of
 * `bucketsOf`) tell what to blame. `peers`: levels in units of other buckets that have to run in the same scale, as
 * thresholds of other classes in a shared bucket, and depths of other flows in a weighted group.
 */
export function profilesOf(
  definition: MeterDefinition,
  sources?: readonly BucketSource[],
  peers: readonly Rational[] = [],
): readonly MeterProfile[] {
  const named = bucketsOf(definition).map((bucket, index) => sources?.[index] ?? unnamedSource(bucket));
  if (definition.kind === "weighted") return [weightedProfile(definition, frameOf(named[0]!, peers))];
  return ownProfilesOf(definition, named, peers);
}

/** The same of a meter whose flows share nothing, with a source for every bucket. */
export function ownProfilesOf(
  definition: Exclude<MeterDefinition, { readonly kind: "weighted" }>,
  sources: readonly BucketSource[],
  peers: readonly Rational[],
): readonly MeterProfile[] {
  const frames = sources.map((source) => frameOf(source, peers));
  switch (definition.kind) {
    case "bucket":
      return [oneBucket(definition.bucket, frames[0]!)];
    case "turner":
      return [turner(definition, frames[0]!)];
    case "event-counter":
      return [eventCounter(definition, frames[0]!)];
    case "srtcm":
      return [coupled(definition, frames, committedExcessRules(definition.isAware))];
    case "mef": {
      const rules = committedExcessRules(definition.isAware);
      return [definition.isCoupled ? coupled(definition, frames, rules) : uncoupled(definition, frames, rules)];
    }
    case "trtcm-4115":
      return [uncoupled(definition, frames, committedExcessRules(definition.isAware))];
    case "trtcm":
      return [uncoupled(definition, frames, peakCommittedRules(definition.isAware))];
    case "dual":
      if (definition.tags && definition.mode !== "coordinated") throw new RangeError("only coordinated buckets tag");
      return [uncoupled(definition, frames, dualRules(definition.tags ? "tags" : definition.mode))];
    case "borrow-node":
      return [uncoupled(definition, frames, dualRules("coordinated"))];
    case "multi":
      return slotsOf(definition, frames);
  }
}

function frameOf(source: BucketSource, levels: readonly Rational[]): Frame {
  return { source, levels, scale: 1n, cap: undefined, isAlarm: false };
}

function oneBucket(bucket: BucketDefinition, frame: Frame): MeterProfile {
  return { kernel: "one-bucket", buckets: [bucketProfile(bucket, frame)] };
}

function turner({ bucket, cap }: Of<"turner">, frame: Frame): MeterProfile {
  const profile = bucketProfile(bucket, { ...frame, cap, levels: [...frame.levels, cap] });
  return { kernel: "turner", buckets: [profile], capLevel: levelOf(cap, profile.levelPerUnit) };
}

function eventCounter({ bucket, cap, clear }: Of<"event-counter">, frame: Frame): MeterProfile {
  if (compare(bucket.threshold, bucket.depth) !== 0) throw new RangeError("an event counter's alarm is its depth");
  const profile = bucketProfile(bucket, { ...frame, cap, isAlarm: true, levels: [...frame.levels, cap, clear] });
  const { levelPerUnit } = profile;
  return {
    kernel: "event-counter",
    buckets: [profile],
    capLevel: levelOf(cap, levelPerUnit),
    clearLevel: levelOf(clear, levelPerUnit),
  };
}

function pairOf(definition: MeterDefinition, frames: readonly Frame[]): [BucketProfile, BucketProfile] {
  const [first, second] = bucketsOf(definition);
  return [bucketProfile(first!, frames[0]!), bucketProfile(second!, frames[1]!)];
}

function uncoupled(definition: MeterDefinition, frames: readonly Frame[], rules: readonly MarkingRule[]): MeterProfile {
  return { kernel: "two-buckets", buckets: pairOf(definition, frames), rules, isCoupled: false };
}

/** What drains beyond the first bucket's level drains the second: one scale, and time enough for both levels. */
function coupled(definition: MeterDefinition, frames: readonly Frame[], rules: readonly MarkingRule[]): MeterProfile {
  const buckets = bucketsOf(definition);
  pairOf(definition, frames); // A bucket that does not fit by itself is blamed by itself.
  const scale = buckets.reduce((steps, bucket, index) => lcm(steps, scaleOf(bucket, frames[index]!.levels)), 1n);
  const drains = buckets.map(({ ratePerSec }) => levelOf(divide(ratePerSec, NS_PER_SEC), scale));
  const drainMax = drains[0]! > drains[1]! ? drains[0]! : drains[1]!;
  const levelMax = buckets.reduce((sum, { depth }) => sum + levelOf(depth, scale), 0n);
  if (levelMax + drainMax > LEVEL_MAX || scale > LEVEL_MAX) {
    throw tooLargeTogether(frames, buckets[0]!.costRule.cost, (LEVEL_MAX - drainMax) / scale);
  }
  const [first, second] = pairOf(
    definition,
    frames.map((frame) => ({ ...frame, scale })),
  );
  const both = { ...first, drainedAfterNs: drainedAfterNs(levelMax, first.drainPerNs) };
  return { kernel: "two-buckets", buckets: [both, second], rules, isCoupled: true };
}

function tooLargeTogether(frames: readonly Frame[], cost: Cost, sumMax: bigint): ConfigError {
  const [{ burst: first }, { burst: second }] = frames.map(({ source }) => source) as [BucketSource, BucketSource];
  const detail = `does not fit exact 63-bit arithmetic together with ${first.parameter} "${first.text}"`;
  const most = wholeUnitsText(rational(sumMax < 0n ? 0n : sumMax), cost);
  return blame(second, `${detail}; at these rates both hold at most ${most}, with fewer digits more`);
}

/** Two buckets a slot; all or none over all slots is the engines' work. */
function slotsOf({ buckets }: Of<"multi">, frames: readonly Frame[]): readonly MeterProfile[] {
  if (buckets.length === 0 || buckets.length > MULTI_BUCKETS_MAX) {
    throw new RangeError(`a multi meter has 1 to ${MULTI_BUCKETS_MAX} buckets, not ${buckets.length}`);
  }
  const profiles = buckets.map((bucket, index) => bucketProfile(bucket, frames[index]!));
  const slots: MeterProfile[] = [];
  for (let index = 0; index < profiles.length; index += 2) {
    const [first, second] = [profiles[index]!, profiles[index + 1]];
    slots.push(
      second === undefined
        ? { kernel: "one-bucket", buckets: [first] }
        : { kernel: "two-buckets", buckets: [first, second], rules: dualRules("coordinated"), isCoupled: false },
    );
  }
  return slots;
}
