/** The readable twin of the shaping engines: definitions on bigint fractions and a Map. */
import type {
  BatchColumns,
  ClassStats,
  EngineOptions,
  FlowRecord,
  MeterEngine,
  MeterStats,
  ShaperPolicy,
} from "../../types.ts";
import { unitsOf } from "../bucket.ts";
import { BATCH_PACKETS_MAX, createColumns, putWords, wordsAt } from "../columns.ts";
import { GREEN, RED } from "../flowmeter.ts";
import { ceiling, floor, fraction, isBelow, multiply, subtract, ZERO, type Fraction } from "../rational.ts";
import { REASON_BUCKET, REASON_NONE, REASON_OVERSIZE, REASON_MEMORY_FULL, REASON_UNTRACKED } from "../reason.ts";
import { ColorTally, Tally } from "../tally.ts";
import { leastDelayNs, NEVER_NS } from "../time.ts";
import type { Drop, FlowShaper, Offered, Taken } from "./flowshaper.ts";
import { fillOf } from "./flowshaper.ts";
import { createFlowShaper } from "./flowshapers.ts";

const QUEUED_DEFAULT = 16_777_216;

const REASONS: Readonly<Record<Drop, number>> = {
  oversize: REASON_OVERSIZE,
  queue: REASON_BUCKET,
  delay: REASON_BUCKET + 1,
};

interface Flow {
  state: unknown;
  readonly tally: ColorTally;
  readonly firstNs: bigint;
  lastNs: bigint;
}

/** What the columns of one packet say; null: dropped. */
interface Verdict {
  readonly departsNs: Fraction | null;
  readonly reason: number;
  /** Null: never. */
  readonly delayNs: bigint | null;
  readonly levels: readonly [Fraction, Fraction];
}

const UNTRACKED: Verdict = { departsNs: null, reason: REASON_UNTRACKED, delayNs: null, levels: [ZERO, ZERO] };

export type ShaperOptions = EngineOptions & { readonly policy: ShaperPolicy };

/** The twin of a shaper. */
export function createReferenceShaper(options: ShaperOptions): MeterEngine {
  return new ReferenceShaper(options);
}

class ReferenceShaper implements MeterEngine {
  readonly name = "reference";
  readonly batchPacketsMax = BATCH_PACKETS_MAX;
  readonly batch: BatchColumns;
  readonly #options: ShaperOptions;
  readonly #shaper: FlowShaper<unknown>;
  /** In the order of their first packets. */
  readonly #flows = new Map<bigint, Flow>();
  readonly #total = new Tally();
  #nowNs = 0n;
  #regressions = 0n;
  #evicted = 0n;

  constructor(options: ShaperOptions) {
    this.#options = options;
    this.#shaper = createFlowShaper(options.policy.definition);
    this.batch = createColumns(options);
  }

  run(packetCount: number): void {
    if (!Number.isInteger(packetCount) || packetCount < 0 || packetCount > BATCH_PACKETS_MAX) {
      throw new RangeError(`packetCount ${packetCount} is not a whole number from 0 to ${BATCH_PACKETS_MAX}`);
    }
    for (let index = 0; index < packetCount; index += 1) this.#shape(index);
  }

  stats(): MeterStats {
    return {
      ...this.#total.totals(),
      regressions: this.#regressions,
      flows: this.#flows.size,
      evictedFlows: this.#evicted,
    };
  }

  classStats(): readonly ClassStats[] {
    return [];
  }

