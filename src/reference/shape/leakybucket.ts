import { add, fraction, larger, smaller, subtract, sum, ZERO, type Fraction } from "../rational.ts";
import { fillOf, hasRoom, isPrompt, sentIn, stillThere, timeFor } from "./flowshaper.ts";
import type { Definition, FlowShaper, Taken } from "./flowshaper.ts";

/**
 * A server that sends one packet after the other at the rate. The state is the packets that were taken and may still be
 * there, the first in service.
 */
export function createLeakyBucket({ ratePerSec, bounds }: Definition<"leaky-bucket">): FlowShaper<readonly Taken[]> {
  /** What is not sent yet: all of those that wait, and what is left of the one in service. */
  const unsent = (taken: readonly Taken[], nowNs: bigint): Fraction =>
    sum(
      stillThere(taken, nowNs).map(({ units, departsNs }) => {
        const inTime = sentIn(ratePerSec, subtract(departsNs, fraction(nowNs)));
        return smaller(fraction(units), inTime);
      }),
    );
  return {
    fresh: () => [],
    offer(taken, units, nowNs) {
      const there = stillThere(taken, nowNs);
      const packet = { units };
      const more = fillOf(bounds.count === "fluid" ? { ...bounds, count: "bytes" } : bounds, [packet]);
      if (!hasRoom(bounds, ZERO, more)) return { drop: "oversize" };
      const filled = bounds.count === "fluid" ? unsent(there, nowNs) : fillOf(bounds, there);
      if (!hasRoom(bounds, filled, more)) return { drop: "queue" };
      const startsNs = larger(fraction(nowNs), there.at(-1)?.departsNs ?? ZERO);
      if (!isPrompt(bounds, subtract(startsNs, fraction(nowNs)))) return { drop: "delay" };
      const departsNs = add(startsNs, timeFor(ratePerSec, fraction(units)));
      return { drop: null, departsNs, next: [...there, { units, departsNs }] };
    },
    waiting: stillThere,
    level: unsent,
    isAsNew: (taken, nowNs) => stillThere(taken, nowNs).length === 0,
  };
}
