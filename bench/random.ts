/** Seeded randomness: equal seeds give equal workloads on every machine, so that digests can be compared. */

const TWO_32 = 2 ** 32;

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, fast, and far better than a workload needs. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = 0x9e37_79b9 | 0;
    this.#c = 0x243f_6a88;
    for (let round = 0; round < 12; round += 1) this.word();
  }

  /** 32 random bits. */
  word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Above 0 and below 1. */
  unit(): number {
    return (this.word() + 0.5) / TWO_32;
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** With mean 1: the gap between arrivals that know nothing of each other. */
  exponential(): number {
    return -Math.log(this.unit());
  }
}

export type Distribution = "uniform" | "zipf";

/** Draws which of `flows` flows (numbered from 0) the next packet belongs to. */
export function flowDrawer(distribution: Distribution, flows: number, random: Random): () => number {
  return distribution === "uniform" ? () => random.below(flows) : zipfDrawer(flows, random);
}

/**
 * Zipf with exponent 1, exactly and without a table: rejection-inversion (Hörmann and Derflinger 1996). The integral
 * of 1/x is the logarithm, so with this exponent the method takes a few lines.
 */
function zipfDrawer(flows: number, random: Random): () => number {
  const from = Math.log(1.5) - 1;
  const to = Math.log(flows + 0.5);
  const sureWithin = 2 - Math.exp(Math.log(2.5) - 0.5);
  return () => {
    for (;;) {
      const area = to + random.unit() * (from - to);
      const x = Math.exp(area);
      const rank = Math.min(Math.max(Math.round(x), 1), flows);
      if (rank - x <= sureWithin || area >= Math.log(rank + 0.5) - 1 / rank) return rank - 1;
    }
  };
}

/** Spreads a 32-bit number over all 32-bit numbers, one to one (the finalizer of MurmurHash3). */
export function scramble(value: number): number {
  let word = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
