import type { CompiledPolicy } from "../types.ts";
import { TOUCH_AHEAD, type EngineColumns } from "./columns.ts";
import { COLOR_GREEN, COLOR_RED, NEVER_WORD, unitsRuleOf, type Kernel, type UnitsRule } from "./kernel.ts";
import { KEY_HI, KEY_LO, LAST_HI, LAST_LO, LEVEL_HI, LEVEL_LO, LINE_WORDS, RECORD, SLOT_WORDS, TOUCH } from "./slot.ts";
import { NO_ROOM, type FlowTable } from "./table.ts";
import { atMost, divideUp, productHigh, wordsOf, type Words } from "./words.ts";

const TWO_32 = 2 ** 32;

/**
 * The kernel for policies whose levels pass 2^53: the same loop on 64-bit values in two words. Bounds (types.ts): the
 * level after any charge is below 2^63, and so is the drain; elapsed time is clamped, so drained steps stay below 2^64.
 */
export class WideKernel implements Kernel {
  oversizePackets = 0;
  oversizeBytes = 0;
  readonly #table: FlowTable;
  readonly #columns: EngineColumns;
  readonly #units: UnitsRule;
  readonly #drainPerNs: Words;
  readonly #drainedAfterNs: Words;
  readonly #levelPerUnit: Words;
  readonly #depthLevel: Words;
  readonly #unitsMax: number;
  /** A packet's own cost takes part in its test. */
  readonly #ownCost: boolean;
  /** The level found by `#drain`: no object is made per packet. */
  readonly #level: Words = { lo: 0, hi: 0 };
  readonly #excess: Words = { lo: 0, hi: 0 };

  constructor({ profile, ...policy }: CompiledPolicy, table: FlowTable, columns: EngineColumns) {
    this.#table = table;
    this.#columns = columns;
    this.#units = unitsRuleOf(policy.costRule);
    this.#drainPerNs = wordsOf(profile.drainPerNs);
    this.#drainedAfterNs = wordsOf(profile.drainedAfterNs);
    this.#levelPerUnit = wordsOf(profile.levelPerUnit);
    this.#depthLevel = wordsOf(profile.depthLevel);
    this.#unitsMax = Number(profile.unitsMax);
    this.#ownCost = profile.check === "post";
  }

  meter(from: number, to: number): number {
    const { words, shift } = this.#table;
    const { length, key, clock, hashes, records } = this.#columns;
    const { lengthFactor, addend, least } = this.#units;
    for (let index = from; index < to; index += 1) {
      words[(hashes[index + TOUCH_AHEAD]! >>> shift) * LINE_WORDS + TOUCH] = 0;
      const keyLo = key[2 * index]!;
      const keyHi = key[2 * index + 1]!;
      let slot = (hashes[index]! >>> shift) * LINE_WORDS;
      if (words[slot + KEY_LO] !== keyLo || words[slot + KEY_HI] !== keyHi) slot += SLOT_WORDS;
      if (words[slot + KEY_LO] !== keyLo || words[slot + KEY_HI] !== keyHi || words[slot + RECORD] === 0) {
        slot = this.#table.locate(hashes[index]!, keyLo, keyHi);
        if (slot === NO_ROOM) return index;
      }
      records[index] = words[slot + RECORD]!;
      const unitsOrLess = length[index]! * lengthFactor + addend;
      const units = unitsOrLess > least ? unitsOrLess : least;
      if (units > this.#unitsMax) {
        this.#refuseOversize(index);
        continue;
      }
      const clockLo = clock[2 * index]!;
      const clockHi = clock[2 * index + 1]!;
      this.#drain(slot, clockLo, clockHi);
      this.#charge(index, slot, units);
      words[slot + LAST_LO] = clockLo;
      words[slot + LAST_HI] = clockHi;
    }
    return to;
  }

  isDrained(slot: number, clockLo: number, clockHi: number): boolean {
    this.#drain(slot, clockLo, clockHi);
    return this.#level.lo === 0 && this.#level.hi === 0;
  }

  /** Sets #level to the flow's level at the clock: max(0, level - drain * min(elapsed, drainedAfter)). */
  #drain(slot: number, clockLo: number, clockHi: number): void {
    const { words } = this.#table;
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

  /** Tests the packet against #level and stores the level that follows. */
  #charge(index: number, slot: number, units: number): void {
    const { words } = this.#table;
    const level = this.#level;
    const depth = this.#depthLevel;
    const unitsLo = units >>> 0;
    const costLo = Math.imul(unitsLo, this.#levelPerUnit.lo) >>> 0;
    const costHi = productHigh(unitsLo, Math.floor(units / TWO_32), this.#levelPerUnit.lo, this.#levelPerUnit.hi);
    const chargedLo = (level.lo + costLo) >>> 0;
    const chargedHi = level.hi + costHi + (level.lo + costLo >= TWO_32 ? 1 : 0);
    const testedLo = this.#ownCost ? chargedLo : level.lo;
    const testedHi = this.#ownCost ? chargedHi : level.hi;
    const conforms = atMost(testedLo, testedHi, depth.lo, depth.hi);
    words[slot + LEVEL_LO] = conforms ? chargedLo : level.lo;
    words[slot + LEVEL_HI] = conforms ? chargedHi : level.hi;
    this.#columns.color[index] = conforms ? COLOR_GREEN : COLOR_RED;
    if (this.#columns.delay.length > 0) this.#putDelay(index, conforms, testedLo, testedHi);
  }

  #refuseOversize(index: number): void {
    this.oversizePackets += 1;
    this.oversizeBytes += this.#columns.length[index]!;
    this.#columns.color[index] = COLOR_RED;
    if (this.#columns.delay.length > 0) this.#columns.delay.fill(NEVER_WORD, 2 * index, 2 * index + 2);
  }

  #putDelay(index: number, conforms: boolean, testedLo: number, testedHi: number): void {
    const { delay } = this.#columns;
    if (conforms) {
      delay.fill(0, 2 * index, 2 * index + 2);
    } else if (this.#drainPerNs.lo === 0 && this.#drainPerNs.hi === 0) {
      delay.fill(NEVER_WORD, 2 * index, 2 * index + 2);
    } else {
      this.#excess.lo = (testedLo - this.#depthLevel.lo) >>> 0;
      this.#excess.hi = testedHi - this.#depthLevel.hi - (testedLo < this.#depthLevel.lo ? 1 : 0);
      divideUp(this.#excess, this.#drainPerNs, delay, 2 * index);
    }
  }
}
