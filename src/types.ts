/** The few types that engines, policies and reports share. No code. */

import type { ClassPolicy } from "./classtypes.ts";
import type { ShaperPolicy } from "./shapertypes.ts";

export type * from "./classtypes.ts";
export type * from "./shapertypes.ts";

/** An exact non-negative fraction in lowest terms, `den > 0`. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

export type MeterName =
  | "leaky-bucket"
  | "gcra"
  | "token-bucket"
  | "turner"
  | "event-counter"
  | "dual"
  | "srtcm"
  | "trtcm"
  | "trtcm-4115"
  | "mef"
  | "multi"
  | "weighted";

/** What a packet costs: its bytes, or one. */
export type Cost = "bytes" | "packets";

/** Which length of a captured packet is metered: the frame's original length, or the outermost IP length. */
export type LengthKind = "frame" | "ip";

/** 0 green, 1 yellow, 2 red (RFC 2697). */
export type Color = 0 | 1 | 2;

/**
 * Whether a packet's own cost takes part in its test. "post": conforms iff level + cost <= depth.
 * "pre" (the form of ITU-T I.371): conforms iff level <= depth. "overdraft": conforms iff level < depth.
 * In the last two the cost is charged afterwards, and the level may pass the depth by one packet.
 */
export type Check = "post" | "pre" | "overdraft";

/** How a packet's cost in units follows from its length. */
export interface CostRule {
  readonly cost: Cost;
  /** Added to every length before the minimum is applied; may be negative. Bytes cost only. */
  readonly overheadBytes: number;
  /** Shorter packets (after overhead) count this much. Bytes cost only. */
  readonly minLengthBytes: number;
}

/** What a bucket is by its definition (algorithms in exact fractions): all that the reference twin sees. */
export interface BucketDefinition {
  readonly check: Check;
  /** Units drained each second. */
  readonly ratePerSec: Rational;
  /** Units the bucket holds. */
  readonly depth: Rational;
  /** Level up to which these packets may fill it: the depth, or less where classes of lower priority share the bucket. */
  readonly threshold: Rational;
  /** Level that a new flow begins with; 0 is drained, the depth is without any burst. */
  readonly initialLevel: Rational;
  readonly costRule: CostRule;
}

/** How the buckets of `dual` are charged: both or neither; the second sees what the first passed; each by itself. */
export type DualMode = "coordinated" | "sequential" | "independent";

/** A meter by its definition, one variant an algorithm. The first bucket named is the first that is asked. */
export type MeterDefinition =
  | { readonly kind: "bucket"; readonly bucket: BucketDefinition }
  /** Every arrival is added, refused ones too, up to `cap`. */
  | { readonly kind: "turner"; readonly bucket: BucketDefinition; readonly cap: Rational }
  /** Every arrival is added up to `cap`; red from reaching the alarm level (`bucket.depth`) until drained to `clear`. */
  | {
      readonly kind: "event-counter";
      readonly bucket: BucketDefinition;
      readonly cap: Rational;
      readonly clear: Rational;
    }
  /** RFC 2697: `excess` has rate 0 and is filled by what `committed` cannot hold. */
  | {
      readonly kind: "srtcm";
      readonly committed: BucketDefinition;
      readonly excess: BucketDefinition;
      readonly isAware: boolean;
    }
  /** RFC 2698. */
  | {
      readonly kind: "trtcm";
      readonly peak: BucketDefinition;
      readonly committed: BucketDefinition;
      readonly isAware: boolean;
    }
  /** RFC 4115. */
  | {
      readonly kind: "trtcm-4115";
      readonly committed: BucketDefinition;
      readonly excess: BucketDefinition;
      readonly isAware: boolean;
    }
  /** MEF 10.2: with the coupling flag, what `committed` cannot hold goes to `excess`. */
  | {
      readonly kind: "mef";
      readonly committed: BucketDefinition;
      readonly excess: BucketDefinition;
      readonly isCoupled: boolean;
      readonly isAware: boolean;
    }
  /** Peak and sustained rate. With `tags` (coordinated only), within the peak alone is yellow and charges the peak. */
  | {
      readonly kind: "dual";
      readonly peak: BucketDefinition;
      readonly sustained: BucketDefinition;
      readonly mode: DualMode;
      readonly tags: boolean;
    }
  /** A node of a borrowing tree with a ceiling; packets borrowed above it may fill `ceiling` up to its threshold only. */
  | { readonly kind: "borrow-node"; readonly bucket: BucketDefinition; readonly ceiling: BucketDefinition }
  /** All or none of 1 to MULTI_BUCKETS_MAX buckets. */
  | { readonly kind: "multi"; readonly buckets: readonly BucketDefinition[] }
  /**
   * A bucket of one flow whose drain is its part by weight of `bucket.ratePerSec`, shared among all flows of the group
   * whose level is above 0 (generalized processor sharing).
   */
  | {
      readonly kind: "weighted";
      readonly bucket: BucketDefinition;
      readonly group: number;
      readonly weight: bigint;
      /** All weights that occur in the group: virtual time is counted in parts of their least common multiple. */
      readonly groupWeights: readonly bigint[];
    };

