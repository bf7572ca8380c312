/** The level of each flow's buckets after its last packet, by record index, and how it has drained since. */
import type { BucketProfile, MeterProfile } from "../types.ts";

const FLOWS_MIN = 1024;
const TWO_32 = 2 ** 32;

/** The level of one bucket now. */
export interface LevelNow {
  /** Units: bytes or packets. */
  readonly level: number;
  /** What the bucket holds. */
  readonly depth: number;
}

/** A bucket in plain numbers. */
interface Bucket {
  readonly drainPerNs: number;
  readonly stepsPerUnit: number;
  readonly depthSteps: number;
}

function inNumbers({ drainPerNs, levelPerUnit, depthLevel }: BucketProfile): Bucket {
  return {
    drainPerNs: Number(drainPerNs),
    stepsPerUnit: Number(levelPerUnit),
    depthSteps: Math.max(1, Number(depthLevel)),
  };
}

/** Levels of one or two buckets: 16 or 32 bytes a flow beside the 170 in the core, in one cache line. */
export class FlowLevels {
  readonly #buckets: readonly [Bucket, Bucket | undefined];
  readonly #isCoupled: boolean;
  /** Numbers a flow: time, level, and where there are two buckets the second level and one that is not used. */
  readonly #stride: 2 | 4;
  #values: Float64Array;

  constructor(profile: MeterProfile) {
    const [first, second] = profile.buckets;
    this.#buckets = [inNumbers(first), second === undefined ? undefined : inNumbers(second)];
    this.#isCoupled = profile.kernel === "two-buckets" && profile.isCoupled;
    this.#stride = second === undefined ? 2 : 4;
    this.#values = new Float64Array(FLOWS_MIN * this.#stride);
  }

  /** Takes the level columns of the packet at `row`, whose flow has this record, as of `atNs`. */
  put(index: number, row: number, levels: readonly [Uint32Array, Uint32Array], atNs: number): void {
    const at = index * this.#stride;
    if (at >= this.#values.length) this.#grow(at);
    const [first, second] = levels;
    this.#values[at] = atNs;
    this.#values[at + 1] = first[2 * row + 1]! * TWO_32 + first[2 * row]!;
    if (this.#stride === 4) this.#values[at + 2] = second[2 * row + 1]! * TWO_32 + second[2 * row]!;
  }

  #grow(at: number): void {
    const grown = new Float64Array(Math.max(2 * this.#values.length, at + this.#stride));
    grown.set(this.#values);
    this.#values = grown;
  }

  /** The buckets in the order in which they are asked. */
  now(index: number, nowNs: number): LevelNow[] {
    return this.#buckets.flatMap((bucket, nth) => {
      if (bucket === undefined || index * this.#stride >= this.#values.length) return [];
      const { stepsPerUnit, depthSteps } = bucket;
      return [{ level: this.#steps(index, nth, nowNs) / stepsPerUnit, depth: depthSteps / stepsPerUnit }];
    });
  }

  /** The fullest bucket: its level as a part of its depth. */
  fullness(index: number, nowNs: number): number {
    if (index * this.#stride >= this.#values.length) return 0;
    const [first, second] = this.#buckets;
    const part = this.#steps(index, 0, nowNs) / first.depthSteps;
    return second === undefined ? part : Math.max(part, this.#steps(index, 1, nowNs) / second.depthSteps);
  }

  #steps(index: number, nth: number, nowNs: number): number {
    const at = index * this.#stride;
    const elapsedNs = Math.max(0, nowNs - this.#values[at]!);
    const [first, second] = this.#buckets;
    const ownSteps = this.#values[at + 1]!;
    const drainedSteps = first.drainPerNs * elapsedNs;
    if (nth === 0 || second === undefined) return Math.max(0, ownSteps - drainedSteps);
    // What the first bucket drains beyond its level goes to the second where they are coupled.
    const passedOnSteps = this.#isCoupled ? Math.max(0, drainedSteps - ownSteps) : 0;
    return Math.max(0, this.#values[at + 2]! - second.drainPerNs * elapsedNs - passedOnSteps);
  }
}
