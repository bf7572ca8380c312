// Traces: a policy, packets that try its edges, and what the definition says of them.
import * as fc from "fast-check";
import type { ClassPolicy, CompiledPolicy, MeteringPolicy } from "../../src/types.ts";
import { borrowPoliciesOf, KEY_BITS, type KeyedPolicy } from "./borrowpolicies.ts";
import { classPolicyOf, pathPoliciesOf } from "./classpolicies.ts";
import { policiesOf, type Flavor } from "./definitions.ts";
import { scripts, type Script } from "./moves.ts";
import { FREE_KEYS, playScript, type Judged, type Keying } from "./play.ts";
import type { Packet } from "./run.ts";
import { weightedPolicies } from "./weightedpolicies.ts";

export interface Trace<Of extends MeteringPolicy = MeteringPolicy> extends Judged {
  readonly policy: Of;
}

/** Sizes of successive batches. */
export const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });

export const PACKETS_MAX = 40;
/** Fewer where the twin searches for delays. */
const PATH_PACKETS_MAX = 25;

/** Packets with any keys. */
export function tracesOf<Of extends MeteringPolicy>(
  policies: fc.Arbitrary<Of>,
  script: fc.Arbitrary<Script> = scripts(PACKETS_MAX),
): fc.Arbitrary<Trace<Of>> {
  return fc.tuple(policies, script).map(([policy, moves]) => traceOf(policy, playScript(policy, moves, FREE_KEYS)));
}

/** Packets for trees that borrow: their sums hold only if each bucket has one parent. */
export function keyedTracesOf(policies: fc.Arbitrary<KeyedPolicy>): fc.Arbitrary<Trace<ClassPolicy>> {
  return fc
    .tuple(policies, scripts(PATH_PACKETS_MAX))
    .map(([{ policy, shifts }, moves]) => traceOf(policy, playScript(policy, moves, keyingBy(shifts))));
}

/** The bits of the key that are left. */
function keyAt(index: number, shift: number): bigint {
  return BigInt((index % 2 ** KEY_BITS) >>> shift);
}

function keyingBy(shifts: KeyedPolicy["shifts"]): Keying {
  const shiftAt = (classIndex: number, level: number) =>
    shifts[Math.min(classIndex, shifts.length - 1)]![level] ?? KEY_BITS;
  return {
    keyOf: ({ key, class: index }) => keyAt(key, shiftAt(index, 0)),
    nodeKeysOf: ({ key, class: index }) => [1, 2, 3].map((level) => keyAt(key, shiftAt(index, level))),
  };
}

/** Policies of one meter, of all kinds. */
export function meterTracesOf(flavor: Flavor): fc.Arbitrary<Trace<CompiledPolicy>> {
  return tracesOf(policiesOf(flavor));
}

/** Classes on paths, in a borrowing tree, in weighted groups, and on paths beside groups. */
export function classTracesOf(flavor: Flavor): fc.Arbitrary<Trace<ClassPolicy>> {
  const paths = pathPoliciesOf(flavor);
  const mixed = fc.tuple(paths, weightedPolicies).map(([one, other]) => beside(one, other));
  const script = scripts(PATH_PACKETS_MAX);
  return fc.oneof(
    { weight: 12, arbitrary: tracesOf(paths, script) },
    { weight: 6, arbitrary: keyedTracesOf(borrowPoliciesOf(flavor)) },
    // Groups make an engine large, so they are rare here.
    { weight: 1, arbitrary: tracesOf(weightedPolicies) },
    { weight: 1, arbitrary: tracesOf(mixed, script) },
  );
}

/** All policies there are. */
export function allTracesOf(flavor: Flavor): fc.Arbitrary<Trace> {
  return fc.oneof({ weight: 3, arbitrary: meterTracesOf(flavor) }, { weight: 2, arbitrary: classTracesOf(flavor) });
}

/** Ids of the second policy's nodes begin above those of the first. */
const OTHER_NODES = 100;

function beside(first: ClassPolicy, second: ClassPolicy): ClassPolicy {
  const others = second.classes.map((one) => ({
    ...one,
    path: one.path.map((entry) => ({ ...entry, nodeId: entry.nodeId + OTHER_NODES })),
  }));
  return classPolicyOf(first.charge, [...first.classes, ...others]);
}

/** A trace that prints itself as what is needed to see it fail. */
export function traceOf<Of extends MeteringPolicy>(policy: Of, judged: Judged): Trace<Of> {
  const text = (): string => [policyText(policy), ...judged.packets.map((packet) => fc.stringify(packet))].join("\n");
  return { policy, ...judged, [fc.toStringMethod]: text } as Trace<Of>;
}

function policyText(policy: MeteringPolicy): string {
  if (policy.meter !== "classes") return fc.stringify(policy.definition);
  const classes = policy.classes.map(({ action, path }) => ({
    action,
    path: path.map(({ nodeId, policy: { definition } }) => ({ nodeId, ...definition })),
  }));
  return fc.stringify({ charge: policy.charge, classes });
}

/** The packets of a trace as a meter's clock sees them: times that never decrease. */
export function ordered(packets: readonly Packet[]): Packet[] {
  let newestNs = 0n;
  return packets.map((packet) => {
    if (packet.timeNs > newestNs) newestNs = packet.timeNs;
    return { ...packet, timeNs: newestNs };
  });
}
