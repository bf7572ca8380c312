/** How often each flow sends: all alike, or by Zipf's law, where flow i of 1, 2, 3 ... sends in proportion to i^-s. */
import { exp, ln } from "./arithmetic.ts";
import type { Random } from "./random.ts";

/** Steep laws round the areas of ranks that never come to nothing; a logarithm needs something. */
const TINY = 1e-300;

export type PopularityKind = { readonly kind: "uniform" } | { readonly kind: "zipf"; readonly exponent: number };

/** Flows by number, from 0. */
export interface Popularity {
  /** The flow of the next packet. */
  draw(random: Random): number;
  /** A flow's part of all packets, from 0 to 1. */
  shareOf(flow: number): number;
}

/** What a popularity means among so many flows. */
export function popularityOf(kind: PopularityKind, flows: number): Popularity {
  return kind.kind === "uniform" ? new Uniform(flows) : new Zipf(flows, kind.exponent);
}

class Uniform implements Popularity {
  readonly #flows: number;

  constructor(flows: number) {
    this.#flows = flows;
  }

  draw(random: Random): number {
    return random.below(this.#flows);
  }

  shareOf(): number {
    return 1 / this.#flows;
  }
}

/**
 * Draws by rejection-inversion (Hörmann and Derflinger 1996): exact for any exponent, without a table, with 1.0 to 1.2
 * tries a draw. `#area` is an integral of x^-s, which is 0 at 1, and `#edge` its inverse.
 */
class Zipf implements Popularity {
  readonly #flows: number;
  readonly #exponent: number;
  readonly #from: number;
  readonly #to: number;
  readonly #sureWithin: number;
  #total = 0;

  constructor(flows: number, exponent: number) {
    this.#flows = flows;
    this.#exponent = exponent;
    this.#from = this.#area(1.5) - 1;
    this.#to = this.#area(flows + 0.5);
    this.#sureWithin = 2 - this.#edge(this.#area(2.5) - this.#weight(2));
  }

  draw(random: Random): number {
    for (;;) {
      const area = this.#to + random.unit() * (this.#from - this.#to);
      const x = this.#edge(area);
      const rank = Math.min(Math.max(Math.floor(x + 0.5), 1), this.#flows);
      if (rank - x <= this.#sureWithin || area >= this.#area(rank + 0.5) - this.#weight(rank)) return rank - 1;
    }
  }

  shareOf(flow: number): number {
    return this.#weight(flow + 1) / this.#sum();
  }

  /** Of all weights, smallest first so that little is rounded off; made when it is first asked for. */
  #sum(): number {
    if (this.#total === 0) for (let rank = this.#flows; rank >= 1; rank -= 1) this.#total += this.#weight(rank);
    return this.#total;
  }

  #weight(rank: number): number {
    return exp(-this.#exponent * ln(rank));
  }

  #area(x: number): number {
    const rest = 1 - this.#exponent;
    return rest === 0 ? ln(x) : (exp(rest * ln(x)) - 1) / rest;
  }

  #edge(area: number): number {
    const rest = 1 - this.#exponent;
    return rest === 0 ? exp(area) : exp(ln(Math.max(1 + area * rest, TINY)) / rest);
  }
}
