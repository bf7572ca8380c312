/** What all meters have in common. Each algorithm is one file that makes a FlowMeter of its definition. */
import type { Color, MeterDefinition } from "../types.ts";
import type { Fraction } from "./rational.ts";

export const GREEN = 0;
export const YELLOW = 1;
export const RED = 2;

/** The definition of one kind of meter. */
export type Definition<Kind extends MeterDefinition["kind"]> = Extract<MeterDefinition, { kind: Kind }>;

/** A packet as a meter sees it. */
export interface Packet {
  readonly lengthBytes: number;
  readonly colorIn: Color;
}

/** What kept a packet from being green: one of the meter's buckets by its index, or the color it arrived with. */
export type Reason = number | "color-in";

export interface Answer<State> {
  readonly color: Color;
  readonly reason: Reason | null;
  /** The flow's state after the packet. */
  readonly next: State;
}

/** One meter. It keeps nothing itself: a flow's state is handed in, and its successor handed back. */
export interface FlowMeter<State> {
  /** The state of a flow at its first packet. */
  fresh(nowNs: bigint): State;
  /** The state of a flow that has been idle for ever. */
  drained(nowNs: bigint): State;
  /** Meters a packet at a time that is not before the state's. */
  offer(state: State, packet: Packet, nowNs: bigint): Answer<State>;
  /** Of a packet that is red now: how much later it would not have been, with nothing before it. Null: never. */
  delayNs(state: State, packet: Packet, nowNs: bigint): bigint | null;
  /** The level of each bucket at this time. */
  levels(state: State, nowNs: bigint): readonly Fraction[];
  /** Whether an alarm is on, of meters that have one. */
  isAlarm?(state: State): boolean;
  /** What a node of a borrowing tree offers besides. */
  readonly lending?: Lending<State>;
}

/** The parts of a borrowing node that its tree asks. */
export interface Lending<State> {
  /** Whether the packet fits the node's own rate: it lends, or sends by itself. */
  hasRoom(state: State, packet: Packet, nowNs: bigint): boolean;
  /** Whether the node may send the packet with what a node above it lends. */
  mayBorrow(state: State, packet: Packet, nowNs: bigint): boolean;
  /** The state after the packet, which is always charged to a ceiling. */
  charged(state: State, packet: Packet, nowNs: bigint, chargesRate: boolean): State;
}

/** The packet is green. */
export function asGreen<State>(next: State): Answer<State> {
  return { color: GREEN, reason: null, next };
}

/** The packet is yellow. */
export function asYellow<State>(reason: Reason, next: State): Answer<State> {
  return { color: YELLOW, reason, next };
}

/** The packet is red. */
export function asRed<State>(reason: Reason, next: State): Answer<State> {
  return { color: RED, reason, next };
}

/** The color that a packet is taken to have arrived with: to a color-blind meter every packet is green. */
export function precolor(isAware: boolean, packet: Packet): Color {
  return isAware ? packet.colorIn : GREEN;
}
