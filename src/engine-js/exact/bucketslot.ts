import type { BucketProfile, MarkingRule } from "../../types.ts";
import { Bucket, waitOf } from "./bucket.ts";
import { BUCKET0, BUCKET1, type Entry, type SlotProgram, type WaitNs } from "./slotprogram.ts";

/** One bucket, or two that share a last time and are marked by rules. */
export class BucketSlot implements SlotProgram {
  readonly rules: readonly MarkingRule[];
  readonly #first: Bucket;
  readonly #second: Bucket | null;
  readonly #isCoupled: boolean;

  constructor(buckets: readonly BucketProfile[], rules: readonly MarkingRule[], isCoupled: boolean) {
    const [first, second] = buckets;
    this.#first = new Bucket(first!);
    this.#second = second === undefined ? null : new Bucket(second);
    this.#isCoupled = isCoupled;
    this.rules = rules;
  }

  begin(nowNs: bigint): Entry {
    const [level0, level1] = [this.#first.initialLevel, this.#second?.initialLevel ?? 0n];
    return { lastNs: nowNs, level0, level1, isAlarmed: false, share: null };
  }

  advance(entry: Entry, nowNs: bigint): void {
    const elapsedNs = nowNs - entry.lastNs;
    if (elapsedNs === 0n) return;
    if (this.#second !== null) {
      const beyond = this.#first.drainPerNs * elapsedNs - entry.level0;
      const passedOn = this.#isCoupled && beyond > 0n ? beyond : 0n;
      const level1 = this.#second.lowered(entry.level1, elapsedNs) - passedOn;
      entry.level1 = level1 > 0n ? level1 : 0n;
    }
    entry.level0 = this.#first.lowered(entry.level0, elapsedNs);
    entry.lastNs = nowNs;
  }

  isDrained(entry: Entry): boolean {
    return entry.level0 === 0n && entry.level1 === 0n;
  }

  fits(entry: Entry, lengthBytes: number): number {
    return this.#fitting(entry.level0, entry.level1, lengthBytes);
  }

  fitsDrained(lengthBytes: number): number {
    return this.#fitting(0n, 0n, lengthBytes);
  }

  waits(entry: Entry, lengthBytes: number): readonly [WaitNs, WaitNs] {
    const first = this.#first;
    const wait0 = waitOf(first.excess(entry.level0, first.costOf(lengthBytes)), first.drainPerNs);
    if (this.#second === null) return [wait0, null];
    const excess1 = this.#second.excess(entry.level1, this.#second.costOf(lengthBytes));
    const alone = waitOf(excess1, this.#second.drainPerNs);
    if (!this.#isCoupled || excess1 === null || excess1 === 0n) return [wait0, alone];
    // In t ns bucket 1 drains max(drain1 * t, (drain0 + drain1) * t - level0): the sooner of the two.
    const together = waitOf(excess1 + entry.level0, first.drainPerNs + this.#second.drainPerNs);
    return [wait0, alone === null || (together !== null && together < alone) ? together : alone];
  }

  charge(entry: Entry, lengthBytes: number, buckets: number): void {
    if ((buckets & BUCKET0) !== 0) entry.level0 += this.#first.costOf(lengthBytes);
    if (this.#second !== null && (buckets & BUCKET1) !== 0) entry.level1 += this.#second.costOf(lengthBytes);
  }

  levels(entry: Entry): readonly [bigint, bigint] {
    return [entry.level0, entry.level1];
  }

  #fitting(level0: bigint, level1: bigint, lengthBytes: number): number {
    const fits0 = this.#first.fits(level0, this.#first.costOf(lengthBytes)) ? BUCKET0 : 0;
    const fits1 = this.#second?.fits(level1, this.#second.costOf(lengthBytes)) === true ? BUCKET1 : 0;
    return fits0 | fits1;
  }
}
