import type { BucketProfile } from "../../types.ts";
import type { WaitNs } from "./slotprogram.ts";

/** One bucket in level form, on integers of any size: nothing is clamped and nothing can overflow. */
export class Bucket {
  readonly drainPerNs: bigint;
  readonly testLevel: bigint;
  readonly initialLevel: bigint;
  readonly #levelPerUnit: bigint;
  readonly #testsOwnCost: boolean;
  readonly #largestCost: bigint;
  readonly #lengthFactor: bigint;
  readonly #addend: bigint;
  readonly #least: bigint;

  constructor(profile: BucketProfile) {
    const { costRule } = profile;
    const isBytes = costRule.cost === "bytes";
    this.drainPerNs = profile.drainPerNs;
    this.testLevel = profile.testLevel;
    this.initialLevel = profile.initialLevel;
    this.#levelPerUnit = profile.levelPerUnit;
    this.#testsOwnCost = profile.testsOwnCost;
    this.#largestCost = profile.unitsMax * profile.levelPerUnit;
    this.#lengthFactor = isBytes ? 1n : 0n;
    this.#addend = isBytes ? BigInt(costRule.overheadBytes) : 1n;
    this.#least = isBytes ? BigInt(Math.max(costRule.minLengthBytes, 0)) : 1n;
  }

  /** Level steps that a packet costs. */
  costOf(lengthBytes: number): bigint {
    const units = BigInt(lengthBytes) * this.#lengthFactor + this.#addend;
    return (units > this.#least ? units : this.#least) * this.#levelPerUnit;
  }

  /** The level after so much time. */
  lowered(level: bigint, elapsedNs: bigint): bigint {
    const left = level - this.drainPerNs * elapsedNs;
    return left > 0n ? left : 0n;
  }

  /** Whether a cost fits on top of a level. Equality conforms. */
  fits(level: bigint, cost: bigint): boolean {
    return cost <= this.#largestCost && this.#tested(level, cost) <= this.testLevel;
  }

  /** Level steps by which the level is too high for a cost: 0 when it fits, null when it never can. */
  excess(level: bigint, cost: bigint): bigint | null {
    if (!this.fits(0n, cost)) return null;
    const excess = this.#tested(level, cost) - this.testLevel;
    return excess > 0n ? excess : 0n;
  }

  #tested(level: bigint, cost: bigint): bigint {
    return this.#testsOwnCost ? level + cost : level;
  }
}

/** Ns until so many level steps have drained, rounded up; null: never. */
export function waitOf(steps: bigint | null, drainPerNs: bigint): WaitNs {
  if (steps === null) return null;
  if (steps <= 0n) return 0n;
  return drainPerNs === 0n ? null : (steps + drainPerNs - 1n) / drainPerNs;
}
