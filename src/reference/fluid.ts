/** Generalized processor sharing as it is defined, in exact fractions: what the whole ticks of weighted.ts stand for. */
import { add, divide, fraction, multiply, smaller, subtract, sum, ZERO, type Fraction } from "./rational.ts";
import { yieldOf } from "./time.ts";

interface FluidFlow {
  readonly weight: Fraction;
  level: Fraction;
}

/** Each flow with a level above 0 drains at its part by weight of the rate. Levels in units. */
export class FluidGroup<Key> {
  readonly #ratePerSec: Fraction;
  readonly #active = new Map<Key, FluidFlow>();
  #clockNs = 0n;

  constructor(ratePerSec: Fraction) {
    this.#ratePerSec = ratePerSec;
  }

  /** Drains all flows up to `nowNs`, one flow's end at a time. */
  advance(nowNs: bigint): void {
    let served = yieldOf(this.#ratePerSec, nowNs - this.#clockNs);
    this.#clockNs = nowNs;
    while (served.num > 0n && this.#active.size > 0) {
      const flows = [...this.#active.values()];
      const weights = sum(flows.map(({ weight }) => weight));
      const untilOneEnds = flows.map(({ level, weight }) => divide(level, weight)).reduce(smaller);
      const eachPart = smaller(untilOneEnds, divide(served, weights));
      for (const [key, flow] of this.#active) {
        flow.level = subtract(flow.level, multiply(eachPart, flow.weight));
        if (flow.level.num === 0n) this.#active.delete(key);
      }
      served = subtract(served, multiply(eachPart, weights));
    }
  }

  /** Adds to a flow's level. */
  charge(key: Key, weight: bigint, units: bigint): void {
    if (units === 0n) return;
    const flow = this.#active.get(key) ?? { weight: fraction(weight), level: ZERO };
    flow.level = add(flow.level, fraction(units));
    this.#active.set(key, flow);
  }

  /** The flow's level, as of the last advance. */
  levelOf(key: Key): Fraction {
    return this.#active.get(key)?.level ?? ZERO;
  }

  /** Sum of the weights of the flows whose level is above 0. */
  get activeWeight(): bigint {
    return [...this.#active.values()].reduce((total, { weight }) => total + weight.num, 0n);
  }
}
