/** How a flow is followed over time under a policy, and what is kept of it. */
import type { BucketProfile, Color, MeterProfile, Policy, ShaperPolicy } from "../types.ts";
import { FlowSeries } from "./flowseries.ts";
import type { LevelLine } from "./levelline.ts";
import type { Marks } from "./marks.ts";
import { QueueSeries } from "./queueseries.ts";
import type { TimeBins } from "./timebins.ts";
import type { TimeWindow } from "./timewindow.ts";

/** A flow over time: a line a bucket or queue, a mark for each packet that was not green, rates. Times in ns. */
export interface FollowedSeries {
  readonly startNs: number;
  /** In units; one, or two of meters of two buckets. */
  readonly lines: readonly LevelLine[];
  readonly yellow: Marks;
  readonly red: Marks;
  /** From `ratesStartNs` on. */
  readonly rates: TimeBins;
  readonly ratesStartNs: number;
  readonly packets: number;
  /** A packet, with two numbers as `FollowPlan.columns` says. Times do not fall. */
  take(timeNs: number, lengthBytes: number, color: Color, first: number, second: number): void;
  /** Draws the lines to the end of what was read. */
  end(timeNs: number): void;
}

/** How the flows of a policy are followed. */
export interface FollowPlan {
  /** What is taken of a packet: the levels of two buckets after it in level steps, or the time of its departure and 0. */
  readonly columns: "levels" | "departures";
  /** Whether a flow can be begun in its midst, from the levels after one of its packets. */
  readonly canAdopt: boolean;
  /** Levels of a new flow. */
  readonly initial: readonly [number, number];
  begin(startNs: number, levels: readonly [number, number], window: TimeWindow): FollowedSeries;
}

/** The meter whose levels are a flow's own: one or two buckets in one slot; undefined of the others. */
export function drawnProfileOf(policy: Policy): MeterProfile | undefined {
  if (policy.meter === "classes" || policy.meter === "shaper") return undefined;
  const [profile, ...others] = policy.profiles;
  return others.length > 0 || profile?.kernel === "weighted" ? undefined : profile;
}

function initialOf([first, second]: readonly [BucketProfile, BucketProfile?]): readonly [number, number] {
  return [Number(first.initialLevel), Number(second?.initialLevel ?? 0n)];
}

function levelsPlan(profile: MeterProfile): FollowPlan {
  return {
    columns: "levels",
    canAdopt: true,
    initial: initialOf(profile.buckets),
    begin: (startNs, levels, window) => new FlowSeries(profile, startNs, levels, window),
  };
}

/** A fluid queue is a bucket: it falls at the rate. One of whole packets falls by a packet at each departure. */
function shaperPlan({ definition, profile }: ShaperPolicy): FollowPlan {
  if (profile.kernel === "fluid-shaper") return levelsPlan({ kernel: "one-bucket", buckets: profile.buckets });
  return {
    columns: "departures",
    canAdopt: false,
    initial: [0, 0],
    begin: (startNs, _, window) => new QueueSeries(definition, startNs, window),
  };
}

/** Undefined where neither level nor queue is one flow's own. */
export function followPlanOf(policy: Policy): FollowPlan | undefined {
  if (policy.meter === "shaper") return shaperPlan(policy);
  const profile = drawnProfileOf(policy);
  return profile === undefined ? undefined : levelsPlan(profile);
}
