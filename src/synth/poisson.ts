/**
 * Poisson arrivals of all flows together: the gaps are exponential, and each packet's flow is drawn by popularity. Each
 * flow by itself is then Poisson too, independent of the others; nothing is kept for a flow.
 */
import type { Popularity } from "./popularity.ts";
import type { Random } from "./random.ts";
import type { Source } from "./source.ts";

export class PoissonSource implements Source {
  readonly #popularity: Popularity;
  readonly #random: Random;
  readonly #gapNs: number;
  /** Not rounded, so that the mean gap is kept. */
  #exactNs = 0;
  #timeNs = 0;
  #flow = 0;

  /** `gapNs` is the mean between packets of all flows together. */
  constructor(popularity: Popularity, gapNs: number, random: Random) {
    this.#popularity = popularity;
    this.#gapNs = gapNs;
    this.#random = random;
    this.advance();
  }

  get timeNs(): number {
    return this.#timeNs;
  }

  get flow(): number {
    return this.#flow;
  }

  advance(): void {
    this.#exactNs += this.#random.exponential() * this.#gapNs;
    this.#timeNs = Math.floor(this.#exactNs);
    this.#flow = this.#popularity.draw(this.#random);
  }
}
