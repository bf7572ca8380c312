/**
 * What a TCP flow needs: a shaper's queue of one bandwidth-delay product, and a policer's bucket, which grows with the
 * square of it. A flow of additive increase 1 and multiplicative decrease beta behind a policer of rate R and P packets
 * of bandwidth-delay product uses all of R if the bucket holds ((1-beta)/(1+beta))^2 P^2/2 packets; of b packets with
 * less it uses (1+beta)/2 (1 + sqrt(2b)/P).
 */
import { compare, divide, multiply, rational, subtract, add } from "../rational.ts";
import { NS_PER_SEC } from "../policy/limits.ts";
import type { Rational } from "../types.ts";

const ONE = rational(1n);
const HALF = rational(1n, 2n);
/** Roots are cut to parts of 10^-9. */
const ROOT_PARTS = 1_000_000_000n;

/** Bytes that are under way at a rate with a round trip time. */
export function bandwidthDelay(bytesPerSec: Rational, rttNs: Rational): Rational {
  return divide(multiply(bytesPerSec, rttNs), NS_PER_SEC);
}

/** Bytes of a policer's bucket with which such a flow uses all of the rate. `beta`: what a loss leaves of the window. */
export function policerBurst(bdpBytes: Rational, packetBytes: Rational, beta: Rational): Rational {
  const packets = divide(bdpBytes, packetBytes);
  const ratio = divide(subtract(ONE, beta), add(ONE, beta));
  return multiply(multiply(multiply(multiply(ratio, ratio), multiply(packets, packets)), HALF), packetBytes);
}

function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** The square root, cut to 10^-9. */
export function squareRoot(value: Rational): Rational {
  return rational(integerRoot((value.num * ROOT_PARTS * ROOT_PARTS) / value.den), ROOT_PARTS);
}

/** The part of a policer's rate that such a flow uses, 0 to 1. */
export function policerUse(burstBytes: Rational, bdpBytes: Rational, packetBytes: Rational, beta: Rational): Rational {
  const [burst, product] = [divide(burstBytes, packetBytes), divide(bdpBytes, packetBytes)];
  const swing = divide(squareRoot(multiply(rational(2n), burst)), product);
  const use = multiply(multiply(add(ONE, beta), HALF), add(ONE, swing));
  return compare(use, ONE) > 0 ? ONE : use;
}
