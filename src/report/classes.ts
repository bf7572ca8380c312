/** Totals of the classes of a policy, and of the nodes that they share. */
import { classStatsOf } from "../core/classstats.ts";
import { hasOwnMeter } from "../trace/labels.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { ClassPolicy, ClassStats, Count, PacketClass } from "../types.ts";
import { countJson } from "./number.ts";
import {
  colorsJson,
  countOf,
  countWithoutFlow,
  labelOf,
  recordJson,
  recordsOf,
  type RecordTotals,
  withSum,
} from "./records.ts";
import type { Surveys } from "./survey.ts";

/** A node of a path, and what it refused. */
interface Refusals extends Count {
  readonly node: string;
}

export interface ClassSummary extends Count, Omit<ClassStats, "refusedBy"> {
  readonly action: PacketClass["action"];
  /** Of its own meter, tracked at the end. */
  readonly flows: number;
  /** Leaf first. */
  readonly refusedBy: readonly Refusals[];
}

/** Sums over the classes that go through the node. */
export interface NodeSummary extends Count {
  readonly name: string;
  /** Tracked at the end. */
  readonly instances: number;
  readonly green: Count;
  readonly yellow: Count;
  readonly red: Count;
  /** Red because of this node. */
  readonly refused: Count;
  readonly top: readonly RecordTotals[];
}

type NodeSums = Pick<NodeSummary, "green" | "yellow" | "red" | "refused">;

const NOTHING: Count = { packets: 0n, bytes: 0n };

function plus(left: Count, right: Count): Count {
  return { packets: left.packets + right.packets, bytes: left.bytes + right.bytes };
}

function minus(left: Count, right: Count): Count {
  return { packets: left.packets - right.packets, bytes: left.bytes - right.bytes };
}

/** The classes in the order of the policy. */
export function summarizeClasses(meter: CaptureMeter, policy: ClassPolicy, surveys: Surveys): ClassSummary[] {
  const stats = classStatsOf(meter.core, policy);
  return policy.classes.map((packetClass, index) => summarizeClass(packetClass, stats[index]!, surveys));
}

function summarizeClass({ name, action, path }: PacketClass, stats: ClassStats, surveys: Surveys): ClassSummary {
  const { oversize, untracked, refusedBy } = stats;
  return {
    name,
    action,
    flows: surveys.flowsOfClass.get(name) ?? 0,
    ...withSum(stats),
    oversize,
    untracked,
    refusedBy: path.map((entry, node) => {
      const { packets, bytes } = refusedBy[node]!;
      return { node: entry.name, packets, bytes };
    }),
  };
}

/** The nodes in the order in which the classes name them. */
export function summarizeNodes(
  { classes }: ClassPolicy,
  summaries: readonly ClassSummary[],
  { nodes }: Surveys,
): NodeSummary[] {
  const sums = new Map<string, NodeSums>();
  for (const [index, packetClass] of classes.entries()) {
    const { green, yellow, red, refusedBy } = summaries[index]!;
    for (const { node, ...refused } of refusedBy.slice(hasOwnMeter(packetClass) ? 1 : 0)) {
      const sum = sums.get(node) ?? { green: NOTHING, yellow: NOTHING, red: NOTHING, refused: NOTHING };
      sums.set(node, {
        green: plus(sum.green, green),
        yellow: plus(sum.yellow, yellow),
        red: plus(sum.red, red),
        refused: plus(sum.refused, refused),
      });
    }
  }
  const summarizeNode = ([name, sum]: readonly [string, NodeSums]): NodeSummary => {
    const { count = 0, worst = [] } = nodes.get(name) ?? {};
    return { name, instances: count, ...withSum(sum), refused: sum.refused, top: worst };
  };
  return [...sums].map(summarizeNode);
}

/**
 * Packets of flows that were dropped to make room. The core counts a packet once for each record on its path that was
 * dropped; of flows alone it is what is missing among the flows that are there.
 */
export function evictedOfClasses(meter: CaptureMeter, policy: ClassPolicy, classes: readonly ClassSummary[]): Count {
  let missing = minus(NOTHING, countWithoutFlow(meter));
  for (const [index, packetClass] of policy.classes.entries()) {
    const { untracked, ...total } = classes[index]!;
    missing = plus(missing, total);
    // Where the path begins with a node, that has the packets.
    if (packetClass.path.length > 0 && !hasOwnMeter(packetClass)) missing = minus(missing, minus(total, untracked));
  }
  for (const index of recordsOf(meter)) {
    if (labelOf(meter, index)?.kind === "flow") missing = minus(missing, countOf(meter, index));
  }
  return missing;
}

/** A class as it stands in JSON. */
export function classJson(summary: ClassSummary): Record<string, unknown> {
  const { name, action, flows, oversize, untracked, refusedBy } = summary;
  return {
    name,
    action,
    flows,
    ...colorsJson(summary),
    oversize: countJson(oversize),
    untracked: countJson(untracked),
    refusedBy: refusedBy.map(refusalsJson),
  };
}

function refusalsJson({ node, ...refused }: Refusals): Record<string, unknown> {
  return { node, ...countJson(refused) };
}

/** A node as it stands in JSON. */
export function nodeJson(summary: NodeSummary): Record<string, unknown> {
  const { name, instances, refused, top } = summary;
  return { name, instances, ...colorsJson(summary), refused: countJson(refused), top: top.map(recordJson) };
}
