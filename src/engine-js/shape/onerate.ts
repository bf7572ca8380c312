import type { ShaperProfile } from "../../types.ts";
import { Bucket, waitOf } from "../exact/bucket.ts";
import { REASON_OVERSIZE } from "../outcome.ts";
import { drainedAt, freshFlow, NO_QUEUE, QueueRule, REASON_DELAY, REASON_QUEUE } from "./flowprogram.ts";
import type { Plan, ShapedFlow, ShaperProgram } from "./flowprogram.ts";
import type { Room } from "./waiting.ts";

type OneRateProfile = Extract<ShaperProfile, { kernel: "fluid-shaper" | "queue-shaper" }>;

/** Leaky bucket and token bucket: the level is what has not been sent, and a packet leaves when it is at the depth. */
export class OneRate implements ShaperProgram {
  readonly #bucket: Bucket;
  readonly #depthLevel: bigint;
  readonly #levelPerUnit: bigint;
  readonly #unitsMax: bigint;
  /** Highest level that a packet may find; null: any. Fluid queues only. */
  readonly #waitLevelMax: bigint | null;
  readonly #isFluid: boolean;
  readonly #queue: QueueRule;
  readonly #room: Room;

  constructor(profile: OneRateProfile, room: Room) {
    const [bucket] = profile.buckets;
    this.#bucket = new Bucket(bucket);
    this.#isFluid = profile.kernel === "fluid-shaper";
    this.#depthLevel = this.#isFluid ? 0n : bucket.depthLevel;
    this.#levelPerUnit = bucket.levelPerUnit;
    this.#unitsMax = bucket.unitsMax;
    this.#waitLevelMax = profile.kernel === "fluid-shaper" ? profile.waitLevelMax : null;
    this.#queue = profile.kernel === "queue-shaper" ? new QueueRule(profile.queue) : NO_QUEUE;
    this.#room = room;
  }

  begin(nowNs: bigint): ShapedFlow {
    return freshFlow(nowNs, 0n);
  }

  advance(flow: ShapedFlow, nowNs: bigint): void {
    flow.level0 = this.#bucket.lowered(flow.level0, nowNs - flow.lastNs);
    flow.lastNs = nowNs;
    flow.queue.advance(nowNs, this.#room);
  }

  isDrained({ level0 }: ShapedFlow): boolean {
    return level0 === 0n;
  }

  end({ queue }: ShapedFlow): void {
    queue.end(this.#room);
  }

  plan({ level0, queue }: ShapedFlow, lengthBytes: number, nowNs: bigint): Plan | number {
    const cost = this.#bucket.costOf(lengthBytes);
    const units = cost / this.#levelPerUnit;
    if (units > this.#unitsMax) return REASON_OVERSIZE;
    if (!this.#queue.hasRoom(queue, units)) return REASON_QUEUE;
    if (!this.#bucket.fits(level0, cost)) return this.#isFluid ? REASON_QUEUE : REASON_DELAY;
    if (this.#waitLevelMax !== null && level0 > this.#waitLevelMax) return REASON_DELAY;
    const level = level0 + cost;
    const steps = level > this.#depthLevel ? level - this.#depthLevel : 0n;
    const instant = drainedAt(nowNs, steps, this.#bucket.drainPerNs);
    const kept = this.#queue.keptOf(units, instant.departsNs > nowNs);
    return { ...instant, lastNs: nowNs, level0: level, level1: 0n, kept };
  }

  untilFits({ level0, queue }: ShapedFlow, lengthBytes: number, nowNs: bigint): bigint {
    const { drainPerNs } = this.#bucket;
    const cost = this.#bucket.costOf(lengthBytes);
    const bounded = waitOf(this.#bucket.excess(level0, cost), drainPerNs) ?? 0n;
    const prompt = this.#waitLevelMax === null ? 0n : (waitOf(level0 - this.#waitLevelMax, drainPerNs) ?? 0n);
    const room = this.#queue.untilRoom(queue, cost / this.#levelPerUnit, nowNs);
    return [bounded, prompt, room].reduce((latest, ns) => (ns > latest ? ns : latest));
  }
}
