/** The way of a packet from its flow's meter, the leaf, through the nodes above it to the root. */
import type { ChargeMode, Color } from "../types.ts";
import { GREEN, RED, type FlowMeter, type Lending, type Packet, type Reason } from "./flowmeter.ts";
import { leastDelayNs } from "./time.ts";

/** A node with the state of its meter. */
export interface PathNode {
  readonly meter: FlowMeter<unknown>;
  readonly state: unknown;
}

export interface PathAnswer {
  /** The worst of all nodes' colors. */
  readonly color: Color;
  /** The first node from the leaf that says so, unless all say green, and its reason. */
  readonly because: { readonly nodeIndex: number; readonly reason: Reason } | null;
  /** The nodes' states after the packet. */
  readonly next: readonly unknown[];
}

/**
 * Offers a packet to the path. A meter without nodes above charges by its own rule, whatever the mode.
 * "all-or-none": a red node keeps all from being charged. "series": nodes are charged up to the first red one.
 */
export function offerToPath(charge: ChargeMode, path: readonly PathNode[], packet: Packet, nowNs: bigint): PathAnswer {
  if (charge === "borrow" && path.length > 1) return offerToLenders(path, packet, nowNs);
  let because: PathAnswer["because"] = null;
  let worst: Color = GREEN;
  let { colorIn } = packet;
  const next = path.map(({ state }) => state);
  for (const [nodeIndex, { meter, state }] of path.entries()) {
    // Each node sees the color that the one below it gave.
    const answer = meter.offer(state, { ...packet, colorIn }, nowNs);
    next[nodeIndex] = answer.next;
    if (answer.color > worst && answer.reason !== null) {
      worst = answer.color;
      because = { nodeIndex, reason: answer.reason };
    }
    if (worst === RED) break;
    colorIn = answer.color;
  }
  const changesNothing = charge === "all-or-none" && worst === RED && path.length > 1;
  return { color: worst, because, next: changesNothing ? path.map(({ state }) => state) : next };
}

/**
 * The first node from the leaf that has room lends, if every node below it may borrow; it and all above it are
 * charged, and the ceilings of all. Without a lender the leaf is said to refuse.
 */
function offerToLenders(path: readonly PathNode[], packet: Packet, nowNs: bigint): PathAnswer {
  const nodes = path.map(({ meter, state }) => ({ lending: lendingOf(meter), state }));
  const lender = nodes.findIndex(
    ({ lending, state }, index) =>
      lending.hasRoom(state, packet, nowNs) &&
      nodes.slice(0, index).every((below) => below.lending.mayBorrow(below.state, packet, nowNs)),
  );
  if (lender < 0) {
    return { color: RED, because: { nodeIndex: 0, reason: 0 }, next: path.map(({ state }) => state) };
  }
  const next = nodes.map(({ lending, state }, index) => lending.charged(state, packet, nowNs, index >= lender));
  return { color: GREEN, because: null, next };
}

/** Whether the packet would be red even if every bucket of the path had drained. */
export function isHopeless(charge: ChargeMode, path: readonly PathNode[], packet: Packet): boolean {
  const drained = path.map(({ meter }) => ({ meter, state: meter.drained(0n) }));
  return offerToPath(charge, drained, packet, 0n).color === RED;
}

/**
 * Of a packet that is red now: the least delay with which it would not have been, had nothing else come. Draining
 * makes no node's color worse, and no better color of a child makes its parent's worse: so what holds after a delay
 * holds after longer ones, and can be searched for.
 */
export function pathDelayNs(
  charge: ChargeMode,
  path: readonly PathNode[],
  packet: Packet,
  nowNs: bigint,
): bigint | null {
  const [leaf] = path;
  if (path.length === 1 && leaf !== undefined) return leaf.meter.delayNs(leaf.state, packet, nowNs);
  if (isHopeless(charge, path, packet)) return null;
  return leastDelayNs((delayNs) => offerToPath(charge, path, packet, nowNs + delayNs).color !== RED);
}

function lendingOf({ lending }: FlowMeter<unknown>): Lending<unknown> {
  if (lending === undefined) throw new RangeError("a borrowing tree has nodes of one bucket, or of rate and ceiling");
  return lending;
}
