import type { BucketProfile } from "../types.ts";
import { TOUCH_AHEAD, type EngineColumns } from "./columns.ts";
import type { Flows } from "./flows.ts";
import type { Kernel } from "./kernel.ts";
import { COLOR_GREEN, COLOR_RED, NEVER_WORD, REASON_OVERSIZE } from "./outcome.ts";
import { LAST_HI, LAST_LO, LEVEL_HI, LEVEL_LO, LINE_WORDS, RECORD, TAG, type FreshSlot } from "./slot.ts";
import { NO_SLOT } from "./table.ts";
import type { Tally } from "./tally.ts";
import { unitsRuleOf, type UnitsRule } from "./units.ts";
import { atMost, divideUp, productHigh, wordsOf, type Words } from "./words.ts";

const TWO_32 = 2 ** 32;

/** What a new flow begins with where levels are two words. */
export function freshWide(level: bigint): FreshSlot {
  const { lo, hi } = wordsOf(level);
  return { levelLo: lo, levelHi: hi, second: 0 };
}

/**
 * The kernel of one bucket whose levels pass 2^53: the same loop on 64-bit values in two words. Bounds (types.ts): the
 * level after any charge is below 2^63, and so is the drain; elapsed time is clamped, so drained steps stay below 2^64.
 */
export class WideKernel implements Kernel {
  readonly hasOneBucket = true;
  readonly #flows: Flows;
  readonly #columns: EngineColumns;
  readonly #oversize: Tally;
  readonly #units: UnitsRule;
  readonly #drainPerNs: Words;
  readonly #drainedAfterNs: Words;
  readonly #levelPerUnit: Words;
  readonly #testLevel: Words;
  readonly #unitsMax: number;
  /** A packet's own cost takes part in its test. */
  readonly #ownCost: boolean;
  /** The level found by `#drain`: no object is made per packet. */
  readonly #level: Words = { lo: 0, hi: 0 };
  readonly #excess: Words = { lo: 0, hi: 0 };

  constructor(bucket: BucketProfile, flows: Flows, columns: EngineColumns, oversize: Tally) {
    this.#flows = flows;
    this.#columns = columns;
    this.#oversize = oversize;
    this.#units = unitsRuleOf(bucket.costRule);
    this.#drainPerNs = wordsOf(bucket.drainPerNs);
    this.#drainedAfterNs = wordsOf(bucket.drainedAfterNs);
    this.#levelPerUnit = wordsOf(bucket.levelPerUnit);
    this.#testLevel = wordsOf(bucket.testLevel);
    this.#unitsMax = Number(bucket.unitsMax);
    this.#ownCost = bucket.testsOwnCost;
  }

