/** The few types that engines, policies and reports share. No code. */

/** An exact non-negative fraction in lowest terms, `den > 0`. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

export type MeterName = "leaky-bucket" | "gcra" | "token-bucket";

/** What a packet costs: its bytes, or one. */
export type Cost = "bytes" | "packets";

/** Which length of a captured packet is metered: the frame's original length, or the outermost IP length. */
export type LengthKind = "frame" | "ip";

/**
 * Whether a packet's own cost takes part in its test. "post": conforms iff level + cost <= depth.
 * "pre" (the form of ITU-T I.371): conforms iff level <= depth; the cost is charged afterwards.
 */
export type Check = "post" | "pre";

/** What a bucket is by its definition (algorithms in exact fractions): all that the reference twin sees. */
export interface BucketDefinition {
  readonly check: Check;
  /** Units drained each second. */
  readonly ratePerSec: Rational;
  /** Units the bucket holds. */
  readonly depth: Rational;
}

/** How a packet's cost in units follows from its length. */
export interface CostRule {
  readonly cost: Cost;
  /** Added to every length before the minimum is applied; may be negative. Bytes cost only. */
  readonly overheadBytes: number;
  /** Shorter packets (after overhead) count this much. Bytes cost only. */
  readonly minLengthBytes: number;
}

/**
 * The integer form that the core and the pure-JS engine run. One unit is `levelPerUnit` level steps,
 * chosen as the smallest scale in which drain, cost and depth are all whole numbers, so nothing rounds.
 */
export interface BucketProfile {
  readonly check: Check;
  /** Level steps drained each nanosecond. */
  readonly drainPerNs: bigint;
  /** Level steps that one unit costs. */
  readonly levelPerUnit: bigint;
  /** Depth in level steps; below 2^63. */
  readonly depthLevel: bigint;
  /** Costs above this many units can never conform: oversize, red, state untouched. Below 2^53. */
  readonly unitsMax: bigint;
  /** Elapsed time is clamped to this before it is multiplied: any level has drained by then (0 when the rate is 0). */
  readonly drainedAfterNs: bigint;
}

/** A policy after validation: the definition, the integer profile, and what a person should know. */
export interface CompiledPolicy {
  readonly meter: MeterName;
  readonly length: LengthKind;
  readonly bucket: BucketDefinition;
  readonly costRule: CostRule;
  readonly profile: BucketProfile;
  readonly warnings: readonly string[];
}

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
  /** Packets whose time was below the newest time seen; metered at the newest time. */
  readonly regressions: bigint;
  /** Flows in the table now. */
  readonly flows: number;
  /** Drained flows dropped to make room; a dropped flow that returns counts as new. */
  readonly evictedFlows: bigint;
}

/** Per-flow totals, kept only when the engine was created with `records: true`. */
export interface FlowRecord {
  /** The 64-bit key given in the batch. */
  readonly key: bigint;
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
  /** Out: 0 green, 1 yellow, 2 red. */
  readonly color: Uint8Array;
  /** Out, when `delays` was asked for: ns until the packet would have conformed, rounded up; all ones = never. */
  readonly delay: Uint32Array;
}

export interface EngineOptions {
  readonly policy: CompiledPolicy;
  /** Most flows tracked at once. */
  readonly maxFlows: number;
  /** Flows to size the first table for; it grows from there. Default: the smallest table. */
  readonly expectedFlows?: number;
  /** 128-bit secret of the key hash as four 32-bit words; verdicts never depend on it. */
  readonly secret: readonly [number, number, number, number];
  /** Keep per-flow totals. */
  readonly records: boolean;
  /** Fill the delay column. */
  readonly delays: boolean;
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
  /** Totals of every flow tracked now, in the order of first arrival as far as known. Needs `records`. */
  flows(): Iterable<FlowRecord>;
}
