// The same traffic otherwise: in other units and times, or under a policy that means the same.
import { divide, fraction, multiply, type Fraction } from "../../src/reference/rational.ts";
import type {
  BucketDefinition,
  ClassPolicy,
  CompiledPolicy,
  MeterDefinition,
  MeteringPolicy,
} from "../../src/types.ts";
import { compiledWithPeers } from "./classpolicies.ts";
import { compiledFromDefinition } from "./profile.ts";
import type { Packet } from "./run.ts";

/** Bytes, and ns, that one of before becomes; and ns that all comes later. */
export interface Scale {
  readonly bytes: bigint;
  readonly ns: bigint;
  readonly shiftNs: bigint;
}

export function scaledPackets(packets: readonly Packet[], { bytes, ns, shiftNs }: Scale): Packet[] {
  return packets.map((packet) => ({
    ...packet,
    timeNs: packet.timeNs * ns + shiftNs,
    length: packet.length * Number(bytes),
  }));
}

/** Units that one unit becomes: packets stay packets. */
function unitScale({ costRule }: BucketDefinition, { bytes }: Scale): Fraction {
  return fraction(costRule.cost === "bytes" ? bytes : 1n);
}

function scaledBucket(bucket: BucketDefinition, scale: Scale): BucketDefinition {
  const units = unitScale(bucket, scale);
  const { overheadBytes, minLengthBytes } = bucket.costRule;
  return {
    check: bucket.check,
    ratePerSec: divide(multiply(bucket.ratePerSec, units), fraction(scale.ns)),
    depth: multiply(bucket.depth, units),
    threshold: multiply(bucket.threshold, units),
    initialLevel: multiply(bucket.initialLevel, units),
    costRule: {
      ...bucket.costRule,
      overheadBytes: overheadBytes * Number(scale.bytes),
      minLengthBytes: minLengthBytes * Number(scale.bytes),
    },
  };
}

/** A meter of the scaled traffic. */
function scaledDefinition(definition: MeterDefinition, scale: Scale): MeterDefinition {
  const scaled = (bucket: BucketDefinition) => scaledBucket(bucket, scale);
  switch (definition.kind) {
    case "bucket":
    case "weighted":
      return { ...definition, bucket: scaled(definition.bucket) };
    case "turner": {
      const units = unitScale(definition.bucket, scale);
      return { ...definition, bucket: scaled(definition.bucket), cap: multiply(definition.cap, units) };
    }
    case "event-counter": {
      const units = unitScale(definition.bucket, scale);
      const [cap, clear] = [multiply(definition.cap, units), multiply(definition.clear, units)];
      return { ...definition, bucket: scaled(definition.bucket), cap, clear };
    }
    case "srtcm":
    case "mef":
    case "trtcm-4115":
      return { ...definition, committed: scaled(definition.committed), excess: scaled(definition.excess) };
    case "trtcm":
      return { ...definition, peak: scaled(definition.peak), committed: scaled(definition.committed) };
    case "dual":
      return { ...definition, peak: scaled(definition.peak), sustained: scaled(definition.sustained) };
    case "borrow-node":
      return { ...definition, bucket: scaled(definition.bucket), ceiling: scaled(definition.ceiling) };
    case "multi":
      return { ...definition, buckets: definition.buckets.map(scaled) };
  }
}

/** The policy of the scaled traffic. Throws ConfigError when its numbers get too large. */
export function scaledPolicy(policy: MeteringPolicy, scale: Scale): MeteringPolicy {
  if (policy.meter !== "classes") return compiledFromDefinition(scaledDefinition(policy.definition, scale));
  return mapEntries(policy, ({ definition }, others) => {
    const peers = others.map((other) => scaledDefinition(other.definition, scale));
    return compiledWithPeers(scaledDefinition(definition, scale), peers.flatMap(levelsOf));
  });
}

/** Levels of a bucket's other policies that are whole in its scale. */
function levelsOf(definition: MeterDefinition): readonly Fraction[] {
  return definition.kind === "bucket" || definition.kind === "weighted"
    ? [definition.bucket.depth, definition.bucket.threshold]
    : [];
}

/** The same classes with other meters; `others` are those that share a node or a group with the one at hand. */
function mapEntries(
  policy: ClassPolicy,
  change: (policy: CompiledPolicy, others: readonly CompiledPolicy[]) => CompiledPolicy,
): ClassPolicy {
  const entries = policy.classes.flatMap(({ path }) => path);
  const classes = policy.classes.map((one) => ({
    ...one,
    path: one.path.map((entry) => {
      const others = entries.filter((other) => other.nodeId === entry.nodeId || isOfGroup(entry.policy, other.policy));
      return {
        ...entry,
        policy: change(
          entry.policy,
          others.map((other) => other.policy),
        ),
      };
    }),
  }));
  return { ...policy, classes };
}

function isOfGroup({ definition: one }: CompiledPolicy, { definition: other }: CompiledPolicy): boolean {
  return one.kind === "weighted" && other.kind === "weighted" && one.group === other.group;
}

/** A class policy with the nodes of each path in another order. */
export interface Reordering {
  readonly policy: ClassPolicy;
  readonly packets: readonly Packet[];
}

/** Turns the paths round by so many places, and the packets' keys with them. */
export function reordered({ policy, packets }: Reordering, turns: readonly number[]): Reordering {
  const turnOf = (classIndex: number) => turns[classIndex % turns.length]!;
  const classes = policy.classes.map((one, index) => ({ ...one, path: turned(one.path, turnOf(index)) }));
  return {
    policy: { ...policy, classes },
    packets: packets.map((packet) => {
      const index = Math.min(packet.class!, policy.classes.length - 1);
      const { length } = policy.classes[index]!.path;
      const keys = [packet.key, ...packet.nodeKeys!];
      const [key = packet.key, ...nodeKeys] = [...turned(keys.slice(0, length), turnOf(index)), ...keys.slice(length)];
      return { ...packet, key, nodeKeys };
    }),
  };
}

/** The items turned round; odd turns are reversed as well. */
function turned<Item>(items: readonly Item[], turns: number): Item[] {
  if (items.length === 0) return [];
  const places = turns % items.length;
  const round = [...items.slice(places), ...items.slice(0, places)];
  return turns % 2 === 0 ? round : round.toReversed();
}
