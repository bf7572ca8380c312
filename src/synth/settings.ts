/** What traffic is to be made, after all options were read and checked. */
import type { Cost, Rational } from "../types.ts";
import type { SizeRange, Weighted } from "./choice.ts";
import type { PopularityKind } from "./popularity.ts";

/** Thirty days: doubles count nanoseconds exactly up to 104 of them. */
export const TIME_MAX_NS = 30 * 86_400 * 1e9;

/** A mean rate in bytes or packets. */
export interface OfferedRate {
  /** As it was written. */
  readonly text: string;
  readonly unitsPerSec: Rational;
  readonly cost: Cost;
}

export type Arrivals =
  | { readonly kind: "constant" }
  | { readonly kind: "poisson" }
  | {
      readonly kind: "on-off";
      /** Tail index of the lengths of on and off periods. */
      readonly alpha: number;
      /** Mean packets of an on period. */
      readonly onPackets: number;
      /** How many times its mean rate a flow sends at while it is on. */
      readonly peak: number;
    };

/** Packets that come at once, or `gapNs` apart, at each of `startsNs`. */
export interface Bursts {
  /** Ascending; after the traffic's start. */
  readonly startsNs: readonly number[];
  readonly packets: number;
  readonly gapNs: number;
}

/** From `fromNs` up to `toNs`, packets that each are a flow of their own. */
export interface Flood {
  readonly fromNs: number;
  readonly toNs: number;
  readonly rate: OfferedRate;
}

export interface TrafficSettings {
  readonly seed: number;
  readonly packetsMax: number;
  /** Nothing arrives at this time after the start, or later. */
  readonly endNs: number;
  readonly flows: number;
  /** Of the base traffic, without bursts and flood. A rate of 0: none. */
  readonly rate: OfferedRate;
  readonly popularity: PopularityKind;
  readonly arrivals: Arrivals;
  readonly sizes: readonly Weighted<SizeRange>[];
  readonly bursts: Bursts | null;
  readonly flood: Flood | null;
  readonly ipv6Percent: number;
  readonly udpPercent: number;
  readonly dscps: readonly Weighted<number>[];
  readonly vlan: number | null;
}

export interface CaptureSettings {
  readonly format: "pcap" | "pcapng";
  readonly times: "ns" | "us";
  /** Bytes kept of each frame. */
  readonly snapBytes: number;
}
