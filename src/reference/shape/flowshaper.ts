/** What all shapers have in common. Each algorithm is one file that makes a FlowShaper of its definition. */
import type { QueueBounds, ShaperDefinition } from "../../types.ts";
import { add, atMost, divide, fraction, isBelow, multiply, sum, type Fraction } from "../rational.ts";

const NS_PER_SEC = fraction(1_000_000_000n);

/** The definition of one kind of shaper. */
export type Definition<Kind extends ShaperDefinition["kind"]> = Extract<ShaperDefinition, { kind: Kind }>;

/** A packet that was taken: what it costs, and when it has left. */
export interface Taken {
  readonly units: bigint;
  readonly departsNs: Fraction;
}

/** Why a packet is dropped: it can never be sent, the queue has no room, it would wait too long. */
export type Drop = "oversize" | "queue" | "delay";

export type Offered<State> =
  | { readonly drop: Drop }
  /** `departsNs` is at or after now. `next`: the flow's state after the packet. */
  | { readonly drop: null; readonly departsNs: Fraction; readonly next: State };

/** One shaper. It keeps nothing itself: a flow's state is handed in, and its successor handed back. */
export interface FlowShaper<State> {
  /** The state of a flow at its first packet. */
  fresh(nowNs: bigint): State;
  /** Offers a packet of so many units at a time that is not before the state's. A drop changes nothing. */
  offer(state: State, units: bigint, nowNs: bigint): Offered<State>;
  /** Whole packets that wait at this time: a departure at the instant comes first. */
  waiting(state: State, nowNs: bigint): readonly Taken[];
  /** The level of the first bucket at this time, in units; of ticks what is left of the quantum. */
  level(state: State, nowNs: bigint): Fraction;
  /** Whether no later packet could tell the flow from a new one. */
  isAsNew(state: State, nowNs: bigint): boolean;
}

/** What a rate sends in so many nanoseconds. */
export function sentIn(ratePerSec: Fraction, durationNs: Fraction): Fraction {
  return multiply(ratePerSec, divide(durationNs, NS_PER_SEC));
}

/** How long a rate takes for so many units, in nanoseconds. */
export function timeFor(ratePerSec: Fraction, units: Fraction): Fraction {
  return multiply(divide(units, ratePerSec), NS_PER_SEC);
}

/** Those of the packets that have not left. */
export function stillThere(taken: readonly Taken[], nowNs: bigint): readonly Taken[] {
  return taken.filter(({ departsNs }) => isBelow(fraction(nowNs), departsNs));
}

/** What packets fill of a queue of whole ones. */
export function fillOf({ count }: QueueBounds, packets: readonly Pick<Taken, "units">[]): Fraction {
  return count === "packets" ? fraction(BigInt(packets.length)) : sum(packets.map(({ units }) => fraction(units)));
}

/** Whether a queue that is filled so far has room for so much more. */
export function hasRoom({ limit }: QueueBounds, filled: Fraction, more: Fraction): boolean {
  return limit === null || atMost(add(filled, more), limit);
}

/** Whether a wait is not too long. */
export function isPrompt({ delayMaxNs }: QueueBounds, waitNs: Fraction): boolean {
  return delayMaxNs === null || atMost(waitNs, delayMaxNs);
}
