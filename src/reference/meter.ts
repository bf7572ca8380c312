import type {
  BatchColumns,
  ClassStats,
  Color,
  CompiledPolicy,
  Count,
  EngineOptions,
  FlowRecord,
  MeterEngine,
  MeteringPolicy,
  MeterStats,
} from "../types.ts";
import { meteredPolicy, type MeteredClass, type MeteredPolicy } from "./classes.ts";
import { BATCH_PACKETS_MAX, createColumns, putWords, wordsAt } from "./columns.ts";
import { GREEN, RED, YELLOW, type Packet } from "./flowmeter.ts";
import { ceiling, fraction, multiply } from "./rational.ts";
import {
  REASON_BLOCKED,
  REASON_BUCKET,
  REASON_COLOR_IN,
  REASON_NONE,
  REASON_OVERSIZE,
  REASON_UNTRACKED,
  reasonNumber,
} from "./reason.ts";
import { createReferenceShaper } from "./shape/engine.ts";
import { FlowTable, type Place } from "./table.ts";
import { counted, NO_PACKETS, Tally } from "./tally.ts";
import { NEVER_NS } from "./time.ts";
import { isHopeless, offerToPath, pathDelayNs, type PathAnswer, type PathNode } from "./tree.ts";

/** What the columns of one packet say. */
interface Verdict {
  readonly color: Color;
  /** REASON_*. */
  readonly reason: number;
  /** Null: never. */
  readonly delayNs: bigint | null;
  /** Level steps. */
  readonly levels: readonly [bigint, bigint];
  /** Index on the path of the node that made the packet red or yellow; none when it was no node's bucket. */
  readonly nodeIndex?: number;
}

const PASSED: Verdict = { color: GREEN, reason: REASON_NONE, delayNs: 0n, levels: [0n, 0n] };
const BLOCKED: Verdict = { color: RED, reason: REASON_BLOCKED, delayNs: null, levels: [0n, 0n] };
const UNTRACKED: Verdict = { color: RED, reason: REASON_UNTRACKED, delayNs: null, levels: [0n, 0n] };

/** The readable twin: the definitions on bigint fractions and a Map. Slow, and the judge of every other engine. */
export function createReferenceEngine(options: EngineOptions): MeterEngine {
  const { policy } = options;
  if (policy.meter === "shaper") return createReferenceShaper({ ...options, policy });
  return new ReferenceMeter({ ...options, policy });
}

/** What meters, and does not shape. */
type MeterOptions = EngineOptions & { readonly policy: MeteringPolicy };

class ReferenceMeter implements MeterEngine {
  readonly name = "reference";
  readonly batchPacketsMax = BATCH_PACKETS_MAX;
  readonly batch: BatchColumns;
  readonly #options: MeterOptions;
  readonly #policy: MeteredPolicy;
  readonly #table: FlowTable;
  readonly #total = new Tally();
  readonly #classTallies: readonly ClassTally[];
  #nowNs = 0n;
  #regressions = 0n;

  constructor(options: MeterOptions) {
    const isOfClasses = options.policy.meter === "classes";
    this.#options = options;
    this.#policy = meteredPolicy(options.policy, levelScalesOf);
    this.#table = new FlowTable(options.maxFlows);
    this.#classTallies = isOfClasses ? this.#policy.classes.map((metered) => new ClassTally(metered)) : [];
    this.batch = createColumns(options);
  }

  run(packetCount: number): void {
    if (!Number.isInteger(packetCount) || packetCount < 0 || packetCount > BATCH_PACKETS_MAX) {
      throw new RangeError(`packetCount ${packetCount} is not a whole number from 0 to ${BATCH_PACKETS_MAX}`);
    }
    for (let index = 0; index < packetCount; index += 1) this.#meter(index);
  }

  stats(): MeterStats {
    return {
      ...this.#total.totals(),
      regressions: this.#regressions,
      flows: this.#table.entryCount,
      evictedFlows: this.#table.evictedCount,
    };
  }

  classStats(): readonly ClassStats[] {
    return this.#classTallies.map((tally) => tally.stats());
  }

