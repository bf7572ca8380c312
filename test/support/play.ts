// Makes the packets of a script for a policy, and has the twin judge them on the way.
import { createReferenceEngine } from "../../src/reference/meter.ts";
import type { ClassStats, FlowRecord, MeterEngine, MeterStats, MeteringPolicy } from "../../src/types.ts";
import { edgesOf, lengthOf, longestOf, timeAfter, type Edge } from "./edges.ts";
import { engineOptions } from "./engines.ts";
import { KEYS, TIME_MAX, type Move, type Script } from "./moves.ts";
import { runPackets, type Outcome, type Packet } from "./run.ts";

const RED = 2;

/** The keys of a packet and of the nodes above its flow. */
export interface Keying {
  keyOf(move: Move, keyCount: number): bigint;
  nodeKeysOf(move: Move): readonly bigint[];
}

/** Any key may lie below any other. */
export const FREE_KEYS: Keying = {
  keyOf: ({ key }, keyCount) => KEYS[key % keyCount]!,
  nodeKeysOf: ({ nodes }) => nodes.map((index) => KEYS[index]!),
};

/** Packets, and what the definition says of them. */
export interface Judged {
  readonly packets: readonly Packet[];
  readonly outcome: Outcome;
  readonly flows: readonly FlowRecord[];
  readonly classStats: readonly ClassStats[];
}

/** A packet that was red, and when it would not have been. */
interface Refusal {
  readonly packet: Packet;
  readonly readyNs: bigint;
}

/** Some packets come just when the last refused one would have conformed, or a nanosecond before. */
export function playScript(policy: MeteringPolicy, script: Script, keying: Keying): Judged {
  const twin = createReferenceEngine(engineOptions(policy, { records: true, levels: hasLevels(policy) }));
  return playBefore(twin, { edges: edgesOf(policy), longest: longestOf(policy) }, script, keying);
}

/** What lengths and gaps are derived from. */
export interface Bounds {
  readonly edges: readonly Edge[];
  readonly longest: bigint;
}

/** The same before a twin that has been made. */
export function playBefore(
  twin: MeterEngine,
  { edges, longest }: Bounds,
  { originNs, keyCount, moves }: Script,
  keying: Keying,
): Judged {
  const packets: Packet[] = [];
  const outcomes: Outcome[] = [];
  let timeNs = originNs;
  let clockNs = 0n;
  let refusal: Refusal | null = null;
  for (const move of moves) {
    const edge = edges[move.edge % edges.length]!;
    const fresh = {
      timeNs: timeAfter(timeNs, edge, move),
      length: lengthOf(move, edge, longest),
      key: keying.keyOf(move, keyCount),
      colorIn: move.colorIn,
      class: move.class,
      nodeKeys: keying.nodeKeysOf(move),
    };
    const packet: Packet = again(refusal, move, timeNs) ?? fresh;
    timeNs = packet.timeNs;
    if (timeNs > clockNs) clockNs = timeNs;
    const outcome = runPackets(twin, [packet]);
    const delayNs = outcome.delays[0]!;
    if (outcome.colors[0] === RED && delayNs < TIME_MAX - clockNs) refusal = { packet, readyNs: clockNs + delayNs };
    packets.push(packet);
    outcomes.push(outcome);
  }
  const flows = byNodeAndKey(twin.flows());
  return { packets, outcome: joined(outcomes, twin.stats()), flows, classStats: twin.classStats() };
}

/** The refused packet again, if that is what comes next. */
function again(refusal: Refusal | null, { gap }: Move, timeNs: bigint): Packet | null {
  if (refusal === null || (gap !== "ready" && gap !== "almostReady")) return null;
  const atNs = gap === "ready" ? refusal.readyNs : refusal.readyNs - 1n;
  return { ...refusal.packet, timeNs: atNs > timeNs ? atNs : timeNs };
}

function joined(outcomes: readonly Outcome[], stats: MeterStats): Outcome {
  return {
    colors: outcomes.flatMap(({ colors }) => colors),
    delays: outcomes.flatMap(({ delays }) => delays),
    reasons: outcomes.flatMap(({ reasons }) => reasons),
    departures: outcomes.flatMap(({ departures }) => departures),
    levels: outcomes.flatMap(({ levels }) => levels),
    stats,
  };
}

/** Level columns are of policies of one meter in one slot. */
export function hasLevels(policy: MeteringPolicy): boolean {
  return policy.meter !== "classes" && policy.profiles.length === 1 && policy.profiles[0]!.kernel !== "weighted";
}

/** Records in an order that does not depend on the engine. */
export function byNodeAndKey(flows: Iterable<FlowRecord>): readonly FlowRecord[] {
  return [...flows].toSorted((a, b) => a.nodeId - b.nodeId || (a.key < b.key ? -1 : 1));
}
