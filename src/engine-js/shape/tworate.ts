import type { ShaperProfile } from "../../types.ts";
import { Bucket, waitOf } from "../exact/bucket.ts";
import { REASON_OVERSIZE } from "../outcome.ts";
import { drainedAt, freshFlow, QueueRule, REASON_DELAY, REASON_QUEUE } from "./flowprogram.ts";
import type { Plan, ShapedFlow, ShaperProgram } from "./flowprogram.ts";
import type { Room } from "./waiting.ts";

type TwoRateProfile = Extract<ShaperProfile, { kernel: "two-rate-shaper" }>;

/** Two token buckets before one queue, in level steps of one drain. */
export class TwoRate implements ShaperProgram {
  readonly #buckets: readonly [Bucket, Bucket];
  readonly #depths: readonly [bigint, bigint];
  readonly #levelPerUnit: bigint;
  readonly #unitsMax: bigint;
  readonly #queue: QueueRule;
  readonly #room: Room;

  constructor({ buckets: [first, second], queue }: TwoRateProfile, room: Room) {
    this.#buckets = [new Bucket(first), new Bucket(second)];
    this.#depths = [first.depthLevel, second.depthLevel];
    this.#levelPerUnit = first.levelPerUnit;
    this.#unitsMax = first.unitsMax;
    this.#queue = new QueueRule(queue);
    this.#room = room;
  }

  begin(nowNs: bigint): ShapedFlow {
    return freshFlow(nowNs, 0n);
  }

  advance(flow: ShapedFlow, nowNs: bigint): void {
    const [first, second] = this.#buckets;
    flow.level0 = first.lowered(flow.level0, nowNs - flow.lastNs);
    flow.level1 = second.lowered(flow.level1, nowNs - flow.lastNs);
    flow.lastNs = nowNs;
    flow.queue.advance(nowNs, this.#room);
  }

  isDrained({ level0, level1 }: ShapedFlow): boolean {
    return level0 === 0n && level1 === 0n;
  }

  end({ queue }: ShapedFlow): void {
    queue.end(this.#room);
  }

  plan({ level0, level1, queue }: ShapedFlow, lengthBytes: number, nowNs: bigint): Plan | number {
    const [first, second] = this.#buckets;
    const cost0 = first.costOf(lengthBytes);
    const cost1 = second.costOf(lengthBytes);
    const units = cost0 / this.#levelPerUnit;
    if (units > this.#unitsMax) return REASON_OVERSIZE;
    if (!this.#queue.hasRoom(queue, units)) return REASON_QUEUE;
    if (!first.fits(level0, cost0) || !second.fits(level1, cost1)) return REASON_DELAY;
    const above = [level0 + cost0 - this.#depths[0], level1 + cost1 - this.#depths[1]];
    const steps = above.reduce((most, next) => (next > most ? next : most), 0n);
    const instant = drainedAt(nowNs, steps, first.drainPerNs);
    const kept = this.#queue.keptOf(units, instant.departsNs > nowNs);
    // Tokens are taken at the departure: a bucket that is full before begins there.
    const charged = { level0: larger(level0, steps) + cost0, level1: larger(level1, steps) + cost1 };
    return { ...instant, lastNs: nowNs, ...charged, kept };
  }

  untilFits({ level0, level1, queue }: ShapedFlow, lengthBytes: number, nowNs: bigint): bigint {
    const [first, second] = this.#buckets;
    const wait0 = waitOf(first.excess(level0, first.costOf(lengthBytes)), first.drainPerNs) ?? 0n;
    const wait1 = waitOf(second.excess(level1, second.costOf(lengthBytes)), second.drainPerNs) ?? 0n;
    const room = this.#queue.untilRoom(queue, first.costOf(lengthBytes) / this.#levelPerUnit, nowNs);
    return larger(larger(wait0, wait1), room);
  }
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
