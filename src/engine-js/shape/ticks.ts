import type { ShaperProfile } from "../../types.ts";
import { Bucket } from "../exact/bucket.ts";
import { REASON_OVERSIZE } from "../outcome.ts";
import { freshFlow, QueueRule, REASON_QUEUE } from "./flowprogram.ts";
import type { Plan, ShapedFlow, ShaperProgram } from "./flowprogram.ts";
import type { Room } from "./waiting.ts";

type TickProfile = Extract<ShaperProfile, { kernel: "tick-shaper" }>;

/** A queue that is served by ticks, each of a quantum, counted from the flow's first packet. */
export class Ticks implements ShaperProgram {
  readonly #profile: TickProfile;
  readonly #bucket: Bucket;
  readonly #queue: QueueRule;
  readonly #room: Room;

  constructor(profile: TickProfile, room: Room) {
    this.#profile = profile;
    this.#bucket = new Bucket(profile.buckets[0]);
    this.#queue = new QueueRule(profile.queue);
    this.#room = room;
  }

  begin(nowNs: bigint): ShapedFlow {
    return freshFlow(nowNs, this.#profile.quantumUnits);
  }

  advance(flow: ShapedFlow, nowNs: bigint): void {
    flow.queue.advance(nowNs, this.#room);
    const { tickNs, quantumUnits } = this.#profile;
    const passed = nowNs > flow.lastNs ? (nowNs - flow.lastNs) / tickNs : 0n;
    if (passed === 0n) return;
    flow.lastNs += passed * tickNs;
    flow.level0 = quantumUnits;
  }

  /** Its ticks would begin anew. */
  isDrained(): boolean {
    return false;
  }

  plan({ lastNs, level0, queue }: ShapedFlow, lengthBytes: number, nowNs: bigint): Plan | number {
    const { tickNs, quantumUnits, carriesResidue, isImmediate, buckets } = this.#profile;
    const units = this.#bucket.costOf(lengthBytes);
    if (units > buckets[0].unitsMax) return REASON_OVERSIZE;
    if (!this.#queue.hasRoom(queue, units)) return REASON_QUEUE;
    const isIdle = nowNs >= lastNs;
    if (isIdle && isImmediate && units <= level0) return { ...this.#at(nowNs, level0 - units, 0n), lastNs };
    if (!isIdle && units <= level0) return this.#at(lastNs, level0 - units, this.#queue.keptOf(units, true));
    const kept = this.#queue.keptOf(units, true);
    if (!carriesResidue) return this.#at(lastNs + tickNs, quantumUnits - units, kept);
    // Who finds the queue empty and may not leave at once begins with a whole quantum.
    const left = isIdle && !isImmediate ? 0n : level0;
    const needed = (units - left + quantumUnits - 1n) / quantumUnits;
    const ticks = needed > 1n ? needed : 1n;
    return this.#at(lastNs + ticks * tickNs, left + ticks * quantumUnits - units, kept);
  }

  untilFits({ queue }: ShapedFlow, lengthBytes: number, nowNs: bigint): bigint {
    return this.#queue.untilRoom(queue, this.#bucket.costOf(lengthBytes), nowNs);
  }

  #at(departsNs: bigint, level0: bigint, kept: bigint): Plan {
    return { departsNs, rest: 0n, lastNs: departsNs, level0, level1: 0n, kept };
  }
}
