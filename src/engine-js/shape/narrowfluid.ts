import type { ShaperProfile } from "../../types.ts";
import { TOUCH_AHEAD, type EngineColumns } from "../columns.ts";
import { fitsFloat, floatBucket, putNumber, TWO_32, waitNs, type FloatBucket } from "../float.ts";
import type { Flows } from "../flows.ts";
import type { Kernel } from "../kernel.ts";
import { COLOR_GREEN, COLOR_RED, NEVER_WORD, REASON_BUCKET, REASON_NONE, REASON_OVERSIZE } from "../outcome.ts";
import { LAST_HI, LAST_LO, levelIndex, LINE_WORDS, RECORD, TAG } from "../slot.ts";
import { NO_SLOT } from "../table.ts";
import type { Tally } from "../tally.ts";

type FluidProfile = Extract<ShaperProfile, { kernel: "fluid-shaper" }>;

/** Whether float64 holds every value exactly: bounds of the level that are beyond that are never reached. */
export function fitsNarrowFluid({ buckets: [bucket] }: FluidProfile): boolean {
  return fitsFloat(bucket);
}

/** The float64 kernel of the leaky bucket whose queue is fluid: that of one bucket, and a division for the departure. */
export class NarrowFluidKernel implements Kernel {
  readonly hasOneBucket = false;
  readonly #flows: Flows;
  readonly #columns: EngineColumns;
  readonly #oversize: Tally;
  readonly #bucket: FloatBucket;
  readonly #waitLevelMax: number;

  constructor(profile: FluidProfile, flows: Flows, columns: EngineColumns, oversize: Tally) {
    this.#flows = flows;
    this.#columns = columns;
    this.#oversize = oversize;
    this.#bucket = floatBucket(profile.buckets[0]);
    this.#waitLevelMax = Number(profile.waitLevelMax);
  }

  meter(from: number, to: number): number {
    const { words, levels, shift } = this.#flows.table;
    const { length, clock, hashes, records } = this.#columns;
    const { drainPerNs, levelPerUnit, testLevel, unitsMax } = this.#bucket;
    const { lengthFactor, addend, least } = this.#bucket.units;
    const keepsRecords = this.#flows.records !== null;
    for (let index = from; index < to; index += 1) {
      words[(hashes[index + TOUCH_AHEAD]! >>> shift) * LINE_WORDS + TAG] = 0;
      const slot = this.#flows.slotOf(index);
      if (slot === NO_SLOT) {
        // The runner may refuse it.
        this.#putNone(index);
        return index;
      }
      if (keepsRecords) records[index] = words[slot + RECORD]!;
      const clockLo = clock[2 * index]!;
      const clockHi = clock[2 * index + 1]!;
      const elapsedNs = (clockHi - words[slot + LAST_HI]!) * TWO_32 + (clockLo - words[slot + LAST_LO]!);
      const undrained = levels[levelIndex(slot)]! - elapsedNs * drainPerNs;
      const level = undrained > 0 ? undrained : 0;
      words[slot + LAST_LO] = clockLo;
      words[slot + LAST_HI] = clockHi;
      levels[levelIndex(slot)] = level;
      const unitsOrLess = length[index]! * lengthFactor + addend;
      const units = unitsOrLess > least ? unitsOrLess : least;
      if (units > unitsMax) {
        this.#oversize.add(1, length[index]!);
        this.#drop(index, level, REASON_OVERSIZE, Infinity);
        continue;
      }
      const charged = level + units * levelPerUnit;
      if (charged > testLevel || level > this.#waitLevelMax) {
        this.#dropFull(index, level, charged);
        continue;
      }
      levels[levelIndex(slot)] = charged;
      if (!this.#depart(index, charged, clockLo, clockHi)) {
        levels[levelIndex(slot)] = level;
        this.#drop(index, level, REASON_BUCKET + 1, Infinity);
      }
    }
    return to;
  }

  isDrained(slot: number, clockLo: number, clockHi: number): boolean {
    const { words, levels } = this.#flows.table;
    const elapsedNs = (clockHi - words[slot + LAST_HI]!) * TWO_32 + (clockLo - words[slot + LAST_LO]!);
    return levels[levelIndex(slot)]! <= elapsedNs * this.#bucket.drainPerNs;
  }

  /** Writes when the level has drained. False when times do not go so far. */
  #depart(index: number, level: number, clockLo: number, clockHi: number): boolean {
    const { color, reason, delay, departure, departureRest } = this.#columns;
    const { drainPerNs } = this.#bucket;
    const wholeNs = waitNs(level, drainPerNs);
    const lo = clockLo + (wholeNs >>> 0);
    const carry = lo >= TWO_32 ? 1 : 0;
    const hi = clockHi + Math.floor(wholeNs / TWO_32) + carry;
    if (hi >= TWO_32 || (hi === NEVER_WORD && lo >>> 0 === NEVER_WORD)) return false;
    color[index] = COLOR_GREEN;
    reason[index] = REASON_NONE;
    if (delay.length > 0) delay.fill(0, 2 * index, 2 * index + 2);
    departure[2 * index] = lo;
    departure[2 * index + 1] = hi;
    putNumber(departureRest, index, wholeNs * drainPerNs - level);
    this.#putLevels(index, level);
    return true;
  }

  #dropFull(index: number, level: number, charged: number): void {
    const { drainPerNs, testLevel } = this.#bucket;
    const untilPrompt = waitNs(level - this.#waitLevelMax, drainPerNs);
    const untilRoom = waitNs(charged - testLevel, drainPerNs);
    const reason = charged > testLevel ? REASON_BUCKET : REASON_BUCKET + 1;
    this.#drop(index, level, reason, Math.max(untilRoom, untilPrompt));
  }

  #drop(index: number, level: number, why: number, delayNs: number): void {
    const { color, reason, delay } = this.#columns;
    color[index] = COLOR_RED;
    reason[index] = why;
    if (delay.length > 0) putNumber(delay, index, delayNs);
    this.#putNone(index);
    this.#putLevels(index, level);
  }

  #putNone(index: number): void {
    const { departure, departureRest } = this.#columns;
    departure.fill(NEVER_WORD, 2 * index, 2 * index + 2);
    departureRest.fill(0, 2 * index, 2 * index + 2);
  }

  #putLevels(index: number, level: number): void {
    const { levels } = this.#columns;
    if (levels.length === 0) return;
    putNumber(levels[0], index, level);
    putNumber(levels[1], index, 0);
  }
}
