/** From a policy to its classes, each with the meters on its path. */
import type { ChargeMode, CompiledPolicy, MeteringPolicy, PacketClass } from "../types.ts";
import { bucketsOf, createFlowMeter } from "./flowmeters.ts";
import { SLOT_BUCKETS, type MeterNode } from "./table.ts";
import { WeightedGroup } from "./weighted.ts";

/** A class of packets, ready to meter. */
export interface MeteredClass {
  readonly name: string;
  readonly action: PacketClass["action"];
  /** Leaf first. */
  readonly nodes: readonly MeterNode[];
  /** Level steps a unit of the leaf's first buckets: what the level columns are written in. */
  readonly levelScales: readonly bigint[];
}

export interface MeteredPolicy {
  readonly charge: ChargeMode;
  readonly classes: readonly MeteredClass[];
}

/** A policy of one meter is one class whose path is that meter. */
export function meteredPolicy(
  policy: MeteringPolicy,
  levelScalesOf: (policy: CompiledPolicy) => readonly bigint[],
): MeteredPolicy {
  const classes = policy.meter === "classes" ? policy.classes : [classOf(policy)];
  const charge = policy.meter === "classes" ? policy.charge : "all-or-none";
  const groups = groupsOf(classes, levelScalesOf);
  const groupOf = (group: number): WeightedGroup => groups.get(group)!;
  return {
    charge,
    classes: classes.map(({ name, action, path }) => ({
      name,
      action,
      nodes: path.map(({ nodeId, policy: { definition } }) => ({
        nodeId,
        meter: createFlowMeter(definition, charge, groupOf),
        slotCount: Math.ceil(bucketsOf(definition).length / SLOT_BUCKETS),
        isNeverDropped: bucketsOf(definition).some(({ initialLevel }) => initialLevel.num !== 0n),
      })),
      levelScales: path[0] === undefined ? [] : levelScalesOf(path[0].policy),
    })),
  };
}

function classOf(policy: CompiledPolicy): PacketClass {
  return { name: "", action: "meter", path: [{ nodeId: 0, name: "", keying: { by: "5-tuple" }, policy }] };
}

function groupsOf(
  classes: readonly PacketClass[],
  levelScalesOf: (policy: CompiledPolicy) => readonly bigint[],
): Map<number, WeightedGroup> {
  const groups = new Map<number, WeightedGroup>();
  for (const { policy } of classes.flatMap(({ path }) => path)) {
    const { definition } = policy;
    if (definition.kind !== "weighted" || groups.has(definition.group)) continue;
    const [levelPerUnit] = levelScalesOf(policy);
    const { bucket, groupWeights } = definition;
    groups.set(definition.group, new WeightedGroup(bucket.ratePerSec, groupWeights, levelPerUnit!));
  }
  return groups;
}
