/** Sources without randomness: every flow at the same even pace, bursts, and floods of flows of one packet. */
import type { Rational } from "../types.ts";
import { Pace } from "./pace.ts";
import type { Bursts } from "./settings.ts";
import type { Source } from "./source.ts";

/**
 * All flows send at one rate, evenly: flow i of n begins i/n of its gap after the start, so that their sum is even too,
 * and the flows come in turn.
 */
export class EvenSource implements Source {
  readonly #pace: Pace;
  readonly #flows: number;
  #flow = 0;

  /** `gapNs` is between packets of all flows together. */
  constructor(flows: number, gapNs: Rational) {
    this.#pace = new Pace(0, gapNs);
    this.#flows = flows;
  }

  get timeNs(): number {
    return this.#pace.atNs;
  }

  get flow(): number {
    return this.#flow;
  }

  advance(): void {
    this.#pace.advance();
    this.#flow = this.#flow + 1 === this.#flows ? 0 : this.#flow + 1;
  }
}

/** Each burst deals its packets to the flows in turn, beginning with the first. */
export class BurstSource implements Source {
  readonly #bursts: Bursts;
  readonly #flows: number;
  #burst = 0;
  #packet = 0;
  #timeNs: number;

  constructor(bursts: Bursts, flows: number) {
    this.#bursts = bursts;
    this.#flows = flows;
    this.#timeNs = bursts.startsNs[0] ?? Infinity;
  }

  get timeNs(): number {
    return this.#timeNs;
  }

  get flow(): number {
    return this.#packet % this.#flows;
  }

  advance(): void {
    const { startsNs, packets, gapNs } = this.#bursts;
    this.#packet += 1;
    if (this.#packet === packets) {
      this.#packet = 0;
      this.#burst += 1;
    }
    this.#timeNs = (startsNs[this.#burst] ?? Infinity) + this.#packet * gapNs;
  }
}

/** An even flood; each packet is numbered as a flow of its own. */
export class FloodSource implements Source {
  readonly #pace: Pace;
  readonly #toNs: number;
  #flow = 0;

  constructor(fromNs: number, toNs: number, gapNs: Rational) {
    this.#pace = new Pace(fromNs, gapNs);
    this.#toNs = toNs;
  }

  get timeNs(): number {
    return this.#pace.atNs < this.#toNs ? this.#pace.atNs : Infinity;
  }

  get flow(): number {
    return this.#flow;
  }

  advance(): void {
    this.#pace.advance();
    this.#flow += 1;
  }
}
