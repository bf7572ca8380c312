/**
 * The levels of one flow's buckets as lines of the chart: they fall while nothing comes, and step at packets. Of packets
 * that share a column of pixels, a run of them at once, only the lowest and the highest level are drawn.
 */
import { cornersNs, type Fall, fallenFirst, fallenSecond, fallOf } from "../../see/fall.ts";
import type { BucketProfile, MeterProfile } from "../../types.ts";
import { type LinePoints, LineReducer } from "../picture/linereducer.ts";
import type { TimeWindow } from "../../see/timewindow.ts";
import { MarkColumns, type RefusedMarks } from "./refusedmarks.ts";

/** One bucket of the flow, in bytes or packets. */
export interface BucketLine {
  readonly line: LinePoints;
  readonly depth: number;
  /** Packets that were refused because they did not fit this bucket. */
  readonly marks: RefusedMarks;
  /** The highest place of line, marks and depth. */
  readonly largest: number;
}

export interface LevelLines {
  readonly flow: number;
  readonly buckets: readonly BucketLine[];
  /** Of the flow in the window. */
  readonly packets: number;
  readonly refused: number;
}

const RED = 2;
/** A level that a packet moves by less than this part of the depth, it does not move: the rest is rounding. */
const STILL = 1e-9;

/** The part of a bucket's profile that drawing needs. All levels are units: bytes or packets. */
class DrawnBucket {
  readonly line: LineReducer;
  readonly marks: MarkColumns;
  readonly depth: number;
  readonly initial: number;
  readonly #still: number;
  /** What a packet costs whatever its length, 0 when its length counts. */
  readonly #fixedUnits: number;
  readonly #overheadBytes: number;
  readonly #leastBytes: number;
  largest: number;

  constructor(profile: BucketProfile, { fromNs, toNs }: TimeWindow, columns: number) {
    const { costRule, depthLevel, initialLevel, levelPerUnit } = profile;
    const { cost, overheadBytes, minLengthBytes } = costRule;
    this.line = new LineReducer(fromNs, toNs, columns);
    this.marks = new MarkColumns(columns);
    this.depth = Number(depthLevel) / Number(levelPerUnit);
    this.initial = Number(initialLevel) / Number(levelPerUnit);
    this.#still = STILL * Math.max(this.depth, 1);
    this.#fixedUnits = cost === "packets" ? 1 : 0;
    this.#overheadBytes = overheadBytes;
    this.#leastBytes = Math.max(minLengthBytes, 0);
    this.largest = this.depth;
  }

