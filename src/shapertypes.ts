/** What a shaper is: by its definition, and as the engines run it. No code. */

import type { BucketProfile, CostRule, LengthKind, Rational } from "./types.ts";

export type ShaperName = "leaky-bucket" | "token-bucket" | "two-rate" | "tick-packets" | "tick-bytes";

/**
 * What fills a shaper's queue. "fluid": what has not been sent yet, of the packet in service too. "bytes": whole packets
 * by their cost, the one in service until its end. "packets": the same by number.
 */
export type QueueCount = "fluid" | "bytes" | "packets";

/** What may wait in the queue of one flow. At least one of the first two bounds it. */
export interface QueueBounds {
  readonly count: QueueCount;
  /** Most that may wait, the new packet included; null: any amount. */
  readonly limit: Rational | null;
  /** Longest wait: of a leaky bucket until service begins, of the others until the packet leaves; null: any time. */
  readonly delayMaxNs: Rational | null;
}

/** A rate, and what may pass at once. */
export interface RateAndDepth {
  /** Units each second; above 0. */
  readonly ratePerSec: Rational;
  /** Units. */
  readonly depth: Rational;
}

/**
 * A shaper by its definition: one queue a flow, first in first out. A departure at the instant of an arrival comes first;
 * a packet that does not fit is dropped and changes nothing.
 */
export type ShaperDefinition =
  /** Packets are sent one after the other at the rate; one departs when its last byte has been sent. */
  | {
      readonly kind: "leaky-bucket";
      readonly ratePerSec: Rational;
      readonly costRule: CostRule;
      readonly bounds: QueueBounds;
    }
  /** A packet departs whole, as soon as the bucket holds its tokens. Starts full. */
  | {
      readonly kind: "token-bucket";
      readonly bucket: RateAndDepth;
      readonly costRule: CostRule;
      readonly bounds: QueueBounds;
    }
  /** A packet departs whole, as soon as both buckets hold its tokens, and takes them from both. Both start full. */
  | {
      readonly kind: "two-rate";
      readonly committed: RateAndDepth;
      readonly peak: RateAndDepth;
      readonly costRule: CostRule;
      readonly bounds: QueueBounds;
    }
  /**
   * Each tick, counted from the flow's first packet, sends packets from the head of the queue while they fit into the
   * quantum. What is left of it is lost, or carried on while packets wait. Immediate: a packet that finds the queue empty
   * departs at once if it fits into what its tick has left.
   */
  | {
      readonly kind: "ticks";
      readonly tickNs: bigint;
      readonly quantumUnits: bigint;
      readonly carriesResidue: boolean;
      readonly isImmediate: boolean;
      readonly costRule: CostRule;
      readonly bounds: QueueBounds;
    };

/** Whole packets in a queue, as the engines count them. */
export interface QueueProfile {
  /** Most that may wait, in units or packets; null: any amount. Below 2^32. */
  readonly limit: bigint | null;
  readonly countsPackets: boolean;
}

/**
 * The integer form of a shaper. Levels are what has not been sent (token buckets: tokens that are missing, waiting
 * packets included), in level steps of a bucket; departures are exact in parts of a nanosecond.
 */
export type ShaperProfile =
  /** A leaky bucket whose queue is fluid: the bucket of a meter is its whole state. */
  | {
      readonly kernel: "fluid-shaper";
      readonly buckets: readonly [BucketProfile];
      /** A level step drains in 1/departureParts ns. */
      readonly departureParts: bigint;
      /** Highest level that a packet may find. */
      readonly waitLevelMax: bigint;
    }
  /**
   * One rate, whole packets in the queue. `depthLevel` departs at once (0 with a leaky bucket); the wait is within its
   * bound iff level, plus the packet's cost if `testsOwnCost`, is at most `testLevel`.
   */
  | {
      readonly kernel: "queue-shaper";
      readonly buckets: readonly [BucketProfile];
      readonly departureParts: bigint;
      readonly queue: QueueProfile;
    }
  /** Two rates, in level steps of the same drain: committed, peak. */
  | {
      readonly kernel: "two-rate-shaper";
      readonly buckets: readonly [BucketProfile, BucketProfile];
      readonly departureParts: bigint;
      readonly queue: QueueProfile;
    }
  /** The bucket tells costs only; its first level is the quantum, one level step a unit. */
  | {
      readonly kernel: "tick-shaper";
      readonly buckets: readonly [BucketProfile];
      readonly departureParts: bigint;
      readonly queue: QueueProfile;
      readonly tickNs: bigint;
      readonly quantumUnits: bigint;
      readonly carriesResidue: boolean;
      readonly isImmediate: boolean;
    };

/** A policy that delays packets instead of refusing them, after validation. */
export interface ShaperPolicy {
  readonly meter: "shaper";
  readonly shaper: ShaperName;
  readonly length: LengthKind;
  readonly definition: ShaperDefinition;
  readonly profile: ShaperProfile;
  readonly warnings: readonly string[];
}
