/**
 * The bounded Pareto distribution: a heavy tail over three decades. Without the bound a sample of any size would be
 * ruled by its largest value, and no run would come near its mean rate.
 */
import { exp, ln } from "./arithmetic.ts";
import type { Random } from "./random.ts";

/** Largest value over least. */
const LN_SPAN = ln(1000);

/** Values from `least` to 1000 times that; within, above x with a probability that falls as x^-alpha. */
export class Pareto {
  readonly #least: number;
  readonly #alpha: number;
  /** Mean over least. */
  readonly #meanFactor: number;

  constructor(mean: number, alpha: number) {
    this.#alpha = alpha;
    this.#meanFactor = meanFactor(alpha);
    this.#least = mean / this.#meanFactor;
  }

  get least(): number {
    return this.#least;
  }

  draw(random: Random): number {
    return this.#least * bounded(this.#alpha, random);
  }

  /**
   * What is left of a period at a moment that comes upon it: long ones are met in proportion to their length, which
   * takes 1 from alpha, and the moment lies anywhere within.
   */
  drawRest(random: Random): number {
    return this.#least * bounded(this.#alpha - 1, random) * random.unit();
  }
}

/** Mean of the distribution whose least value is 1. */
export function meanFactor(alpha: number): number {
  return (alpha / (alpha - 1)) * (within(alpha - 1) / within(alpha));
}

/** Part of an unbounded distribution that lies below the bound. */
function within(alpha: number): number {
  return 1 - exp(-alpha * LN_SPAN);
}

/** By the inverse of the distribution. */
function bounded(alpha: number, random: Random): number {
  return exp(-ln(1 - random.unit() * within(alpha)) / alpha);
}
