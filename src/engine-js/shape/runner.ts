import { QUEUED_PACKETS_DEFAULT } from "../../../assembly/abi/shaper.ts";
import type { ClassStats, EngineOptions, FlowRecord, ShaperPolicy, ShaperProfile } from "../../types.ts";
import type { EngineColumns } from "../columns.ts";
import { Entries, type EntryPath } from "../exact/entries.ts";
import { COLOR_GREEN, COLOR_RED, NEVER_WORD, REASON_NONE, REASON_OVERSIZE } from "../outcome.ts";
import { REASON_MEMORY_FULL, REASON_UNTRACKED } from "../outcome.ts";
import type { Runner } from "../runner.ts";
import type { Tallies } from "../tally.ts";
import { bigintOf, putBigint } from "../words.ts";
import { charge, REASON_DELAY, type Plan, type ShapedFlow, type ShaperProgram } from "./flowprogram.ts";
import { OneRate } from "./onerate.ts";
import { Ticks } from "./ticks.ts";
import { TwoRate } from "./tworate.ts";
import { Room } from "./waiting.ts";

const NEVER_NS = 2n ** 64n - 1n;
const NODE = { nodeId: 0, firstSlot: 0 };

export type ShaperOptions = EngineOptions & { readonly policy: ShaperPolicy };

/** Any shaper, on BigInt. */
export class ShaperRunner implements Runner {
  readonly #columns: EngineColumns;
  readonly #tallies: Tallies;
  readonly #entries: Entries<ShapedFlow>;
  readonly #room: Room;
  readonly #program: ShaperProgram;
  readonly #path: EntryPath<ShapedFlow>;

  constructor(options: ShaperOptions, columns: EngineColumns, tallies: Tallies) {
    const { profile } = options.policy;
    this.#columns = columns;
    this.#tallies = tallies;
    this.#entries = new Entries<ShapedFlow>(options);
    this.#room = new Room(options.maxQueued ?? QUEUED_PACKETS_DEFAULT);
    this.#program = programOf(profile, this.#room);
    const beginsDrained = profile.kernel !== "tick-shaper";
    this.#path = { slots: [this.#program], nodeOfSlot: [0], tags: [0], nodes: [{ ...NODE, beginsDrained }] };
  }

  get flowCount(): number {
    return this.#entries.count;
  }

  get evictedFlows(): number {
    return this.#entries.evicted;
  }

  run(packetCount: number): void {
    for (let index = 0; index < packetCount; index += 1) this.#shape(index);
  }

  classStats(): readonly ClassStats[] {
    return [];
  }

  flows(): Iterable<FlowRecord> | null {
    return this.#entries.records?.list() ?? null;
  }

  #shape(index: number): void {
    const { clock, length } = this.#columns;
    const nowNs = bigintOf(clock[2 * index]!, clock[2 * index + 1]!);
    const lengthBytes = length[index]!;
    const taken = this.#entries.take(this.#path, this.#columns, index, nowNs);
    if (taken === null) {
      this.#tallies.untracked.add(1, lengthBytes);
      this.#drop(index, REASON_UNTRACKED, null);
      return;
    }
    const { entry: flow, record } = taken[0]!;
    this.#program.advance(flow, nowNs);
    const plan = this.#planOf(flow, lengthBytes, nowNs);
    if (typeof plan === "number") {
      if (plan === REASON_OVERSIZE) this.#tallies.oversize.add(1, lengthBytes);
      if (plan === REASON_MEMORY_FULL) this.#tallies.unqueued.add(1, lengthBytes);
      this.#drop(index, plan, flow);
    } else {
      charge(flow, plan, this.#room);
      this.#depart(index, plan);
    }
    this.#putLevels(index, flow.level0, flow.queue.filled);
    if (record !== 0) this.#entries.records?.add(record, this.#columns, index);
  }

  /** When the packet leaves, or REASON_*: times have an end, and so has the room for what waits. */
  #planOf(flow: ShapedFlow, lengthBytes: number, nowNs: bigint): Plan | number {
    const plan = this.#program.plan(flow, lengthBytes, nowNs);
    if (typeof plan === "number") return plan;
    if (plan.departsNs >= NEVER_NS) return REASON_DELAY;
    return plan.kept > 0n && this.#isFull(nowNs) ? REASON_MEMORY_FULL : plan;
  }

  /** True when all the packets wait that may, even after those have gone that have left. */
  #isFull(nowNs: bigint): boolean {
    if (!this.#room.isFull) return false;
    for (const { queue } of this.#entries.states()) queue.advance(nowNs, this.#room);
    return this.#room.isFull;
  }

  #depart(index: number, { departsNs, rest }: Plan): void {
    const { color, reason, delay, departure, departureRest } = this.#columns;
    color[index] = COLOR_GREEN;
    reason[index] = REASON_NONE;
    if (delay.length > 0) delay.fill(0, 2 * index, 2 * index + 2);
    putBigint(departure, index, departsNs);
    putBigint(departureRest, index, rest);
  }

  /** `flow`: at the clock; null when there is none. */
  #drop(index: number, why: number, flow: ShapedFlow | null): void {
    const { color, reason, delay, departure, departureRest } = this.#columns;
    color[index] = COLOR_RED;
    reason[index] = why;
    if (delay.length > 0) putBigint(delay, index, this.#delayNs(index, why, flow));
    departure.fill(NEVER_WORD, 2 * index, 2 * index + 2);
    departureRest.fill(0, 2 * index, 2 * index + 2);
    this.#putLevels(index, 0n, 0n);
  }

  #delayNs(index: number, why: number, flow: ShapedFlow | null): bigint {
    if (flow === null || why === REASON_OVERSIZE || why === REASON_MEMORY_FULL) return NEVER_NS;
    const { clock, length } = this.#columns;
    const nowNs = bigintOf(clock[2 * index]!, clock[2 * index + 1]!);
    const delayNs = this.#program.untilFits(flow, length[index]!, nowNs);
    // It fits: what it lacked is time, whose end is near.
    return delayNs === 0n ? NEVER_NS : delayNs;
  }

  #putLevels(index: number, level: bigint, waiting: bigint): void {
    const [first, second] = this.#columns.levels;
    if (first === undefined || second === undefined) return;
    putBigint(first, index, level);
    putBigint(second, index, waiting);
  }
}

function programOf(profile: ShaperProfile, room: Room): ShaperProgram {
  switch (profile.kernel) {
    case "fluid-shaper":
    case "queue-shaper":
      return new OneRate(profile, room);
    case "two-rate-shaper":
      return new TwoRate(profile, room);
    case "tick-shaper":
      return new Ticks(profile, room);
  }
}
