/**
 * Shares of one rate by weight (generalized processor sharing) in the integer form that every engine runs: a flow
 * with a level above 0 is active, and virtual time goes on by work / (sum of active weights), in whole ticks.
 *
 * Work is counted in ticks times weight: lcm(weights) of it drain one level step. What is left of a division is
 * carried to the next, so that none is lost while a flow is active: the levels of all flows add up to the level of one
 * bucket of the whole rate, plus the carried work, which is below the sum of the active weights.
 *
 * Against the exact fluid (fluid.ts) charged with the same packets: at a join the carried work, which the fluid has
 * given to the flows that were active, is shared with the new one. That moves less than w W / (w + W) of work from the
 * others' drain to the new flow's (w the weight that joins, W the sum before it). It does not grow afterwards: draining
 * never increases the sum of the differences between two states of equal total. So the levels of one flow differ by
 * less than the sum of w W / (w + W) over the joins since the group was last idle, plus the flow's weight, for V is
 * rounded down. (Per join that is less than a tick of the flow that joins.)
 *
 * The guarantee has no such error. A flow active since V0 finds V - V0 >= floor(R t / sum of weights), since the
 * carried work is below that sum; and all that is compared with V is a whole number of ticks, so that the floor hides
 * nothing: what is within (R w / sum of weights, b) is never refused.
 */
import { fits, unitsOf } from "./bucket.ts";
import { asGreen, asRed, type Definition, type FlowMeter } from "./flowmeter.ts";
import {
  ceiling,
  floor,
  fraction,
  greatestCommonDivisor,
  multiply,
  subtract,
  ZERO,
  type Fraction,
} from "./rational.ts";
import { yieldOf } from "./time.ts";

/** A flow of a group. Its state changes in place, as the group's does: it has no other meter on its path. */
export interface Share {
  readonly group: WeightedGroup;
  readonly weight: bigint;
  /** The virtual time at which the flow has drained; it is active while that lies ahead. */
  finishTicks: bigint;
}

/** Virtual time of one group, and its active flows. */
export class WeightedGroup {
  readonly ratePerSec: Fraction;
  readonly weights: readonly bigint[];
  readonly levelPerUnit: bigint;
  /** Ticks times weight that one unit costs. */
  readonly workPerUnit: bigint;
  readonly #workPerNs: bigint;
  /** In the order in which they drain. */
  readonly #active: Share[] = [];
  #activeWeight = 0n;
  #virtualTicks = 0n;
  #carriedWork = 0n;
  #clockNs = 0n;

  /** `levelPerUnit` is the one number of the integer form that does not follow from the definition. */
  constructor(ratePerSec: Fraction, weights: readonly bigint[], levelPerUnit: bigint) {
    this.ratePerSec = ratePerSec;
    this.weights = weights;
    this.levelPerUnit = levelPerUnit;
    this.workPerUnit = levelPerUnit * weights.reduce(leastCommonMultiple, 1n);
    const workPerNs = multiply(yieldOf(ratePerSec, 1n), fraction(this.workPerUnit));
    if (workPerNs.den !== 1n) throw new RangeError(`${levelPerUnit} level steps a unit do not make the rate whole`);
    this.#workPerNs = workPerNs.num;
  }

  /** A group of the same kind in which nothing has happened. */
  idle(): WeightedGroup {
    return new WeightedGroup(this.ratePerSec, this.weights, this.levelPerUnit);
  }

  /** Takes virtual time to `nowNs`. */
  advance(nowNs: bigint): void {
    let work = this.#carriedWork + this.#workPerNs * (nowNs - this.#clockNs);
    this.#clockNs = nowNs;
    for (let first = this.#active[0]; first !== undefined; first = this.#active[0]) {
      const needed = (first.finishTicks - this.#virtualTicks) * this.#activeWeight;
      if (work < needed) {
        this.#virtualTicks += work / this.#activeWeight;
        this.#carriedWork = work % this.#activeWeight;
        return;
      }
      work -= needed;
      this.#virtualTicks = first.finishTicks;
      this.#active.shift();
      this.#activeWeight -= first.weight;
    }
    this.#carriedWork = 0n; // with no one active, work is lost
  }

  /** How far the flow is ahead of virtual time: its level over its weight. */
  ticksAhead({ finishTicks }: Share): bigint {
    return finishTicks > this.#virtualTicks ? finishTicks - this.#virtualTicks : 0n;
  }

  /** Charges a flow, which joins if it is not active; a cost of 0 joins no one. */
  charge(share: Share, units: bigint): void {
    if (units === 0n) return;
    const ahead = this.ticksAhead(share);
    if (ahead > 0n) this.#active.splice(this.#active.indexOf(share), 1);
    else this.#activeWeight += share.weight;
    share.finishTicks = this.#virtualTicks + ahead + (units * this.workPerUnit) / share.weight;
    const before = this.#active.findLastIndex(({ finishTicks }) => finishTicks <= share.finishTicks);
    this.#active.splice(before + 1, 0, share);
  }

  /** Time until virtual time, which has not come there yet, reaches `ticks` if nothing else comes. */
  untilNs(ticks: bigint): bigint | null {
    if (this.#workPerNs === 0n) return null;
    let [work, weight, virtualTicks] = [-this.#carriedWork, this.#activeWeight, this.#virtualTicks];
    for (const share of this.#active) {
      if (share.finishTicks >= ticks) break;
      work += (share.finishTicks - virtualTicks) * weight;
      virtualTicks = share.finishTicks;
      weight -= share.weight;
    }
    return ceiling(fraction(work + (ticks - virtualTicks) * weight, this.#workPerNs));
  }
}

/** x = f - V; ok = x weight + s <= threshold; on ok f = max(f, V) + s / weight. */
export function createWeighted(definition: Definition<"weighted">, group: WeightedGroup): FlowMeter<Share> {
  const { bucket, weight } = definition;
  if (bucket.initialLevel.num !== 0n) throw new RangeError("a flow of a weighted group begins drained");
  const levelOf = (share: Share): Fraction => fraction(share.group.ticksAhead(share) * weight, share.group.workPerUnit);

  return {
    fresh: () => ({ group, weight, finishTicks: 0n }),
    drained: () => ({ group: group.idle(), weight, finishTicks: 0n }),
    offer(share, { lengthBytes }, nowNs) {
      const units = unitsOf(bucket.costRule, lengthBytes);
      share.group.advance(nowNs);
      if (!fits(bucket, levelOf(share), units)) return asRed(0, share);
      share.group.charge(share, units);
      return asGreen(share);
    },
    delayNs(share, { lengthBytes }, nowNs) {
      const units = unitsOf(bucket.costRule, lengthBytes);
      if (!fits(bucket, ZERO, units)) return null;
      share.group.advance(nowNs);
      const room = multiply(subtract(bucket.threshold, fraction(units)), fraction(share.group.workPerUnit, weight));
      return share.group.untilNs(share.finishTicks - floor(room));
    },
    levels(share, nowNs) {
      share.group.advance(nowNs);
      return [levelOf(share)];
    },
  };
}

function leastCommonMultiple(a: bigint, b: bigint): bigint {
  return (a / greatestCommonDivisor(a, b)) * b;
}
