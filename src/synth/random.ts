/** Seeded randomness: equal seeds give equal draws on every machine. */
import { ln } from "./arithmetic.ts";

const TWO_20 = 2 ** 20;
const TWO_32 = 2 ** 32;
const TWO_52 = 2 ** 52;

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, 32-bit integer operations only. */
export class Random {
  #a: number;
  #b: number;
  #c = 0x243f_6a88;
  #counter = 1;

  /** `stream` numbers what is drawn for: a change of sizes must not change arrivals. */
  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = scramble(stream) | 0;
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

  /** Above 0 and below 1: an odd multiple of 2^-53. */
  unit(): number {
    return (this.word() * TWO_20 + (this.word() >>> 12) + 0.5) / TWO_52;
  }

  /** A whole number from 0 to `count` - 1; `count` is at most 2^32. The likeliest is n/2^32 likelier than the rest. */
  below(count: number): number {
    return Math.floor((this.word() * count) / TWO_32);
  }

  /** Exponential with mean 1, by the inverse of its distribution: -ln U. */
  exponential(): number {
    return -ln(this.unit());
  }

  /** One of the two whole numbers around `value`, such that the mean is `value`. */
  rounded(value: number): number {
    const whole = Math.floor(value);
    return this.unit() < value - whole ? whole + 1 : whole;
  }
}

/** Spreads 32-bit numbers over all 32-bit numbers, one to one (the finalizer of MurmurHash3). */
export function scramble(value: number): number {
  let word = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
