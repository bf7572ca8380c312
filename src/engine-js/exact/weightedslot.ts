import type { MarkingRule, MeterProfile } from "../../types.ts";
import { Bucket } from "./bucket.ts";
import { BUCKET0, oneBucketRules, type Entry, type SlotProgram, type WaitNs } from "./slotprogram.ts";
import { WeightedGroup } from "./weightedgroup.ts";

export type WeightedProfile = Extract<MeterProfile, { readonly kernel: "weighted" }>;

/** The virtual time of the group that a profile belongs to, before any packet. */
export function groupOf({ buckets, ticksPerLevel }: WeightedProfile): WeightedGroup {
  return new WeightedGroup(buckets[0].drainPerNs * ticksPerLevel);
}

/** A bucket that drains at its share of the group's rate. Its level is the ticks up to its finish, times its weight. */
export class WeightedSlot implements SlotProgram {
  readonly rules: readonly MarkingRule[] = oneBucketRules(false);
  readonly #bucket: Bucket;
  readonly #group: WeightedGroup;
  readonly #weight: bigint;
  readonly #ticksPerLevel: bigint;

  constructor({ buckets, weight, ticksPerLevel }: WeightedProfile, group: WeightedGroup) {
    this.#bucket = new Bucket(buckets[0]);
    this.#group = group;
    this.#weight = weight;
    this.#ticksPerLevel = ticksPerLevel;
  }

  begin(nowNs: bigint): Entry {
    const share = { finish: 0n, weight: this.#weight, place: -1 };
    return { lastNs: nowNs, level0: 0n, level1: 0n, isAlarmed: false, share };
  }

  advance(_entry: Entry, nowNs: bigint): void {
    this.#group.advance(nowNs);
  }

  isDrained({ share }: Entry): boolean {
    return share === null || share.place < 0;
  }

  fits(entry: Entry, lengthBytes: number): number {
    const cost = this.#bucket.costOf(lengthBytes);
    const tested = this.#weightedTicks(entry) + cost * this.#ticksPerLevel;
    return this.#bucket.fits(0n, cost) && tested <= this.#bucket.testLevel * this.#ticksPerLevel ? BUCKET0 : 0;
  }

  fitsDrained(lengthBytes: number): number {
    return this.#bucket.fits(0n, this.#bucket.costOf(lengthBytes)) ? BUCKET0 : 0;
  }

  waits(entry: Entry, lengthBytes: number): readonly [WaitNs, WaitNs] {
    if (this.fits(entry, lengthBytes) !== 0) return [0n, null];
    const cost = this.#bucket.costOf(lengthBytes);
    if (entry.share === null || !this.#bucket.fits(0n, cost)) return [null, null];
    const ticksLeft = ((this.#bucket.testLevel - cost) * this.#ticksPerLevel) / this.#weight;
    return [this.#group.waitUntil(entry.share.finish - ticksLeft), null];
  }

  charge({ share }: Entry, lengthBytes: number): void {
    if (share === null) return;
    // A whole number: the weight divides ticksPerLevel.
    this.#group.charge(share, (this.#bucket.costOf(lengthBytes) * this.#ticksPerLevel) / this.#weight);
  }

  /** Level steps, rounded up: 0 is drained. */
  levels(entry: Entry): readonly [bigint, bigint] {
    return [(this.#weightedTicks(entry) + this.#ticksPerLevel - 1n) / this.#ticksPerLevel, 0n];
  }

  #weightedTicks({ share }: Entry): bigint {
    if (share === null || share.place < 0) return 0n;
    return (share.finish - this.#group.virtual) * this.#weight;
  }
}
