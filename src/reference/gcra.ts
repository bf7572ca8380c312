import type { BucketDefinition } from "../types.ts";
import { add, atMost, divide, fraction, isBelow, larger, multiply, subtract, type Fraction } from "./rational.ts";

const NS_PER_SEC = fraction(1_000_000_000n);

/**
 * The virtual scheduling form of ITU-T I.371 in exact nanoseconds: it keeps one theoretical arrival time (TAT)
 * and divides, where the level form multiplies. Theorem E1 says that both give the same verdicts.
 */
export class Gcra {
  readonly #bucket: BucketDefinition;
  readonly #unitNs: Fraction;
  readonly #toleranceNs: Fraction;
  #tatNs: Fraction | null = null;

  /** The rate must be above 0: a TAT cannot say "never". */
  constructor(bucket: BucketDefinition) {
    this.#bucket = bucket;
    this.#unitNs = divide(NS_PER_SEC, bucket.ratePerSec);
    this.#toleranceNs = multiply(bucket.threshold, this.#unitNs);
  }

  /** Whether a packet at this time conforms; times must not decrease. */
  offer(arrivalNs: bigint, units: bigint): boolean {
    const arrival = fraction(arrivalNs);
    this.#tatNs ??= add(arrival, multiply(this.#bucket.initialLevel, this.#unitNs));
    const startNs = larger(this.#tatNs, arrival);
    const endNs = add(startNs, multiply(fraction(units), this.#unitNs));
    if (!this.#isTolerated(subtract(startNs, arrival), subtract(endNs, arrival))) return false;
    this.#tatNs = endNs;
    return true;
  }

  #isTolerated(startsAfterNs: Fraction, endsAfterNs: Fraction): boolean {
    if (this.#bucket.check === "overdraft") return isBelow(startsAfterNs, this.#toleranceNs);
    return atMost(this.#bucket.check === "post" ? endsAfterNs : startsAfterNs, this.#toleranceNs);
  }
}
