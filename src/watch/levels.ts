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

/** Levels of one or two buckets. About 24 bytes a flow, beside 170 in the core. */
export class FlowLevels {
  readonly #buckets: readonly [Bucket, Bucket | undefined];
  readonly #isCoupled: boolean;
  #levels: readonly [Float64Array, Float64Array] = [new Float64Array(FLOWS_MIN), new Float64Array(FLOWS_MIN)];
  #atNs = new Float64Array(FLOWS_MIN);

  constructor(profile: MeterProfile) {
    const [first, second] = profile.buckets;
    this.#buckets = [inNumbers(first), second === undefined ? undefined : inNumbers(second)];
    this.#isCoupled = profile.kernel === "two-buckets" && profile.isCoupled;
  }

  /** Takes the level columns of the packet at `row`, whose flow has this record, as of `atNs`. */
  put(index: number, row: number, levels: readonly [Uint32Array, Uint32Array], atNs: number): void {
    if (index >= this.#atNs.length) this.#grow(index);
    const [first, second] = levels;
    this.#levels[0][index] = first[2 * row + 1]! * TWO_32 + first[2 * row]!;
    this.#levels[1][index] = second[2 * row + 1]! * TWO_32 + second[2 * row]!;
    this.#atNs[index] = atNs;
  }

  #grow(index: number): void {
    const length = Math.max(2 * this.#atNs.length, index + 1);
    const longer = (old: Float64Array) => {
      const grown = new Float64Array(length);
      grown.set(old);
      return grown;
    };
    this.#levels = [longer(this.#levels[0]), longer(this.#levels[1])];
    this.#atNs = longer(this.#atNs);
  }

  /** The buckets in the order in which they are asked. */
  now(index: number, nowNs: number): LevelNow[] {
    return this.#buckets.flatMap((bucket, nth) => {
      if (bucket === undefined || index >= this.#atNs.length) return [];
      const { stepsPerUnit, depthSteps } = bucket;
      return [{ level: this.#steps(index, nth, nowNs) / stepsPerUnit, depth: depthSteps / stepsPerUnit }];
    });
  }

  /** The fullest bucket: its level as a part of its depth. */
  fullness(index: number, nowNs: number): number {
    if (index >= this.#atNs.length) return 0;
    const [first, second] = this.#buckets;
    const part = this.#steps(index, 0, nowNs) / first.depthSteps;
    return second === undefined ? part : Math.max(part, this.#steps(index, 1, nowNs) / second.depthSteps);
  }

  #steps(index: number, nth: number, nowNs: number): number {
    const elapsedNs = Math.max(0, nowNs - this.#atNs[index]!);
    const [first, second] = this.#buckets;
    const ownSteps = this.#levels[0][index]!;
    const drainedSteps = first.drainPerNs * elapsedNs;
    if (nth === 0 || second === undefined) return Math.max(0, ownSteps - drainedSteps);
    // What the first bucket drains beyond its level goes to the second where they are coupled.
    const passedOnSteps = this.#isCoupled ? Math.max(0, drainedSteps - ownSteps) : 0;
    return Math.max(0, this.#levels[1][index]! - second.drainPerNs * elapsedNs - passedOnSteps);
  }
}
