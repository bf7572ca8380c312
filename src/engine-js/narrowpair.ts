import type { MarkingRule, MeterProfile } from "../types.ts";
import { TOUCH_AHEAD, type EngineColumns } from "./columns.ts";
import { fitsFloat, floatBucket, isExact, putNumber, TWO_32, waitNs, type FloatBucket } from "./float.ts";
import type { Flows } from "./flows.ts";
import type { Kernel } from "./kernel.ts";
import { COLOR_RED, REASON_BUCKET, REASON_COLOR_IN, REASON_NONE, REASON_OVERSIZE } from "./outcome.ts";
import { LAST_HI, LAST_LO, levelIndex, LINE_WORDS, RECORD, secondIndex, SECOND_SPARE, TAG } from "./slot.ts";
import { NO_SLOT } from "./table.ts";
import type { Tally } from "./tally.ts";
import { largestCharge } from "./units.ts";

export type PairProfile = Extract<MeterProfile, { readonly kernel: "two-buckets" }>;

/** Index of a rule: color of arrival * RULES_A_COLOR + FITS0 if bucket 0 fits + 1 if bucket 1 fits. */
const RULES_A_COLOR = 4;
const FITS0 = 2;
const FITS_BOTH = 3;

/**
 * Whether float64 holds every value of both buckets exactly. Coupled, what bucket 0 drains beyond its level is taken
 * from bucket 1. If that drain passes 2^53 and rounds, the rest beyond level 0 is still above level 1, because both
 * levels together stay below 2^53: bucket 1 is then drained, rounded or not. The same sum bounds the delay's dividend.
 */
export function fitsNarrowPair({ buckets, isCoupled }: PairProfile): boolean {
  if (!buckets.every(fitsFloat)) return false;
  if (!isCoupled) return true;
  return isExact(...buckets.flatMap((bucket) => [bucket.depthLevel, bucket.drainPerNs, largestCharge(bucket)]));
}

/** What a rule leads to, spread over arrays by rule index. */
class Rules {
  readonly color = new Uint8Array(12);
  readonly reason = new Uint8Array(12);
  readonly charge0 = new Uint8Array(12);
  readonly charge1 = new Uint8Array(12);

  constructor(rules: readonly MarkingRule[]) {
    for (const [index, { color, charges, reason }] of rules.entries()) {
      this.color[index] = color;
      this.charge0[index] = charges[0] ? 1 : 0;
      this.charge1[index] = charges[1] ? 1 : 0;
      this.reason[index] = reason === null ? REASON_NONE : REASON_COLOR_IN;
      if (reason === 0 || reason === 1) this.reason[index] = REASON_BUCKET + reason;
    }
  }

  isRed(rule: number): boolean {
    return this.color[rule] === COLOR_RED;
  }
}

/**
 * The float64 kernel of two buckets: the algorithm is in the rules. Second levels lie in an array of their own, with a
 * spare beside each that is touched like the line: at 500 k flows 80 ns a packet with both touches, 280 with one.
 */
export class NarrowPairKernel implements Kernel {
  readonly hasOneBucket = false;
  readonly #flows: Flows;
  readonly #columns: EngineColumns;
  readonly #oversize: Tally;
  readonly #bucket0: FloatBucket;
  readonly #bucket1: FloatBucket;
  readonly #coupling: 0 | 1;
  readonly #rules: Rules;

  constructor(profile: PairProfile, flows: Flows, columns: EngineColumns, oversize: Tally) {
    this.#flows = flows;
    this.#columns = columns;
    this.#oversize = oversize;
    this.#bucket0 = floatBucket(profile.buckets[0]);
    this.#bucket1 = floatBucket(profile.buckets[1]);
    this.#coupling = profile.isCoupled ? 1 : 0;
    this.#rules = new Rules(profile.rules);
  }

