import type { BucketDefinition } from "../types.ts";
import { add, atMost, fraction, multiply, smaller, subtract, ZERO, type Fraction } from "./rational.ts";

const NS_PER_SEC = 1_000_000_000n;

/**
 * The token form: starts full, refills at the rate, a packet takes its tokens. Tokens are depth - level, so
 * the "pre" form lets them go below zero. Theorem E1 says that it gives the verdicts of the level form.
 */
export class TokenBucket {
  readonly #bucket: BucketDefinition;
  #tokens: Fraction;
  #lastNs: bigint | null = null;

  constructor(bucket: BucketDefinition) {
    this.#bucket = bucket;
    this.#tokens = bucket.depth;
  }

  /** Whether a packet at this time conforms; times must not decrease. */
  offer(arrivalNs: bigint, units: bigint): boolean {
    const elapsedSec = fraction(arrivalNs - (this.#lastNs ?? arrivalNs), NS_PER_SEC);
    const refill = multiply(this.#bucket.ratePerSec, elapsedSec);
    this.#tokens = smaller(this.#bucket.depth, add(this.#tokens, refill));
    this.#lastNs = arrivalNs;
    const needed = this.#bucket.check === "post" ? fraction(units) : ZERO;
    if (!atMost(needed, this.#tokens)) return false;
    this.#tokens = subtract(this.#tokens, fraction(units));
    return true;
  }
}
