/** Evenly spaced times: 0, gap, 2 gap, ... each rounded down to a whole nanosecond, without drift. */
import { floor } from "../rational.ts";
import type { Rational } from "../types.ts";

/** Fractions of a nanosecond are counted exactly up to this denominator, beyond it in parts of this. */
const PARTS_MAX = 2 ** 52;

export class Pace {
  readonly #wholeNs: number;
  readonly #parts: number;
  readonly #partsPerNs: number;
  #rest = 0;
  #atNs: number;

  constructor(startNs: number, gapNs: Rational) {
    const whole = floor(gapNs);
    const rest = gapNs.num - whole * gapNs.den;
    const isExact = gapNs.den <= BigInt(PARTS_MAX);
    this.#atNs = startNs;
    this.#wholeNs = Number(whole);
    this.#partsPerNs = isExact ? Number(gapNs.den) : PARTS_MAX;
    this.#parts = isExact ? Number(rest) : Number((rest * BigInt(PARTS_MAX)) / gapNs.den);
  }

  get atNs(): number {
    return this.#atNs;
  }

  advance(): void {
    this.#atNs += this.#wholeNs;
    this.#rest += this.#parts;
    if (this.#rest < this.#partsPerNs) return;
    this.#rest -= this.#partsPerNs;
    this.#atNs += 1;
  }
}
