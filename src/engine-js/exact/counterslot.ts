import type { MarkingRule, MeterProfile } from "../../types.ts";
import { Bucket, waitOf } from "./bucket.ts";
import { BUCKET0, oneBucketRules, type Entry, type SlotProgram, type WaitNs } from "./slotprogram.ts";

/** Every arrival is added up to a cap, refused ones too: Turner's counter and the event counter. */
export class CounterSlot implements SlotProgram {
  readonly rules: readonly MarkingRule[] = oneBucketRules(true);
  readonly #bucket: Bucket;
  readonly #capLevel: bigint;
  /** An alarm ends when the level has drained to this; null: there are no alarms. */
  readonly #clearLevel: bigint | null;

  constructor(profile: Extract<MeterProfile, { readonly kernel: "turner" | "event-counter" }>) {
    this.#bucket = new Bucket(profile.buckets[0]);
    this.#capLevel = profile.capLevel;
    this.#clearLevel = profile.kernel === "event-counter" ? profile.clearLevel : null;
  }

  begin(nowNs: bigint): Entry {
    return { lastNs: nowNs, level0: this.#bucket.initialLevel, level1: 0n, isAlarmed: false, share: null };
  }

  advance(entry: Entry, nowNs: bigint): void {
    entry.level0 = this.#bucket.lowered(entry.level0, nowNs - entry.lastNs);
    entry.lastNs = nowNs;
  }

  /** Drained to 0 is at most the clear level: the alarm is over as well. */
  isDrained(entry: Entry): boolean {
    return entry.level0 === 0n;
  }

  fits(entry: Entry, lengthBytes: number): number {
    return !this.#isHeld(entry) && this.#bucket.fits(entry.level0, this.#bucket.costOf(lengthBytes)) ? BUCKET0 : 0;
  }

  fitsDrained(lengthBytes: number): number {
    return this.#bucket.fits(0n, this.#bucket.costOf(lengthBytes)) ? BUCKET0 : 0;
  }

  waits(entry: Entry, lengthBytes: number): readonly [WaitNs, WaitNs] {
    const { drainPerNs } = this.#bucket;
    const untilRoom = waitOf(this.#bucket.excess(entry.level0, this.#bucket.costOf(lengthBytes)), drainPerNs);
    if (!this.#isHeld(entry) || this.#clearLevel === null) return [untilRoom, null];
    const untilClear = waitOf(entry.level0 - this.#clearLevel, drainPerNs);
    if (untilRoom === null || untilClear === null) return [null, null];
    return [untilRoom > untilClear ? untilRoom : untilClear, null];
  }

  charge(entry: Entry, lengthBytes: number): void {
    if (this.#clearLevel !== null) entry.isAlarmed = this.fits(entry, lengthBytes) === 0;
    const charged = entry.level0 + this.#bucket.costOf(lengthBytes);
    entry.level0 = charged < this.#capLevel ? charged : this.#capLevel;
  }

  levels(entry: Entry): readonly [bigint, bigint] {
    return [entry.level0, entry.isAlarmed ? 1n : 0n];
  }

  #isHeld(entry: Entry): boolean {
    return entry.isAlarmed && this.#clearLevel !== null && entry.level0 > this.#clearLevel;
  }
}