  flows(): Iterable<FlowRecord> {
    if (!this.#options.records) throw new Error("flows() needs an engine created with records: true");
    return this.#table.records();
  }

  #meter(index: number): void {
    const { time, length, colorIn } = this.batch;
    const arrivalNs = wordsAt(time, index);
    if (arrivalNs < this.#nowNs) this.#regressions += 1n;
    else this.#nowNs = arrivalNs;

    const classIndex = Math.min(this.batch.class[index] ?? 0, this.#policy.classes.length - 1);
    const packet = { lengthBytes: length[index]!, colorIn: colorOf(colorIn[index]!) };
    const metered = this.#policy.classes[classIndex]!;
    const verdict = this.#verdict(metered, this.#placesOf(metered, index), packet, arrivalNs);
    this.#answer(index, verdict);
    this.#total.add(verdict.color, verdict.reason, packet.lengthBytes);
    this.#classTallies[classIndex]?.add(verdict, packet.lengthBytes);
  }

  #placesOf({ nodes }: MeteredClass, index: number): readonly Place[] {
    const keys = [this.batch.key, ...this.batch.nodeKeys];
    return nodes.map((node, level) => ({ node, key: wordsAt(keys[level]!, index) }));
  }

  #verdict(metered: MeteredClass, places: readonly Place[], packet: Packet, arrivalNs: bigint): Verdict {
    if (metered.action !== "meter") return metered.action === "pass" ? PASSED : BLOCKED;
    const nowNs = this.#nowNs;
    if (!this.#table.admit(places, nowNs, arrivalNs)) return UNTRACKED;

    const { charge } = this.#policy;
    const path = places.map((place) => ({ meter: place.node.meter, state: this.#table.stateOf(place, nowNs) }));
    const answer = offerToPath(charge, path, packet, nowNs);
    const { color, because } = answer;
    // From the states before the packet: that of a weighted group has changed by now, but only by a green packet.
    const wantsDelay = this.#options.delays && color === RED;
    const delayNs = wantsDelay ? pathDelayNs(charge, path, packet, nowNs) : 0n;
    for (const [index, place] of places.entries()) {
      this.#table.store(place, answer.next[index], color, packet.lengthBytes, arrivalNs);
    }
    const reason = this.#reasonOf(metered, path, answer, packet);
    const levels = this.#options.levels === true ? levelsOf(metered, path, answer, nowNs) : PASSED.levels;
    const verdict = { color, reason, delayNs, levels };
    return reason < REASON_BUCKET || because === null ? verdict : { ...verdict, nodeIndex: because.nodeIndex };
  }

  #reasonOf({ nodes }: MeteredClass, path: readonly PathNode[], answer: PathAnswer, packet: Packet): number {
    if (answer.because === null) return REASON_NONE;
    const { nodeIndex, reason } = answer.because;
    const firstSlot = nodes.slice(0, nodeIndex).reduce((slots, { slotCount }) => slots + slotCount, 0);
    const number = reasonNumber(reason, firstSlot);
    const canBeHopeless = answer.color === RED && number !== REASON_COLOR_IN;
    return canBeHopeless && isHopeless(this.#policy.charge, path, packet) ? REASON_OVERSIZE : number;
  }

  #answer(index: number, { color, reason, delayNs, levels }: Verdict): void {
    this.batch.color[index] = color;
    if (this.#options.delays) {
      this.batch.reason[index] = reason;
      putWords(this.batch.delay, index, delayNs === null || delayNs > NEVER_NS ? NEVER_NS : delayNs);
    }
    for (const [bucket, column] of this.batch.levels.entries()) putWords(column, index, levels[bucket]!);
  }
}

/** Totals of one class. */
class ClassTally {
  readonly #metered: MeteredClass;
  readonly #total = new Tally();
  readonly #refusedBy: Count[];

  constructor(metered: MeteredClass) {
    this.#metered = metered;
    this.#refusedBy = metered.nodes.map(() => NO_PACKETS);
  }

  add({ color, reason, nodeIndex }: Verdict, lengthBytes: number): void {
    this.#total.add(color, reason, lengthBytes);
    if (color !== RED || nodeIndex === undefined) return;
    this.#refusedBy[nodeIndex] = counted(this.#refusedBy[nodeIndex]!, lengthBytes);
  }

  stats(): ClassStats {
    const { green, yellow, red, oversize, untracked } = this.#total.totals();
    return { name: this.#metered.name, green, yellow, red, oversize, untracked, refusedBy: [...this.#refusedBy] };
  }
}

/** The level columns are in level steps, which only the integer form knows: the one number taken from it. */
function levelScalesOf({ profiles }: CompiledPolicy): readonly bigint[] {
  return profiles[0]?.buckets.map(({ levelPerUnit }) => levelPerUnit) ?? [];
}

/** The leaf's first two levels after the packet, rounded up to whole steps; an alarm shows in the second. */
function levelsOf(
  { levelScales }: MeteredClass,
  [leaf]: readonly PathNode[],
  { next: [state] }: PathAnswer,
  nowNs: bigint,
): [bigint, bigint] {
  if (leaf === undefined) return [0n, 0n];
  const [first = 0n, second = 0n] = leaf.meter
    .levels(state, nowNs)
    .map((level, bucket) => ceiling(multiply(level, fraction(levelScales[bucket] ?? 0n))));
  return [first, leaf.meter.isAlarm?.(state) === true ? 1n : second];
}

function colorOf(word: number): Color {
  return word === GREEN || word === YELLOW ? word : RED;
}
