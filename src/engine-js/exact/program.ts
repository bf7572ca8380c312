import type { ChargeMode, CompiledPolicy, MeteringPolicy, MeterProfile, PacketClass, PathEntry } from "../../types.ts";
import { BucketSlot } from "./bucketslot.ts";
import { CounterSlot } from "./counterslot.ts";
import { oneBucketRules, type SlotProgram } from "./slotprogram.ts";
import type { WeightedGroup } from "./weightedgroup.ts";
import { groupOf, WeightedSlot } from "./weightedslot.ts";

/** Slots that one node can have: nodes and their slots are told apart by nodeId * NODE_SLOTS_MAX + slot. */
const NODE_SLOTS_MAX = 8;

/** One node of a path: consecutive slots, all of which are charged or none. */
export interface NodeProgram {
  readonly nodeId: number;
  /** Its first slot of the path. */
  readonly firstSlot: number;
  readonly slotCount: number;
  /** Of a borrowing tree: its second bucket limits what is borrowed from above. */
  readonly hasCeiling: boolean;
  /** A flow that does not begin drained is never dropped, for a new one would not equal it. */
  readonly beginsDrained: boolean;
}

/** What a packet of one class goes through, leaf first. */
export interface ClassProgram {
  readonly name: string;
  readonly action: PacketClass["action"];
  readonly charge: ChargeMode;
  /** The nodes lend to one another: a meter of another kind has no part in that, and is alone on its path. */
  readonly isBorrowing: boolean;
  readonly nodes: readonly NodeProgram[];
  readonly slots: readonly SlotProgram[];
  /** By slot: the node it is of, and what tells its entries from those of other slots with the same key. */
  readonly nodeOfSlot: readonly number[];
  readonly tags: readonly number[];
}

/** One program a class; a policy of one meter is one class with one node, 0. */
export function programsOf(policy: MeteringPolicy): readonly ClassProgram[] {
  const groups = new Map<number, WeightedGroup>();
  if (policy.meter !== "classes") {
    const leaf: ProgramNode = { nodeId: 0, policy };
    return [programOf({ name: policy.meter, action: "meter" }, [leaf], "all-or-none", groups)];
  }
  return policy.classes.map((one) => programOf(one, one.path, policy.charge, groups));
}

type ProgramNode = Pick<PathEntry, "nodeId" | "policy">;
type Groups = Map<number, WeightedGroup>;

function programOf(
  { name, action }: Pick<PacketClass, "name" | "action">,
  path: readonly ProgramNode[],
  charge: ChargeMode,
  groups: Groups,
): ClassProgram {
  const nodes: NodeProgram[] = [];
  const slots: SlotProgram[] = [];
  const nodeOfSlot: number[] = [];
  const tags: number[] = [];
  for (const [node, { nodeId, policy }] of path.entries()) {
    const { profiles } = policy;
    const hasCeiling = profiles[0]?.kernel === "two-buckets";
    const beginsDrained = profiles.every(({ buckets }) => buckets.every((bucket) => bucket.initialLevel === 0n));
    nodes.push({ nodeId, firstSlot: slots.length, slotCount: profiles.length, hasCeiling, beginsDrained });
    for (const [slot, profile] of profiles.entries()) {
      slots.push(slotOf(profile, groups));
      nodeOfSlot.push(node);
      tags.push(nodeId * NODE_SLOTS_MAX + slot);
    }
  }
  const isBorrowing = charge === "borrow" && path.every(({ policy }) => lends(policy));
  return { name, action, charge, isBorrowing, nodes, slots, nodeOfSlot, tags };
}

function lends({ definition: { kind } }: CompiledPolicy): boolean {
  return kind === "bucket" || kind === "borrow-node";
}

function slotOf(profile: MeterProfile, groups: Groups): SlotProgram {
  switch (profile.kernel) {
    case "one-bucket":
      return new BucketSlot(profile.buckets, oneBucketRules(false), false);
    case "two-buckets":
      return new BucketSlot(profile.buckets, profile.rules, profile.isCoupled);
    case "turner":
    case "event-counter":
      return new CounterSlot(profile);
    case "weighted": {
      const group = groups.get(profile.group) ?? groupOf(profile);
      groups.set(profile.group, group);
      return new WeightedSlot(profile, group);
    }
  }
}
