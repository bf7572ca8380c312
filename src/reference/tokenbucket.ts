import type { BucketDefinition } from "../types.ts";
import type { Fraction } from "./rational.ts";
import { freshTokens, isEnough, refilled, taken } from "./tokens.ts";

/**
 * The token form: starts full, refills at the rate, a packet takes its tokens. Tokens are depth - level, so checks
 * without the packet's own size let them go below zero. Theorem E1 says that it gives the verdicts of the level form.
 */
export class TokenBucket {
  readonly #bucket: BucketDefinition;
  #tokens: Fraction;
  #lastNs: bigint | null = null;

  constructor(bucket: BucketDefinition) {
    this.#bucket = bucket;
    this.#tokens = freshTokens(bucket);
  }

  /** Whether a packet at this time conforms; times must not decrease. */
  offer(arrivalNs: bigint, units: bigint): boolean {
    this.#tokens = refilled(this.#bucket, this.#tokens, arrivalNs - (this.#lastNs ?? arrivalNs));
    this.#lastNs = arrivalNs;
    if (!isEnough(this.#bucket, this.#tokens, units)) return false;
    this.#tokens = taken(this.#tokens, units);
    return true;
  }
}