  *flows(): Iterable<FlowRecord> {
    if (!this.#options.records) throw new Error("flows() needs an engine created with records: true");
    for (const [key, { tally, firstNs, lastNs }] of this.#flows) {
      yield { key, nodeId: 0, ...tally.colors(), firstNs, lastNs };
    }
  }

  #shape(index: number): void {
    const arrivalNs = wordsAt(this.batch.time, index);
    if (arrivalNs < this.#nowNs) this.#regressions += 1n;
    else this.#nowNs = arrivalNs;
    const lengthBytes = this.batch.length[index]!;
    const flow = this.#flowOf(wordsAt(this.batch.key, index), arrivalNs);
    const verdict = flow === null ? UNTRACKED : this.#verdict(flow, lengthBytes);
    const color = verdict.departsNs === null ? RED : GREEN;
    if (flow !== null) {
      flow.tally.add(color, lengthBytes);
      flow.lastNs = arrivalNs;
    }
    this.#total.add(color, verdict.reason, lengthBytes);
    this.#answer(index, verdict);
  }

  /** The flow, begun with this packet if it is new; null when the table is full of busy flows. */
  #flowOf(key: bigint, arrivalNs: bigint): Flow | null {
    const known = this.#flows.get(key);
    if (known !== undefined) return known;
    if (this.#flows.size >= this.#options.maxFlows && !this.#evict()) return null;
    const times = { firstNs: arrivalNs, lastNs: arrivalNs };
    const flow = { state: this.#shaper.fresh(this.#nowNs), tally: new ColorTally(), ...times };
    this.#flows.set(key, flow);
    return flow;
  }

  #evict(): boolean {
    for (const [key, { state }] of this.#flows) {
      if (!this.#shaper.isAsNew(state, this.#nowNs)) continue;
      this.#flows.delete(key);
      this.#evicted += 1n;
      return true;
    }
    return false;
  }

  #verdict(flow: Flow, lengthBytes: number): Verdict {
    const units = unitsOf(this.#options.policy.definition.costRule, lengthBytes);
    const before = flow.state;
    const offered = this.#offer(before, units, this.#nowNs);
    const mustQueue = offered.drop === null && isBelow(fraction(this.#nowNs), offered.departsNs);
    const isUnqueued = mustQueue && this.#isKept({ units }) && this.#queued() >= BigInt(this.#queuedMax);
    if (offered.drop === null && !isUnqueued) flow.state = offered.next;
    const levels = this.#options.levels === true ? this.#levelsOf(flow.state) : UNTRACKED.levels;
    if (isUnqueued) return { departsNs: null, reason: REASON_MEMORY_FULL, delayNs: null, levels };
    if (offered.drop === null) return { departsNs: offered.departsNs, reason: REASON_NONE, delayNs: 0n, levels };
    return { departsNs: null, reason: REASONS[offered.drop], delayNs: this.#delayNs(before, units), levels };
  }

  /** Who would leave later than the departure column can say is dropped for his delay. */
  #offer(state: unknown, units: bigint, nowNs: bigint): Offered<unknown> {
    const offered = this.#shaper.offer(state, units, nowNs);
    const isLate = offered.drop === null && ceiling(offered.departsNs) >= NEVER_NS;
    return isLate ? { drop: "delay" } : offered;
  }

  /** How much later a dropped packet would have been taken, with nothing before it. */
  #delayNs(state: unknown, units: bigint): bigint | null {
    if (!this.#options.delays) return 0n;
    const nowNs = this.#nowNs;
    if (this.#shaper.offer(this.#shaper.fresh(nowNs), units, nowNs).drop === "oversize") return null;
    const isTaken = (delayNs: bigint) => this.#shaper.offer(state, units, nowNs + delayNs).drop === null;
    return isTaken(0n) ? null : leastDelayNs(isTaken);
  }

  get #queuedMax(): number {
    return this.#options.maxQueued ?? QUEUED_DEFAULT;
  }

  /** True for a packet of which a queue of whole packets has to keep something. */
  #isKept(packet: Pick<Taken, "units">): boolean {
    const { bounds } = this.#options.policy.definition;
    if (bounds.limit === null || bounds.count === "fluid") return false;
    return isBelow(ZERO, fillOf(bounds, [packet]));
  }

  /** Packets that are kept now, of all flows. */
  #queued(): bigint {
    let queued = 0n;
    for (const { state } of this.#flows.values()) {
      const kept = this.#shaper.waiting(state, this.#nowNs).filter((packet) => this.#isKept(packet));
      queued += BigInt(kept.length);
    }
    return queued;
  }

  #levelsOf(state: unknown): readonly [Fraction, Fraction] {
    const { definition, profile } = this.#options.policy;
    // The level columns are in level steps, which only the integer form knows: the one number taken from it.
    const scale = fraction(profile.buckets[0].levelPerUnit);
    const waiting = this.#shaper.waiting(state, this.#nowNs);
    const isWhole = definition.bounds.limit !== null && definition.bounds.count !== "fluid";
    const level = multiply(this.#shaper.level(state, this.#nowNs), scale);
    return [level, isWhole ? fillOf(definition.bounds, waiting) : ZERO];
  }

  #answer(index: number, { departsNs, reason, delayNs, levels }: Verdict): void {
    const { batch } = this;
    batch.color[index] = departsNs === null ? RED : GREEN;
    if (this.#options.delays) {
      batch.reason[index] = reason;
      putWords(batch.delay, index, delayNs === null || delayNs > NEVER_NS ? NEVER_NS : delayNs);
    }
    for (const [bucket, column] of batch.levels.entries()) putWords(column, index, ceiling(levels[bucket]!));
    const departureNs = departsNs === null ? NEVER_NS : ceiling(departsNs);
    const before = departsNs === null ? ZERO : subtract(fraction(departureNs), departsNs);
    putWords(batch.departure, index, departureNs);
    putWords(batch.departureRest, index, restOf(before, this.#options.policy.profile.departureParts));
  }
}

/** A fraction of a ns in whole parts. */
function restOf(before: Fraction, parts: bigint): bigint {
  const rest = multiply(before, fraction(parts));
  if (rest.den !== 1n) throw new RangeError(`${rest.num}/${rest.den} parts of a ns are not whole`);
  return floor(rest);
}
