import type { QueueProfile } from "../../types.ts";
import { REASON_BUCKET } from "../outcome.ts";
import type { EntryProgram } from "../exact/entries.ts";
import { WaitingPackets, type Room } from "./waiting.ts";

/** Why a shaper drops a packet, besides REASON_OVERSIZE and REASON_MEMORY_FULL: its two bounds stand for two buckets. */
export const REASON_QUEUE = REASON_BUCKET;
export const REASON_DELAY = REASON_BUCKET + 1;

/** The state of one flow. All shapers share the shape. */
export interface ShapedFlow {
  /** Of ticks: the tick in which the last packet leaves. */
  lastNs: bigint;
  /** Of ticks: what that tick has left. */
  level0: bigint;
  level1: bigint;
  readonly queue: WaitingPackets;
}

/** A packet that may leave, before it is charged. */
export interface Plan {
  /** The exact instant is `rest` parts of a ns before `departsNs`. */
  readonly departsNs: bigint;
  readonly rest: bigint;
  /** The flow's state once it is charged. */
  readonly lastNs: bigint;
  readonly level0: bigint;
  readonly level1: bigint;
  /** What it counts in the queue; 0: it need not be kept. */
  readonly kept: bigint;
}

/** What one shaper does, on integers of any size. Everything but `begin` and `advance` expects a flow at the clock. */
export interface ShaperProgram extends EntryProgram<ShapedFlow> {
  /** When the packet would leave, or why it is dropped (REASON_*); changes nothing. */
  plan(flow: ShapedFlow, lengthBytes: number, nowNs: bigint): Plan | number;
  /** Ns until a packet that was dropped for a bound would not be; 0: now. */
  untilFits(flow: ShapedFlow, lengthBytes: number, nowNs: bigint): bigint;
}

/** The queue of a profile: what packets count in it, and how much may wait. */
export class QueueRule {
  readonly #limit: bigint | null;
  readonly #countsPackets: boolean;

  constructor({ limit, countsPackets }: QueueProfile) {
    this.#limit = limit;
    this.#countsPackets = countsPackets;
  }

  countedOf(units: bigint): bigint {
    return this.#countsPackets ? 1n : units;
  }

  hasRoom({ filled }: WaitingPackets, units: bigint): boolean {
    return this.#limit === null || filled + this.countedOf(units) <= this.#limit;
  }

  /** What a packet counts that has to be kept because it waits; 0: none of it. */
  keptOf(units: bigint, waits: boolean): bigint {
    return this.#limit === null || !waits ? 0n : this.countedOf(units);
  }

  untilRoom(queue: WaitingPackets, units: bigint, nowNs: bigint): bigint {
    return this.#limit === null ? 0n : queue.untilRoom(this.#limit, this.countedOf(units), nowNs);
  }
}

/** Of a queue that counts what is not sent yet: the level says all. */
export const NO_QUEUE = new QueueRule({ limit: null, countsPackets: false });

/** The packet leaves as planned. */
export function charge(flow: ShapedFlow, { departsNs, lastNs, level0, level1, kept }: Plan, room: Room): void {
  flow.lastNs = lastNs;
  flow.level0 = level0;
  flow.level1 = level1;
  if (kept > 0n) flow.queue.append(departsNs, kept, room);
}

/** A flow that has had no packet. */
export function freshFlow(nowNs: bigint, level0: bigint): ShapedFlow {
  return { lastNs: nowNs, level0, level1: 0n, queue: new WaitingPackets() };
}

/** Instant of a level that drains from now on, in parts of a ns: the whole ns after it, and how long before that. */
export function drainedAt(nowNs: bigint, level: bigint, drainPerNs: bigint): { departsNs: bigint; rest: bigint } {
  const waitNs = (level + drainPerNs - 1n) / drainPerNs;
  return { departsNs: nowNs + waitNs, rest: waitNs * drainPerNs - level };
}