  meter(from: number, to: number): number {
    const { words, shift } = this.#flows.table;
    const { length, clock, hashes, records, levels } = this.#columns;
    const { lengthFactor, addend, least } = this.#units;
    const keepsRecords = this.#flows.records !== null;
    for (let index = from; index < to; index += 1) {
      words[(hashes[index + TOUCH_AHEAD]! >>> shift) * LINE_WORDS + TAG] = 0;
      const slot = this.#flows.slotOf(index);
      if (slot === NO_SLOT) return index;
      if (keepsRecords) records[index] = words[slot + RECORD]!;
      const unitsOrLess = length[index]! * lengthFactor + addend;
      const units = unitsOrLess > least ? unitsOrLess : least;
      const clockLo = clock[2 * index]!;
      const clockHi = clock[2 * index + 1]!;
      this.#drain(slot, clockLo, clockHi);
      words[slot + LAST_LO] = clockLo;
      words[slot + LAST_HI] = clockHi;
      words[slot + LEVEL_LO] = this.#level.lo;
      words[slot + LEVEL_HI] = this.#level.hi;
      if (units > this.#unitsMax) this.#refuseOversize(index);
      else this.#charge(index, slot, units);
      if (levels.length > 0) this.#putLevels(index, slot);
    }
    return to;
  }

  isDrained(slot: number, clockLo: number, clockHi: number): boolean {
    this.#drain(slot, clockLo, clockHi);
    return this.#level.lo === 0 && this.#level.hi === 0;
  }

  /** Sets #level to the flow's level at the clock: max(0, level - drain * min(elapsed, drainedAfter)). */
  #drain(slot: number, clockLo: number, clockHi: number): void {
    const { words } = this.#flows.table;
    const lastLo = words[slot + LAST_LO]!;
    let elapsedLo = (clockLo - lastLo) >>> 0;
    let elapsedHi = (clockHi - words[slot + LAST_HI]! - (clockLo < lastLo ? 1 : 0)) >>> 0;
    if (atMost(this.#drainedAfterNs.lo, this.#drainedAfterNs.hi, elapsedLo, elapsedHi)) {
      elapsedLo = this.#drainedAfterNs.lo;
      elapsedHi = this.#drainedAfterNs.hi;
    }
    const drainedLo = Math.imul(elapsedLo, this.#drainPerNs.lo) >>> 0;
    const drainedHi = productHigh(elapsedLo, elapsedHi, this.#drainPerNs.lo, this.#drainPerNs.hi);
    const levelLo = words[slot + LEVEL_LO]!;
    const levelHi = words[slot + LEVEL_HI]!;
    const isEmpty = atMost(levelLo, levelHi, drainedLo, drainedHi);
    this.#level.lo = isEmpty ? 0 : (levelLo - drainedLo) >>> 0;
    this.#level.hi = isEmpty ? 0 : levelHi - drainedHi - (levelLo < drainedLo ? 1 : 0);
  }

  /** Tests the packet against #level and charges it if it conforms. */
  #charge(index: number, slot: number, units: number): void {
    const { words } = this.#flows.table;
    const { color, delay } = this.#columns;
    const level = this.#level;
    const test = this.#testLevel;
    const unitsLo = units >>> 0;
    const costLo = Math.imul(unitsLo, this.#levelPerUnit.lo) >>> 0;
    const costHi = productHigh(unitsLo, Math.floor(units / TWO_32), this.#levelPerUnit.lo, this.#levelPerUnit.hi);
    const chargedLo = (level.lo + costLo) >>> 0;
    const chargedHi = level.hi + costHi + (level.lo + costLo >= TWO_32 ? 1 : 0);
    const testedLo = this.#ownCost ? chargedLo : level.lo;
    const testedHi = this.#ownCost ? chargedHi : level.hi;
    const conforms = atMost(testedLo, testedHi, test.lo, test.hi);
    if (conforms) {
      words[slot + LEVEL_LO] = chargedLo;
      words[slot + LEVEL_HI] = chargedHi;
    }
    color[index] = conforms ? COLOR_GREEN : COLOR_RED;
    if (delay.length > 0) this.#putDelay(index, conforms, testedLo, testedHi);
  }

  #refuseOversize(index: number): void {
    const { length, color, reason, delay } = this.#columns;
    this.#oversize.add(1, length[index]!);
    color[index] = COLOR_RED;
    reason[index] = REASON_OVERSIZE;
    if (delay.length > 0) delay.fill(NEVER_WORD, 2 * index, 2 * index + 2);
  }

  #putDelay(index: number, conforms: boolean, testedLo: number, testedHi: number): void {
    const { delay } = this.#columns;
    if (conforms) {
      delay.fill(0, 2 * index, 2 * index + 2);
    } else if (this.#drainPerNs.lo === 0 && this.#drainPerNs.hi === 0) {
      delay.fill(NEVER_WORD, 2 * index, 2 * index + 2);
    } else {
      this.#excess.lo = (testedLo - this.#testLevel.lo) >>> 0;
      this.#excess.hi = testedHi - this.#testLevel.hi - (testedLo < this.#testLevel.lo ? 1 : 0);
      divideUp(this.#excess, this.#drainPerNs, delay, 2 * index);
    }
  }

  #putLevels(index: number, slot: number): void {
    const { words } = this.#flows.table;
    const [first, second] = this.#columns.levels;
    if (first === undefined || second === undefined) return;
    first[2 * index] = words[slot + LEVEL_LO]!;
    first[2 * index + 1] = words[slot + LEVEL_HI]!;
    second.fill(0, 2 * index, 2 * index + 2);
  }
}
