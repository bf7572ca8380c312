/** The longest delays that a shaper's contract allows (row 5 of the field's texts: b / r to the last byte). */
import { divide, multiply, rational, subtract } from "../rational.ts";
import type { QueueBounds, Rational, ShaperPolicy } from "../types.ts";

export interface DelayBounds {
  /** Until the last byte has left. */
  readonly finishNs: Rational | null;
  /** Leaky bucket: until the first byte of a packet of so many units is sent. */
  readonly waitNs: (units: bigint) => Rational | null;
}

const NS_PER_SEC = rational(1_000_000_000n);

function least(...times: readonly (Rational | null)[]): Rational | null {
  const known = times.filter((time) => time !== null);
  return known.reduce<Rational | null>(
    (best, time) => (best === null || time.num * best.den < best.num * time.den ? time : best),
    null,
  );
}

/** Time in which what may wait is sent; null when it is not known in units. */
function sentNs({ limit, count }: QueueBounds, ratePerSec: Rational, costsPackets: boolean): Rational | null {
  if (limit === null || (count === "packets" && !costsPackets)) return null;
  return divide(multiply(limit, NS_PER_SEC), ratePerSec);
}

const none = () => null;

/** Null where the contract has none that is simple: ticks, and queues that count packets whose cost is bytes. */
export function delayBoundsOf({ definition }: ShaperPolicy): DelayBounds {
  const { bounds, costRule } = definition;
  const costsPackets = costRule.cost === "packets";
  const { delayMaxNs } = bounds;
  switch (definition.kind) {
    case "leaky-bucket": {
      const { ratePerSec } = definition;
      const finishNs = sentNs(bounds, ratePerSec, costsPackets);
      const wait = (units: bigint) => {
        if (finishNs === null) return null;
        return subtract(finishNs, divide(multiply(rational(units), NS_PER_SEC), ratePerSec));
      };
      return { finishNs, waitNs: (units) => least(wait(units), delayMaxNs) };
    }
    case "token-bucket":
      return { finishNs: least(sentNs(bounds, definition.bucket.ratePerSec, costsPackets), delayMaxNs), waitNs: none };
    case "two-rate":
      return {
        finishNs: least(sentNs(bounds, definition.committed.ratePerSec, costsPackets), delayMaxNs),
        waitNs: none,
      };
    case "ticks":
      return { finishNs: null, waitNs: none };
  }
}
