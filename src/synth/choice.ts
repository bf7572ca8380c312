/** Weighted choices: frame sizes and marks. */
import { add, rational } from "../rational.ts";
import type { Rational } from "../types.ts";
import type { Random } from "./random.ts";

/** Values, each with a whole number above 0 that says how often it comes. */
export interface Weighted<Value> {
  readonly value: Value;
  readonly weight: number;
}

/** Frame sizes from one to another, all alike. */
export interface SizeRange {
  readonly firstBytes: number;
  readonly lastBytes: number;
}

/** Draws values by weight. One value alone takes no randomness. */
export class Choice<Value> {
  readonly #values: readonly Value[];
  /** Sums of the weights up to and with each. */
  readonly #bounds: readonly number[];
  readonly #total: number;

  constructor(weighted: readonly Weighted<Value>[]) {
    let total = 0;
    this.#values = weighted.map(({ value }) => value);
    this.#bounds = weighted.map(({ weight }) => (total += weight));
    this.#total = total;
  }

  draw(random: Random): Value {
    let index = 0;
    if (this.#values.length > 1) {
      const point = random.below(this.#total);
      while (this.#bounds[index]! <= point) index += 1;
    }
    return this.#values[index]!;
  }
}

/** A frame size of a range. */
export function drawSize({ firstBytes, lastBytes }: SizeRange, random: Random): number {
  return firstBytes === lastBytes ? firstBytes : firstBytes + random.below(lastBytes - firstBytes + 1);
}

/** The exact mean of sizes of which none is sent shorter than `leastBytes`. */
export function meanBytes(sizes: readonly Weighted<SizeRange>[], leastBytes: number): Rational {
  const total = sizes.reduce((sum, { weight }) => sum + BigInt(weight), 0n);
  return sizes
    .map(({ value, weight }) => meanOf(value, leastBytes, BigInt(weight), total))
    .reduce((sum, part) => add(sum, part));
}

function meanOf({ firstBytes, lastBytes }: SizeRange, leastBytes: number, weight: bigint, total: bigint): Rational {
  const [first, last, least] = [BigInt(firstBytes), BigInt(lastBytes), BigInt(leastBytes)];
  const count = last - first + 1n;
  const raised = least <= first ? 0n : least > last ? count : least - first;
  const kept = count - raised;
  // Sizes from the first that is kept to the last, twice over.
  const keptTwice = kept * (first + raised + last);
  return rational((2n * raised * least + keptTwice) * weight, 2n * count * total);
}
