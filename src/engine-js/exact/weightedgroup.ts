import { ActiveFlows } from "./activeflows.ts";
import type { Share, WaitNs } from "./slotprogram.ts";

/**
 * Virtual time of a weighted group (generalized processor sharing) in whole ticks: the group works off drainPerNs
 * level steps a ns, shared among the active flows by weight. Work that is not yet a tick of all is carried on, so
 * virtual time does not depend on when it is asked for.
 */
export class WeightedGroup {
  virtual = 0n;
  readonly #workPerNs: bigint;
  readonly #active = new ActiveFlows();
  #weightSum = 0n;
  #carried = 0n;
  #clockNs = 0n;

  /** `workPerNs`: tick * weight that are worked off each ns. */
  constructor(workPerNs: bigint) {
    this.#workPerNs = workPerNs;
  }

  advance(nowNs: bigint): void {
    let work = this.#carried + this.#workPerNs * (nowNs - this.#clockNs);
    this.#clockNs = nowNs;
    for (let { first } = this.#active; first !== undefined; { first } = this.#active) {
      const needed = (first.finish - this.virtual) * this.#weightSum;
      if (work < needed) {
        this.virtual += work / this.#weightSum;
        this.#carried = work % this.#weightSum;
        return;
      }
      work -= needed;
      this.virtual = first.finish;
      this.#weightSum -= first.weight;
      this.#active.removeFirst();
    }
    this.#carried = 0n; // with no flow active the work is lost
  }

  /** Moves a flow's finish on by so many ticks; it becomes active if it was not. */
  charge(share: Share, ticks: bigint): void {
    if (ticks === 0n) return;
    if (share.place >= 0) {
      share.finish += ticks;
      this.#active.moveBack(share);
      return;
    }
    share.finish = this.virtual + ticks;
    this.#weightSum += share.weight;
    this.#active.join(share);
  }

  /** Ns until virtual time is `virtual`, which has to be at most the finish of an active flow. */
  waitUntil(virtual: bigint): WaitNs {
    let work = -this.#carried;
    let reached = this.virtual;
    let weightSum = this.#weightSum;
    for (const { finish, weight } of this.#active.before(virtual)) {
      work += (finish - reached) * weightSum;
      reached = finish;
      weightSum -= weight;
    }
    work += (virtual - reached) * weightSum;
    if (work <= 0n) return 0n;
    return this.#workPerNs === 0n ? null : (work + this.#workPerNs - 1n) / this.#workPerNs;
  }
}
