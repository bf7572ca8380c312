/** One flow over time: the levels of its buckets, and a mark for each packet that was not green. */
import type { BucketProfile, Color, MeterProfile } from "../types.ts";
import type { FollowedSeries } from "./followed.ts";
import { cornersNs, type Fall, fallenFirst, fallenSecond, fallOf } from "./fall.ts";
import { LevelLine } from "./levelline.ts";
import { Marks } from "./marks.ts";
import { SERIES_RATE_BINS, TimeBins } from "./timebins.ts";
import { ALL_TIME, isWithin, type TimeWindow } from "./timewindow.ts";

/** A level that a packet moves by less than this part of the depth, it does not move: the rest is rounding. */
const STILL = 1e-9;
const YELLOW = 1;
const RED = 2;

function unitsOf({ costRule }: BucketProfile, lengthBytes: number): number {
  const { cost, overheadBytes, minLengthBytes } = costRule;
  return cost === "packets" ? 1 : Math.max(lengthBytes + overheadBytes, minLengthBytes, 0);
}

/** The part of a bucket's profile that drawing needs. Levels are level steps until they are handed out. */
class DrawnBucket {
  readonly line = new LevelLine();
  readonly levelPerUnit: number;
  readonly #profile: BucketProfile;
  readonly #still: number;

  constructor(profile: BucketProfile) {
    this.levelPerUnit = Number(profile.levelPerUnit);
    this.#profile = profile;
    this.#still = STILL * Math.max(Number(profile.depthLevel), this.levelPerUnit);
  }

  moves(before: number, after: number): boolean {
    return Math.abs(after - before) > this.#still;
  }

  step(timeNs: number, before: number, after: number): void {
    this.line.step(timeNs, before / this.levelPerUnit, after / this.levelPerUnit);
  }

  /** Units that a packet took the level to, or would have taken it to. */
  reach(before: number, after: number, lengthBytes: number): number {
    if (this.moves(before, after)) return after / this.levelPerUnit;
    return before / this.levelPerUnit + unitsOf(this.#profile, lengthBytes);
  }
}

export class FlowSeries implements FollowedSeries {
  readonly yellow = new Marks();
  readonly red = new Marks();
  /** From `ratesStartNs` on. */
  readonly rates = new TimeBins(SERIES_RATE_BINS);
  readonly startNs: number;
  readonly ratesStartNs: number;
  readonly #window: TimeWindow;
  readonly #edgesNs: readonly [number, number];
  readonly #fall: Fall;
  readonly #buckets: readonly DrawnBucket[];
  #lastNs: number;
  #first: number;
  #second: number;
  #packets = 0;

  /** `levels`, in level steps, are those at `startNs`. Lines, marks and rates are kept of the window alone. */
  constructor(profile: MeterProfile, startNs: number, levels: readonly [number, number], window = ALL_TIME) {
    this.#fall = fallOf(profile);
    this.#buckets = profile.buckets.map((bucket) => new DrawnBucket(bucket));
    this.startNs = startNs;
    this.ratesStartNs = Math.max(startNs, window.fromNs);
    this.#window = window;
    this.#edgesNs = [window.fromNs, window.toNs];
    this.#lastNs = startNs;
    [this.#first, this.#second] = levels;
    if (isWithin(window, startNs)) this.#draw(startNs);
  }

  get packets(): number {
    return this.#packets;
  }

  /** The level line of each bucket, in units. */
  get lines(): readonly LevelLine[] {
    return this.#buckets.map(({ line }) => line);
  }

  /** A packet, with the levels after it in level steps. */
  take(timeNs: number, lengthBytes: number, color: Color, first: number, second: number): void {
    this.#fallTo(timeNs);
    if (isWithin(this.#window, timeNs)) this.#show(timeNs, lengthBytes, color, first, second);
    this.#packets += 1;
    this.#first = first;
    this.#second = second;
  }

  /** A packet of the window; the levels before it are at hand. */
  #show(timeNs: number, lengthBytes: number, color: Color, first: number, second: number): void {
    const [one, two] = this.#buckets;
    const [firstBefore, secondBefore] = [this.#first, this.#second];
    if (one!.moves(firstBefore, first)) one!.step(timeNs, firstBefore, first);
    // A coupled bucket falls only while the first one is drained: where that ends there is a corner.
    const isCorner = this.#fall.isCoupled && firstBefore === 0 && first > 0 && secondBefore > 0;
    if (isCorner || two?.moves(secondBefore, second) === true) two!.step(timeNs, secondBefore, second);
    if (color >= YELLOW) {
      const marks = color === RED ? this.red : this.yellow;
      const reach = two === undefined ? 0 : two.reach(secondBefore, second, lengthBytes);
      marks.add(timeNs, lengthBytes, one!.reach(firstBefore, first, lengthBytes), reach);
    }
    this.rates.add(timeNs - this.ratesStartNs, color, lengthBytes);
  }

  /** Draws the lines to the end of what was read. */
  end(timeNs: number): void {
    this.#fallTo(timeNs);
    if (isWithin(this.#window, timeNs)) this.#draw(timeNs);
  }

  /** A point of each line: its level now. */
  #draw(timeNs: number): void {
    const [one, two] = this.#buckets;
    one!.step(timeNs, this.#first, this.#first);
    two?.step(timeNs, this.#second, this.#second);
  }

  /** Where the window begins or ends on the way, its lines begin or end. */
  #fallTo(timeNs: number): void {
    for (const edgeNs of this.#edgesNs) {
      if (edgeNs <= this.#lastNs || edgeNs >= timeNs) continue;
      this.#fallWithin(edgeNs);
      this.#draw(edgeNs);
    }
    this.#fallWithin(timeNs);
  }

  #fallWithin(timeNs: number): void {
    const elapsedNs = timeNs - this.#lastNs;
    if (elapsedNs <= 0) return;
    const [first, second] = [this.#first, this.#second];
    for (const bucket of this.#fall.bucketCount === 1 ? ([0] as const) : ([0, 1] as const)) {
      for (const cornerNs of cornersNs(this.#fall, first, second, bucket)) {
        if (cornerNs < elapsedNs && isWithin(this.#window, this.#lastNs + cornerNs)) this.#corner(bucket, cornerNs);
      }
    }
    this.#first = fallenFirst(this.#fall, first, elapsedNs);
    this.#second = fallenSecond(this.#fall, first, second, elapsedNs);
    this.#lastNs = timeNs;
  }

  /** A corner so long after the last packet. */
  #corner(bucket: 0 | 1, cornerNs: number): void {
    const level =
      bucket === 0
        ? fallenFirst(this.#fall, this.#first, cornerNs)
        : fallenSecond(this.#fall, this.#first, this.#second, cornerNs);
    this.#buckets[bucket]!.step(this.#lastNs + cornerNs, level, level);
  }
}