/**
 * The integer form of one bucket that the core and the pure-JS engine run. One unit is `levelPerUnit` level steps,
 * chosen as the smallest scale in which drain, cost and depth are all whole numbers, so nothing rounds.
 */
export interface BucketProfile {
  /** Level steps drained each nanosecond. */
  readonly drainPerNs: bigint;
  /** Level steps that one unit costs. */
  readonly levelPerUnit: bigint;
  /** Depth in level steps; below 2^63. */
  readonly depthLevel: bigint;
  /** A packet fits iff level, plus its own cost if `testsOwnCost`, is at most this. */
  readonly testLevel: bigint;
  readonly testsOwnCost: boolean;
  /** Costs above this many units can never fit, and are not multiplied out. Below 2^53. */
  readonly unitsMax: bigint;
  /** Elapsed time is clamped to this before it is multiplied: any level has drained by then (0 when the rate is 0). */
  readonly drainedAfterNs: bigint;
  /** Level that a new flow begins with. */
  readonly initialLevel: bigint;
  readonly costRule: CostRule;
}

/** What a packet becomes, by its incoming color and which of two buckets it fits. */
export interface MarkingRule {
  readonly color: Color;
  /** Which buckets it is charged to. */
  readonly charges: readonly [boolean, boolean];
  /** What kept it from being green: bucket 0 or 1, its incoming color, or nothing. */
  readonly reason: 0 | 1 | "color-in" | null;
}

/** The program of one slot of the flow table: one or two buckets that share a last time. */
export type MeterProfile =
  | { readonly kernel: "one-bucket"; readonly buckets: readonly [BucketProfile] }
  | {
      readonly kernel: "two-buckets";
      readonly buckets: readonly [BucketProfile, BucketProfile];
      /** Twelve, at incoming color * 4 + 2 if bucket 0 fits + 1 if bucket 1 fits. Blind meters repeat the green four. */
      readonly rules: readonly MarkingRule[];
      /** What bucket 0 drains beyond its level drains bucket 1 (same scale), besides bucket 1's own drain. */
      readonly isCoupled: boolean;
    }
  | { readonly kernel: "turner"; readonly buckets: readonly [BucketProfile]; readonly capLevel: bigint }
  | {
      readonly kernel: "event-counter";
      readonly buckets: readonly [BucketProfile];
      readonly capLevel: bigint;
      /** An alarm ends when the level has drained to this. */
      readonly clearLevel: bigint;
    }
  | {
      readonly kernel: "weighted";
      readonly buckets: readonly [BucketProfile];
      readonly group: number;
      readonly weight: bigint;
      /** Ticks of virtual time by which one unit moves a flow: levelPerUnit * ticksPerLevel / weight, a whole number. */
      readonly ticksPerUnit: bigint;
      /** Ticks of virtual time times weight that are one level step. */
      readonly ticksPerLevel: bigint;
    };

/** A policy of one meter after validation: the definition, the integer profiles, and what a person should know. */
export interface CompiledPolicy {
  readonly meter: MeterName;
  readonly length: LengthKind;
  readonly definition: MeterDefinition;
  /** One a slot: only `multi` of more than two buckets takes several. */
  readonly profiles: readonly MeterProfile[];
  readonly warnings: readonly string[];
}

/** What makes packets one flow; `prefixBits` for `source` and `destination` (absent: whole addresses). */
export interface FlowKeying {
  readonly by: "5-tuple" | "source" | "destination" | "pair" | "all";
  readonly prefixBits?: number;
}

/** A policy whose packets are colored and not delayed. */
export type MeteringPolicy = CompiledPolicy | ClassPolicy;

/** What an engine runs. */
export type Policy = MeteringPolicy | ShaperPolicy;

/** Counters of a packet class. */
export interface Count {
  readonly packets: bigint;
  readonly bytes: bigint;
}

/** Running totals of an engine. `bytes` are metered lengths before overhead and minimum. */
export interface MeterStats {
  readonly green: Count;
  readonly yellow: Count;
  readonly red: Count;
  /** Red because the cost exceeds what the bucket can ever hold. Included in `red`. */
  readonly oversize: Count;
  /** Red because the flow table was full and no tracked flow was drained. Included in `red`. */
  readonly untracked: Count;
  /** Dropped because as many packets as the engine has room for were waiting. Included in `red`. */
  readonly unqueued: Count;
  /** Packets whose time was below the newest time seen; metered at the newest time. */
  readonly regressions: bigint;
  /** Flows in the table now. */
  readonly flows: number;
  /** Drained flows dropped to make room; a dropped flow that returns counts as new. */
  readonly evictedFlows: bigint;
}

/** Totals of one class of packets. */
export interface ClassStats {
  readonly name: string;
  readonly green: Count;
  readonly yellow: Count;
  readonly red: Count;
  readonly oversize: Count;
  readonly untracked: Count;
  /** Red because of this node of the path (leaf first), oversize and untracked ones apart. */
  readonly refusedBy: readonly Count[];
}

