// Traces of shapers: packets that try their edges, and what the definition says of them.
import * as fc from "fast-check";
import { createReferenceEngine } from "../../src/reference/meter.ts";
import { fraction, subtract, type Fraction } from "../../src/reference/rational.ts";
import type { EngineOptions, ShaperPolicy } from "../../src/types.ts";
import { expectEqual } from "./agreement.ts";
import { engineOptions, type EngineRow } from "./engines.ts";
import { drawnScripts, scripts, type Script } from "./moves.ts";
import { byNodeAndKey, FREE_KEYS, playBefore, type Judged } from "./play.ts";
import { runPackets, type Packet } from "./run.ts";
import { longestShaped, shaperEdges } from "./shapers.ts";

export interface ShapedTrace extends Judged {
  readonly policy: ShaperPolicy;
}

/** Traces of one policy: each is a flow of its own, and begins where the one before ended. */
export const FLOWS_A_POLICY = 4;
const FLOW_PACKETS_MAX = 16;
const PACKETS_MAX = 25;

/** Packets with any keys, before shapers. */
export function shapedTracesOf(
  policies: fc.Arbitrary<ShaperPolicy>,
  script: fc.Arbitrary<Script>,
  changes: Partial<EngineOptions> = {},
): fc.Arbitrary<ShapedTrace> {
  return fc.tuple(policies, script).map(([policy, moves]) => {
    const twin = createReferenceEngine(engineOptions(policy, { records: true, levels: true, ...changes }));
    const bounds = { edges: shaperEdges(policy), longest: longestShaped(policy) };
    const judged = playBefore(twin, bounds, moves, FREE_KEYS);
    const text = () => [policy.definition, ...judged.packets].map((part) => fc.stringify(part)).join("\n");
    return Object.assign({ policy, [fc.toStringMethod]: text }, judged);
  });
}

/** Anything goes. */
export const ANY_SCRIPT = scripts(PACKETS_MAX);

/** FLOWS_A_POLICY flows, one after the other, without gaps or lengths that are large by themselves. */
export const FLOW_SCRIPT: fc.Arbitrary<Script> = drawnScripts(FLOWS_A_POLICY * FLOW_PACKETS_MAX).map((script) => {
  const packets = Math.ceil(script.moves.length / FLOWS_A_POLICY);
  const moves = script.moves.map((move, index) => Object.assign({}, move, { key: Math.floor(index / packets) }));
  return { originNs: script.originNs, keyCount: FLOWS_A_POLICY, moves };
});

/**
 * Everything that an engine was asked of a trace is what the definition says. Without delays it is asked for no levels
 * either: the core shapes packets by another loop then.
 */
export function expectShaped(
  row: EngineRow,
  trace: ShapedTrace,
  cuts: readonly number[],
  options: Partial<EngineOptions>,
): void {
  const engine = row.create(
    engineOptions(trace.policy, { maxFlows: 200, levels: options.delays !== false, ...options }),
  );
  const outcome = runPackets(engine, trace.packets, cuts);
  const { outcome: judged } = trace;
  expectEqual(
    outcome,
    options.delays === false ? { ...judged, delays: [], reasons: [], levels: [] } : judged,
    row.name,
  );
  if (options.records === true) expectEqual(byNodeAndKey(engine.flows()), trace.flows, row.name);
}

/** A packet that was sent, at exact instants. */
export interface Sent {
  readonly packet: Packet;
  /** The clock at its arrival. */
  readonly arrivalNs: Fraction;
  readonly departureNs: Fraction;
}

/** The packets of each flow that were sent, in their order. */
export function sentByFlow({ policy, packets, outcome }: ShapedTrace): readonly (readonly Sent[])[] {
  const parts = policy.profile.departureParts;
  const flows = new Map<bigint, Sent[]>();
  let clockNs = 0n;
  for (const [index, packet] of packets.entries()) {
    if (packet.timeNs > clockNs) clockNs = packet.timeNs;
    const departure = outcome.departures[index];
    if (departure === null || departure === undefined) continue;
    const departureNs = subtract(fraction(departure.ns), fraction(departure.rest, parts));
    const sent = flows.get(packet.key) ?? [];
    flows.set(packet.key, sent);
    sent.push({ packet, arrivalNs: fraction(clockNs), departureNs });
  }
  return [...flows.values()];
}
