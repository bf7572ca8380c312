import type { MeterProfile } from "../types.ts";
import { TOUCH_AHEAD, type EngineColumns } from "./columns.ts";
import { fitsFloat, floatBucket, isExact, putNumber, TWO_32, waitNs, type FloatBucket } from "./float.ts";
import type { Flows } from "./flows.ts";
import type { Kernel } from "./kernel.ts";
import { COLOR_GREEN, COLOR_RED, REASON_OVERSIZE } from "./outcome.ts";
import { LAST_HI, LAST_LO, levelIndex, LINE_WORDS, RECORD, TAG } from "./slot.ts";
import { NO_SLOT } from "./table.ts";
import type { Tally } from "./tally.ts";

export type CounterProfile = Extract<MeterProfile, { readonly kernel: "turner" | "event-counter" }>;

/**
 * Whether float64 holds every value exactly: levels are at most the cap. A cost may pass 2^53 and round, but then it is
 * above the cap, rounded or not. The delay's dividend is at most a level and a cost that fits.
 */
export function fitsNarrowCounter({ buckets: [bucket], capLevel }: CounterProfile): boolean {
  return fitsFloat(bucket) && isExact(capLevel, bucket.testLevel, bucket.drainPerNs);
}

/**
 * The float64 kernel of meters that add every arrival, refused ones too: Turner's counter and the event counter. A
 * level under alarm is stored as -1 - level, so both share the slot of one bucket; Turner's counter has no alarm.
 */
export class NarrowCounterKernel implements Kernel {
  readonly hasOneBucket = true;
  readonly #flows: Flows;
  readonly #columns: EngineColumns;
  readonly #oversize: Tally;
  readonly #bucket: FloatBucket;
  readonly #capLevel: number;
  readonly #hasAlarm: boolean;
  readonly #clearLevel: number;

  constructor(profile: CounterProfile, flows: Flows, columns: EngineColumns, oversize: Tally) {
    this.#flows = flows;
    this.#columns = columns;
    this.#oversize = oversize;
    this.#bucket = floatBucket(profile.buckets[0]);
    this.#capLevel = Number(profile.capLevel);
    this.#hasAlarm = profile.kernel === "event-counter";
    this.#clearLevel = profile.kernel === "event-counter" ? Number(profile.clearLevel) : 0;
  }

  meter(from: number, to: number): number {
    const { words, levels, shift } = this.#flows.table;
    const { length, color, clock, hashes, records } = this.#columns;
    const { drainPerNs, levelPerUnit, testLevel, unitsMax } = this.#bucket;
    const { lengthFactor, addend, least } = this.#bucket.units;
    const capLevel = this.#capLevel;
    const clearLevel = this.#clearLevel;
    const hasAlarm = this.#hasAlarm;
    const keepsRecords = this.#flows.records !== null;
    const isAsked = this.#columns.delay.length > 0 || this.#columns.levels.length > 0;
    for (let index = from; index < to; index += 1) {
      words[(hashes[index + TOUCH_AHEAD]! >>> shift) * LINE_WORDS + TAG] = 0;
      const slot = this.#flows.slotOf(index);
      if (slot === NO_SLOT) return index;
      if (keepsRecords) records[index] = words[slot + RECORD]!;

      const clockLo = clock[2 * index]!;
      const clockHi = clock[2 * index + 1]!;
      const elapsedNs = (clockHi - words[slot + LAST_HI]!) * TWO_32 + (clockLo - words[slot + LAST_LO]!);
      const stored = levels[levelIndex(slot)]!;
      const isAlarmed = stored < 0;
      const undrained = (isAlarmed ? -1 - stored : stored) - elapsedNs * drainPerNs;
      const level = undrained > 0 ? undrained : 0;
      const isHeld = isAlarmed && level > clearLevel;
      const units = Math.max(length[index]! * lengthFactor + addend, least);
      const charged = level + units * levelPerUnit;
      const conforms = charged <= testLevel && units <= unitsMax && !isHeld;
      const after = Math.min(charged, capLevel);
      words[slot + LAST_LO] = clockLo;
      words[slot + LAST_HI] = clockHi;
      levels[levelIndex(slot)] = hasAlarm && !conforms ? -1 - after : after;
      color[index] = conforms ? COLOR_GREEN : COLOR_RED;
      if (units > unitsMax) this.#markOversize(index);
      if (!isAsked) continue;
      this.#putDelay(index, conforms, level, isHeld);
      this.#putLevels(index, after, hasAlarm && !conforms ? 1 : 0);
    }
    return to;
  }

  /** Drained to 0 is at most the clear level: the alarm is over as well. */
  isDrained(slot: number, clockLo: number, clockHi: number): boolean {
    const { words, levels } = this.#flows.table;
    const elapsedNs = (clockHi - words[slot + LAST_HI]!) * TWO_32 + (clockLo - words[slot + LAST_LO]!);
    const stored = levels[levelIndex(slot)]!;
    return (stored < 0 ? -1 - stored : stored) <= elapsedNs * this.#bucket.drainPerNs;
  }

  #markOversize(index: number): void {
    this.#columns.reason[index] = REASON_OVERSIZE;
    this.#oversize.add(1, this.#columns.length[index]!);
  }

  /** A packet conforms when the level has drained to let it in and, under alarm, to the clear level. */
  #putDelay(index: number, conforms: boolean, level: number, isHeld: boolean): void {
    const { delay, reason, length } = this.#columns;
    if (delay.length === 0) return;
    if (conforms) return putNumber(delay, index, 0);
    if (reason[index] === REASON_OVERSIZE) return putNumber(delay, index, Infinity);
    const { units, drainPerNs, levelPerUnit, testLevel } = this.#bucket;
    const cost = Math.max(length[index]! * units.lengthFactor + units.addend, units.least) * levelPerUnit;
    const untilRoom = waitNs(level + cost - testLevel, drainPerNs);
    putNumber(delay, index, isHeld ? Math.max(untilRoom, waitNs(level - this.#clearLevel, drainPerNs)) : untilRoom);
  }

  #putLevels(index: number, level: number, alarm: 0 | 1): void {
    const { levels } = this.#columns;
    if (levels.length === 0) return;
    putNumber(levels[0], index, level);
    putNumber(levels[1], index, alarm);
  }
}
