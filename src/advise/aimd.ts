/**
 * One TCP-like flow behind a bucket, round trip by round trip: its window grows by a packet, or is cut once when packets
 * of the round were lost. Behind a policer the packets of a round are spread over it and the bucket refuses; behind a
 * shaper they wait, which makes the round longer, and what the queue does not hold is lost. Integers only.
 */
import { floor, multiply, rational } from "../rational.ts";
import type { Rational } from "../types.ts";

export interface AimdSetting {
  readonly bytesPerSec: bigint;
  readonly rttNs: bigint;
  readonly packetBytes: bigint;
  /** The policer's bucket, or the shaper's queue. */
  readonly burstBytes: bigint;
  /** What a loss leaves of the window. */
  readonly beta: Rational;
  readonly rounds: number;
}

const NS_PER_SEC = 1_000_000_000n;

function afterLoss(windowPackets: bigint, beta: Rational): bigint {
  const cut = floor(multiply(rational(windowPackets), beta));
  return cut < 1n ? 1n : cut;
}

/** The part of the rate that comes through a policer, 0 to 1. The flow begins in congestion avoidance at the rate. */
export function policedUse({ bytesPerSec, rttNs, packetBytes, burstBytes, beta, rounds }: AimdSetting): Rational {
  const depth = burstBytes * NS_PER_SEC;
  const cost = packetBytes * NS_PER_SEC;
  let window = (bytesPerSec * rttNs) / (packetBytes * NS_PER_SEC);
  let [tokens, passed] = [depth, 0n];
  for (let round = 0; round < rounds; round += 1) {
    let isCut = false;
    let beforeNs = 0n;
    for (let packet = 1n; packet <= window; packet += 1n) {
      const atNs = (rttNs * packet) / window;
      tokens += (atNs - beforeNs) * bytesPerSec;
      beforeNs = atNs;
      if (tokens > depth) tokens = depth;
      if (tokens < cost) isCut = true;
      else [tokens, passed] = [tokens - cost, passed + 1n];
    }
    window = isCut ? afterLoss(window, beta) : window + 1n;
  }
  return rational(passed * packetBytes * NS_PER_SEC, bytesPerSec * rttNs * BigInt(rounds));
}

/** The part of the rate that comes through a shaper, 0 to 1. */
export function shapedUse({ bytesPerSec, rttNs, packetBytes, burstBytes, beta, rounds }: AimdSetting): Rational {
  const product = (bytesPerSec * rttNs) / NS_PER_SEC;
  const mostPackets = (product + burstBytes) / packetBytes;
  let window = product / packetBytes;
  let [passed, elapsedNs] = [0n, 0n];
  for (let round = 0; round < rounds; round += 1) {
    const sent = window < mostPackets ? window : mostPackets;
    const servedNs = (sent * packetBytes * NS_PER_SEC) / bytesPerSec;
    elapsedNs += servedNs > rttNs ? servedNs : rttNs;
    passed += sent;
    window = window > mostPackets ? afterLoss(window, beta) : window + 1n;
  }
  return rational(passed * packetBytes * NS_PER_SEC, bytesPerSec * elapsedNs);
}
