/** What the buckets that can refuse a packet are called, in the `reason` column and in reports. */
import {
  PATH_SLOTS_MAX,
  REASON_BLOCKED,
  REASON_BUCKET,
  REASON_COLOR_IN,
  REASON_LINK_FULL,
  REASON_MEMORY_FULL,
  REASON_NONE,
  REASON_OVERSIZE,
  REASON_QUEUE_FULL,
  REASON_UNTRACKED,
} from "../../assembly/abi.ts";
import type { CompiledPolicy, MeterDefinition, PathEntry, Policy } from "../types.ts";

/** Most buckets on the path of one class. */
export const BUCKET_NAMES_MAX = 2 * PATH_SLOTS_MAX;

type Named = Readonly<Record<Exclude<MeterDefinition["kind"], "multi">, readonly [string, string]>>;

const NAMES: Named = {
  bucket: ["rate", ""],
  turner: ["rate", ""],
  "event-counter": ["alarm", ""],
  srtcm: ["committed", "excess"],
  trtcm: ["peak", "committed"],
  "trtcm-4115": ["committed", "excess"],
  mef: ["committed", "excess"],
  dual: ["peak", "sustained"],
  "borrow-node": ["rate", "ceiling"],
  weighted: ["share", ""],
};

/** Names of a meter's buckets, two a slot. */
export function bucketNames({ definition, profiles }: CompiledPolicy): string[] {
  if (definition.kind !== "multi") return [...NAMES[definition.kind]];
  return Array.from({ length: 2 * profiles.length }, (_, index) => `bucket-${index + 1}`);
}

/** A node's buckets: by the node's name, and the bucket's where it has several. */
function entryNames({ name, policy }: PathEntry): string[] {
  const names = bucketNames(policy);
  const count = names.filter((bucket) => bucket !== "").length;
  return names.map((bucket) => (count === 1 ? name : `${name}/${bucket}`));
}

/** The two bounds of a shaper, which stand for two buckets. */
const SHAPER_NAMES = ["queue", "delay"];

/** For each class, the names at REASON_BUCKET and above. A policy of one meter has one class. */
export function reasonNames(policy: Policy): readonly (readonly string[])[] {
  if (policy.meter === "shaper") return [SHAPER_NAMES];
  if (policy.meter !== "classes") return [bucketNames(policy)];
  return policy.classes.map(({ path }) => path.flatMap(entryNames));
}

/** The words of the reasons that name no bucket, as assembly/text/reason.ts writes them. */
export const REASON_WORDS: Readonly<Record<number, string>> = {
  [REASON_NONE]: "",
  [REASON_OVERSIZE]: "oversize",
  [REASON_UNTRACKED]: "table-full",
  [REASON_COLOR_IN]: "color-in",
  [REASON_BLOCKED]: "blocked",
  [REASON_QUEUE_FULL]: "queue-full",
  [REASON_LINK_FULL]: "link-full",
  [REASON_MEMORY_FULL]: "memory-full",
};

/** Index in a class's names of the bucket that a reason names, or -1. */
export function bucketOfReason(reason: number): number {
  return reason >= REASON_BUCKET ? reason - REASON_BUCKET : -1;
}