  meter(from: number, to: number): number {
    const { words, levels, seconds, shift } = this.#flows.table;
    const { length, colorIn, color, reason, clock, hashes, records } = this.#columns;
    const { units: rule0, drainPerNs: drain0, levelPerUnit: level0PerUnit, unitsMax: unitsMax0 } = this.#bucket0;
    const { units: rule1, drainPerNs: drain1, levelPerUnit: level1PerUnit, unitsMax: unitsMax1 } = this.#bucket1;
    const { testLevel: test0, ownCostFactor: own0 } = this.#bucket0;
    const { testLevel: test1, ownCostFactor: own1 } = this.#bucket1;
    const rules = this.#rules;
    const coupling = this.#coupling;
    const keepsRecords = this.#flows.records !== null;
    const isAsked = this.#columns.delay.length > 0 || this.#columns.levels.length > 0;
    for (let index = from; index < to; index += 1) {
      const ahead = (hashes[index + TOUCH_AHEAD]! >>> shift) * LINE_WORDS;
      words[ahead + TAG] = 0;
      seconds[secondIndex(ahead) + SECOND_SPARE] = 0;
      const slot = this.#flows.slotOf(index);
      if (slot === NO_SLOT) return index;
      if (keepsRecords) records[index] = words[slot + RECORD]!;

      const clockLo = clock[2 * index]!;
      const clockHi = clock[2 * index + 1]!;
      const elapsedNs = (clockHi - words[slot + LAST_HI]!) * TWO_32 + (clockLo - words[slot + LAST_LO]!);
      const undrained0 = levels[levelIndex(slot)]! - elapsedNs * drain0;
      const level0 = undrained0 > 0 ? undrained0 : 0;
      const passedOn = (level0 - undrained0) * coupling;
      const undrained1 = seconds[secondIndex(slot)]! - elapsedNs * drain1 - passedOn;
      const level1 = undrained1 > 0 ? undrained1 : 0;

      const lengthBytes = length[index]!;
      const units0 = Math.max(lengthBytes * rule0.lengthFactor + rule0.addend, rule0.least);
      const units1 = Math.max(lengthBytes * rule1.lengthFactor + rule1.addend, rule1.least);
      const cost0 = units0 * level0PerUnit;
      const cost1 = units1 * level1PerUnit;
      const fits0 = +(units0 <= unitsMax0) & +(level0 + cost0 * own0 <= test0);
      const fits1 = +(units1 <= unitsMax1) & +(level1 + cost1 * own1 <= test1);
      const rule = Math.min(colorIn[index]!, COLOR_RED) * RULES_A_COLOR + fits0 * FITS0 + fits1;
      const after0 = level0 + cost0 * rules.charge0[rule]!;
      const after1 = level1 + cost1 * rules.charge1[rule]!;
      words[slot + LAST_LO] = clockLo;
      words[slot + LAST_HI] = clockHi;
      levels[levelIndex(slot)] = after0;
      seconds[secondIndex(slot)] = after1;
      color[index] = rules.color[rule]!;
      reason[index] = rules.reason[rule]!;
      if (units0 > unitsMax0 || units1 > unitsMax1) this.#markOversize(index, rule, units0, units1);
      if (!isAsked) continue;
      this.#putDelay(index, rule, level0, level1, units0, units1);
      this.#putLevels(index, after0, after1);
    }
    return to;
  }

  isDrained(slot: number, clockLo: number, clockHi: number): boolean {
    const { words, levels, seconds } = this.#flows.table;
    const elapsedNs = (clockHi - words[slot + LAST_HI]!) * TWO_32 + (clockLo - words[slot + LAST_LO]!);
    const left0 = levels[levelIndex(slot)]! - elapsedNs * this.#bucket0.drainPerNs;
    const passedOn = Math.max(-left0, 0) * this.#coupling;
    return left0 <= 0 && seconds[secondIndex(slot)]! <= elapsedNs * this.#bucket1.drainPerNs + passedOn;
  }

  /** Of a packet that one bucket can never hold: whether it would be red on drained buckets, too. */
  #markOversize(index: number, rule: number, units0: number, units1: number): void {
    const { length, reason } = this.#columns;
    const fits0 = units0 <= this.#bucket0.unitsMax ? FITS0 : 0;
    const fits1 = units1 <= this.#bucket1.unitsMax ? 1 : 0;
    const drained = rule - (rule % RULES_A_COLOR) + fits0 + fits1;
    if (!this.#rules.isRed(drained) || reason[index] === REASON_COLOR_IN) return;
    reason[index] = REASON_OVERSIZE;
    this.#oversize.add(1, length[index]!);
  }

  /** The least time after which the rule would not be red, from the levels before the packet's own charges. */
  #putDelay(index: number, rule: number, level0: number, level1: number, units0: number, units1: number): void {
    const { delay } = this.#columns;
    if (delay.length === 0) return;
    const rules = this.#rules;
    if (!rules.isRed(rule)) return putNumber(delay, index, 0);
    const drain0 = this.#bucket0.drainPerNs;
    const drain1 = this.#bucket1.drainPerNs;
    const excess0 = excessOf(this.#bucket0, level0, units0);
    const excess1 = excessOf(this.#bucket1, level1, units1);
    const wait0 = waitNs(excess0, drain0);
    // Coupled, bucket 1 drains max(drain1 * t, (drain0 + drain1) * t - level0) in t ns: the sooner of the two.
    const alone = waitNs(excess1, drain1);
    const wait1 =
      this.#coupling === 1 ? Math.min(alone, waitNs(coupledExcess(excess1, level0), drain0 + drain1)) : alone;
    const arrival = rule - (rule % RULES_A_COLOR);
    let delayNs = rules.isRed(arrival + FITS_BOTH) ? Infinity : Math.max(wait0, wait1);
    if (!rules.isRed(arrival + FITS0)) delayNs = Math.min(delayNs, wait0);
    if (!rules.isRed(arrival + 1)) delayNs = Math.min(delayNs, wait1);
    putNumber(delay, index, delayNs);
  }

  #putLevels(index: number, level0: number, level1: number): void {
    const { levels } = this.#columns;
    if (levels.length === 0) return;
    putNumber(levels[0], index, level0);
    putNumber(levels[1], index, level1);
  }
}

/** Level steps that have to drain before the packet fits; Infinity when it never can. */
function excessOf({ unitsMax, levelPerUnit, ownCostFactor, testLevel }: FloatBucket, level: number, units: number) {
  return units > unitsMax ? Infinity : level + units * levelPerUnit * ownCostFactor - testLevel;
}

/** An excess of nothing needs no drain, whatever bucket 0 holds. */
function coupledExcess(excess1: number, level0: number): number {
  return excess1 <= 0 ? 0 : excess1 + level0;
}