  /** Where a packet took the level to, or would have taken it to. */
  reach(before: number, after: number, lengthBytes: number): number {
    if (Math.abs(after - before) > this.#still) return after;
    if (this.#fixedUnits > 0) return before + this.#fixedUnits;
    return before + Math.max(lengthBytes + this.#overheadBytes, this.#leastBytes);
  }

  drawn(): BucketLine {
    const { marks, depth } = this;
    return { line: this.line.points(), depth, marks: marks.marks(), largest: Math.max(this.largest, marks.largest) };
  }
}

/** How levels in units fall. Coupled buckets have one scale. */
function fallInUnits(profile: MeterProfile): Fall {
  const { perNs, ...fall } = fallOf(profile);
  const [first, second] = profile.buckets.map(({ levelPerUnit }) => Number(levelPerUnit));
  return { ...fall, perNs: [perNs[0] / first!, perNs[1] / (second ?? 1)] };
}

export class FlowLevels {
  // The flow's next packets, from index 1 on; at 0 the one before them. Levels are those after the packet.
  readonly clockNs: Float64Array;
  readonly lengthBytes: Float64Array;
  readonly color: Uint8Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly #window: TimeWindow;
  readonly #fall: Fall;
  readonly #buckets: readonly DrawnBucket[];
  #packets = 0;
  #isBegun = false;
  #column = -1;

  constructor(profile: MeterProfile, window: TimeWindow, columns: number, batchPackets: number) {
    const places = batchPackets + 1;
    this.clockNs = new Float64Array(places);
    this.lengthBytes = new Float64Array(places);
    this.color = new Uint8Array(places);
    this.first = new Float64Array(places);
    this.second = new Float64Array(places);
    this.#window = window;
    this.#fall = fallInUnits(profile);
    this.#buckets = profile.buckets.map((bucket) => new DrawnBucket(bucket, window, columns));
    this.first[0] = this.#buckets[0]!.initial;
    this.second[0] = this.#buckets[1]?.initial ?? 0;
  }

  /** Draws the packets that were put at 1 to `count`; the window ends after the last. */
  look(count: number): void {
    const { clockNs } = this;
    const { line } = this.#buckets[0]!;
    if (!this.#isBegun) clockNs[0] = clockNs[1]!;
    this.#isBegun = true;
    let at = 1;
    while (at <= count && clockNs[at]! < this.#window.fromNs) at += 1;
    while (at <= count) {
      const column = line.columnOf(clockNs[at]!);
      const columnEndNs = line.endOf(column);
      let end = at + 1;
      while (end <= count && clockNs[end]! < columnEndNs) end += 1;
      if (column !== this.#column) this.#fallBetween(at - 1, clockNs[at]!);
      this.#column = column;
      for (let bucket = 0; bucket < this.#buckets.length; bucket += 1) this.#drawRun(bucket, at, end);
      this.#markRun(at, end, column);
      this.#packets += end - at;
      at = end;
    }
    for (const column of [clockNs, this.lengthBytes, this.first, this.second]) column[0] = column[count]!;
  }

  /** The level of a bucket when so much time has passed since the packet at an index. */
  #fallen(bucket: number, at: number, elapsedNs: number): number {
    if (bucket === 0) return fallenFirst(this.#fall, this.first[at]!, elapsedNs);
    return fallenSecond(this.#fall, this.first[at]!, this.second[at]!, elapsedNs);
  }

  /** Packets that share a column: all that can be seen of them. */
  #drawRun(index: number, from: number, end: number): void {
    const bucket = this.#buckets[index]!;
    const { clockNs } = this;
    const fall = this.#fall;
    const first = this.first;
    const after = index === 0 ? first : this.second;
    let [low, high, lowAt, highAt] = [Infinity, -Infinity, from, from];
    let lastNs = clockNs[from - 1]!;
    for (let at = from; at < end; at += 1) {
      const nowNs = clockNs[at]!;
      const elapsedNs = nowNs - lastNs;
      lastNs = nowNs;
      const before =
        index === 0
          ? fallenFirst(fall, first[at - 1]!, elapsedNs)
          : fallenSecond(fall, first[at - 1]!, after[at - 1]!, elapsedNs);
      if (before < low) {
        low = before;
        lowAt = at;
      }
      if (after[at]! > high) {
        high = after[at]!;
        highAt = at;
      }
    }
    const { line } = bucket;
    line.add(clockNs[from]!, this.#fallen(index, from - 1, clockNs[from]! - clockNs[from - 1]!));
    line.add(clockNs[from]!, after[from]!);
    // At one packet the level before comes first.
    if (lowAt <= highAt) line.add(clockNs[lowAt]!, low);
    line.add(clockNs[highAt]!, high);
    if (lowAt > highAt) line.add(clockNs[lowAt]!, low);
    line.add(lastNs, after[end - 1]!);
    if (high > bucket.largest) bucket.largest = high;
  }

  /** Marks refused packets where they would have taken the level, at the first bucket that they do not fit. */
  #markRun(from: number, end: number, column: number): void {
    const { clockNs, color, lengthBytes, first, second } = this;
    const fall = this.#fall;
    const [one, two] = this.#buckets as readonly [DrawnBucket, DrawnBucket | undefined];
    for (let at = from; at < end; at += 1) {
      if (color[at] !== RED) continue;
      const elapsedNs = clockNs[at]! - clockNs[at - 1]!;
      const reached = one.reach(fallenFirst(fall, first[at - 1]!, elapsedNs), first[at]!, lengthBytes[at]!);
      if (two !== undefined && reached <= one.depth) {
        const before = fallenSecond(fall, first[at - 1]!, second[at - 1]!, elapsedNs);
        const other = two.reach(before, second[at]!, lengthBytes[at]!);
        if (other > two.depth) {
          two.marks.add(column, clockNs[at]!, other);
          continue;
        }
      }
      one.marks.add(column, clockNs[at]!, reached);
    }
  }

  /** The fall from the packet at an index up to a time, with its corners, as far as the window shows it. */
  #fallBetween(at: number, toNs: number): void {
    const fromNs = this.clockNs[at]!;
    const shownNs = Math.max(fromNs, this.#window.fromNs);
    for (const [index, { line }] of this.#buckets.entries()) {
      if (shownNs > fromNs) line.add(shownNs, this.#fallen(index, at, shownNs - fromNs));
      for (const afterNs of cornersNs(this.#fall, this.first[at]!, this.second[at]!, index as 0 | 1)) {
        const cornerNs = fromNs + afterNs;
        if (cornerNs > shownNs && cornerNs < toNs) line.add(cornerNs, this.#fallen(index, at, afterNs));
      }
      line.add(toNs, this.#fallen(index, at, toNs - fromNs));
    }
  }

  /** What is to be drawn, once the last packet was looked at. */
  lines(flow: number): LevelLines {
    if (this.#isBegun) this.#fallBetween(0, this.#window.toNs);
    const refused = this.#buckets.reduce((sum, { marks }) => sum + marks.total, 0);
    const buckets = this.#buckets.map((bucket) => bucket.drawn());
    return { flow, buckets, packets: this.#packets, refused };
  }
}
