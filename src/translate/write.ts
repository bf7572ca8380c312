/** What the writers of policies in other systems' words share. */
import type { MeterPolicy } from "../policy/compile.ts";
import type { BucketDefinition, MeterDefinition, ShaperPolicy } from "../types.ts";
import { isZero } from "../rational.ts";
import type { Written } from "./explained.ts";

/** A policy to be said elsewhere. */
export interface WriteInput {
  readonly policy: MeterPolicy | ShaperPolicy;
  /** The flow key, as `--by` takes it. */
  readonly by: string;
}

export type Writer = (input: WriteInput) => Written;

/** What meters of more than one bucket or outcome have that simple ones lack, in words. */
export function beyondOneBucket(kind: MeterDefinition["kind"]): string {
  switch (kind) {
    case "srtcm":
    case "trtcm":
    case "trtcm-4115":
    case "mef":
      return "a third color: it knows conform and exceed only";
    case "dual":
      return "a peak and a sustained bucket with this mode, check or cost";
    case "multi":
      return "several buckets that are charged all or none";
    case "weighted":
      return "one rate shared among the flows that send";
    case "turner":
    case "event-counter":
      return "counting refused packets too";
    default:
      return "this meter";
  }
}

/** Why a system that only refuses cannot say a shaper. */
export function refusesOnly(system: string): string {
  return `${system} refuses and never delays: it cannot express a shaper; give the meter of the same bucket`;
}

/** What a bucket has that those of other systems lack, whatever it is written in. */
export function refusalOf({ check, initialLevel }: BucketDefinition): string | undefined {
  if (check !== "post") return `check ${check}: a packet's own size is always in its test`;
  return isZero(initialLevel) ? undefined : "a bucket that does not begin full";
}

/** "--by src" as far as one bucket for all is concerned. */
export function scopeRemark(by: string, one: string, wayOut: string): string[] {
  return by === "all" ? [] : [`${one} is one bucket for all that it sees, as --by all; for ${by} ${wayOut}`];
}
