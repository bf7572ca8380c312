import type { RateAndDepth } from "../../types.ts";
import { add, atMost, floor, fraction, isBelow, larger, smaller, subtract, ZERO, type Fraction } from "../rational.ts";
import { fillOf, hasRoom, isPrompt, sentIn, stillThere, timeFor } from "./flowshaper.ts";
import type { Definition, FlowShaper, Taken } from "./flowshaper.ts";

/** Tokens at an instant. */
interface Tokens {
  readonly amount: Fraction;
  readonly atNs: Fraction;
}

interface State {
  /** Of each bucket when the last packet left. */
  readonly tokens: readonly Tokens[];
  readonly taken: readonly Taken[];
}

function tokensAt({ ratePerSec, depth }: RateAndDepth, { amount, atNs }: Tokens, timeNs: Fraction): Fraction {
  return smaller(depth, add(amount, sentIn(ratePerSec, subtract(timeNs, atNs))));
}

/** The first instant, not before `fromNs`, at which so many tokens are there. */
function whenThere(bucket: RateAndDepth, tokens: Tokens, units: Fraction, fromNs: Fraction): Fraction {
  const missing = subtract(units, tokensAt(bucket, tokens, fromNs));
  return atMost(missing, ZERO) ? fromNs : add(fromNs, timeFor(bucket.ratePerSec, missing));
}

/** What a bucket lacks at a time that may be before the last packet's departure, waiting packets included. */
function levelAt({ ratePerSec, depth }: RateAndDepth, { amount, atNs }: Tokens, nowNs: bigint): Fraction {
  const missing = subtract(depth, amount);
  return larger(ZERO, add(missing, sentIn(ratePerSec, subtract(atNs, fraction(nowNs)))));
}

/**
 * Packets leave in order, each as soon as every bucket holds its tokens, which it takes from all of them. Buckets start
 * full, refill at their rates and hold no more than their depths.
 */
function createTokenShaper(
  buckets: readonly RateAndDepth[],
  { bounds }: Pick<Definition<"token-bucket">, "bounds">,
): FlowShaper<State> {
  return {
    fresh: (nowNs) => ({
      tokens: buckets.map(({ depth }) => ({ amount: depth, atNs: fraction(nowNs) })),
      taken: [],
    }),
    offer({ tokens, taken }, units, nowNs) {
      const there = stillThere(taken, nowNs);
      const more = fillOf(bounds, [{ units }]);
      const fitsAll = buckets.every(({ depth }) => units <= floor(depth));
      if (!fitsAll || !hasRoom(bounds, ZERO, more)) return { drop: "oversize" };
      if (!hasRoom(bounds, fillOf(bounds, there), more)) return { drop: "queue" };
      // Nobody leaves before those who came first.
      const fromNs = larger(fraction(nowNs), tokens[0]!.atNs);
      const instants = buckets.map((bucket, index) => whenThere(bucket, tokens[index]!, fraction(units), fromNs));
      const departsNs = instants.reduce(larger);
      if (!isPrompt(bounds, subtract(departsNs, fraction(nowNs)))) return { drop: "delay" };
      const left = buckets.map((bucket, index) => ({
        amount: subtract(tokensAt(bucket, tokens[index]!, departsNs), fraction(units)),
        atNs: departsNs,
      }));
      return { drop: null, departsNs, next: { tokens: left, taken: [...there, { units, departsNs }] } };
    },
    waiting: ({ taken }, nowNs) => stillThere(taken, nowNs),
    level: ({ tokens }, nowNs) => levelAt(buckets[0]!, tokens[0]!, nowNs),
    isAsNew: ({ tokens }, nowNs) =>
      buckets.every((bucket, index) => !isBelow(ZERO, levelAt(bucket, tokens[index]!, nowNs))),
  };
}

/** The shaper of one token bucket. */
export function createTokenBucket(definition: Definition<"token-bucket">): FlowShaper<unknown> {
  return createTokenShaper([definition.bucket], definition);
}

/** The shaper of a committed and a peak bucket. */
export function createTwoRate(definition: Definition<"two-rate">): FlowShaper<unknown> {
  return createTokenShaper([definition.committed, definition.peak], definition);
}