/** Per-flow totals, kept only when the engine was created with `records: true`. */
export interface FlowRecord {
  /** The 64-bit key given in the batch. */
  readonly key: bigint;
  /** The path node it belongs to (PathEntry.nodeId); 0 under a policy of one meter. */
  readonly nodeId: number;
  readonly green: Count;
  readonly yellow: Count;
  readonly red: Count;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/**
 * Columns of one batch. 64-bit columns are given as pairs of 32-bit words, low word first (index 2i and 2i+1),
 * so that no BigInt is made per packet. Fill `time`, `length`, `key`; after `run` read `color` and `delay`.
 */
export interface BatchColumns {
  /** Arrival in nanoseconds, any epoch: 2 words a packet. */
  readonly time: Uint32Array;
  /** Length in bytes: 1 word a packet. */
  readonly length: Uint32Array;
  /** Flow key: 2 words a packet. */
  readonly key: Uint32Array;
  /** In, for color-aware meters: 0 green, 1 yellow, anything else red. Begins as all green; blind meters ignore it. */
  readonly colorIn: Uint8Array;
  /** In, for class policies (else empty): index of the packet's class. */
  readonly class: Uint16Array;
  /** In, for class policies (else empty): the keys of the path's nodes above the leaf, 2 words a packet each. */
  readonly nodeKeys: readonly [Uint32Array, Uint32Array, Uint32Array] | readonly [];
  /** Out: 0 green, 1 yellow, 2 red. */
  readonly color: Uint8Array;
  /** Out, when `delays` was asked for (else empty): why the packet is not green, REASON_* (assembly/abi.ts), 0 if it is. */
  readonly reason: Uint8Array;
  /** Out, when `delays` was asked for: ns until the packet would have conformed, rounded up; all ones = never. */
  readonly delay: Uint32Array;
  /**
   * Out, when `levels` was asked for (else empty): level steps of the leaf's buckets after the packet, 2 words each. Of
   * shapers: of the first bucket, and what waits after the packet in units or packets (fluid: 0).
   */
  readonly levels: readonly [Uint32Array, Uint32Array] | readonly [];
  /** Out, of shapers (else empty): ns at which the last byte has left, rounded up; all ones = dropped. 2 words. */
  readonly departure: Uint32Array;
  /** Out, of shapers (else empty): the packet leaves departureRest / departureParts ns before `departure`. 2 words. */
  readonly departureRest: Uint32Array;
}

/** What a flow has sent, as counted in its place in the table. Both stay as they are from 2^32 - 1 packets on. */
export interface FlowCounts {
  readonly packets: number;
  /** Red ones, which are among them. */
  readonly refused: number;
}

export interface EngineOptions {
  readonly policy: Policy;
  /** Most flows tracked at once; nodes of a path, and each further slot of `multi`, count as flows of their own. */
  readonly maxFlows: number;
  /** Flows to size the first table for; it grows from there. Default: the smallest table. */
  readonly expectedFlows?: number;
  /** 128-bit secret of the key hash as four 32-bit words; verdicts never depend on it. */
  readonly secret: readonly [number, number, number, number];
  /**
   * Keys are not chosen by anyone who could gain from slow packets: a cheaper hash (1 ns a packet; SipHash-1-3 costs 3
   * to 4). For meters of one slot in the core; others take no notice. Default: no.
   */
  readonly trustedKeys?: boolean;
  /** Keep per-flow totals. */
  readonly records: boolean;
  /**
   * Count the packets of each flow and those refused in its place in the table, without further memory (`countsOf`).
   * For meters of one bucket in the core, without `records`. Default: no.
   */
  readonly counts?: boolean;
  /**
   * Keep nothing of a flow but the level of its bucket: 32 bytes a flow where other tables take 64. In the core, for
   * meters of one bucket that drain at most 2^20 level steps a ns, without records, counts, delays and levels; throws
   * RangeError otherwise. Default: no.
   */
  readonly compact?: boolean;
  /** Fill the delay column. */
  readonly delays: boolean;
  /** Fill the level columns (policies of one meter in one slot, and shapers). Default: no. */
  readonly levels?: boolean;
  /** Shapers: most packets that wait at once in the queues of all flows. Default: QUEUED_PACKETS_DEFAULT. */
  readonly maxQueued?: number;
}

/** What every engine offers: the core, the pure-JS engine and the reference twin. */
export interface MeterEngine {
  readonly name: string;
  /** Most packets a batch holds. */
  readonly batchPacketsMax: number;
  /** The batch columns. Ask again after every `run`: growth re-makes the views. */
  readonly batch: BatchColumns;
  /** Meters the first `packetCount` packets of the batch, in order. */
  run(packetCount: number): void;
  stats(): MeterStats;
  /** Totals by class, in the order of the policy; empty under a policy of one meter. */
  classStats(): readonly ClassStats[];
  /** Totals of every flow tracked now, in the order of first arrival as far as known. Needs `records`. */
  flows(): Iterable<FlowRecord>;
}

/** An engine over the WebAssembly core. */
export interface CountingEngine extends MeterEngine {
  /** What a flow has sent since it came into the table; undefined when it is not there. Needs `counts`. */
  countsOf(key: bigint): FlowCounts | undefined;
}

export type * from "./types/link.ts";
