/** The types that engines of links, policies and reports share. No code. */
import type { CostRule, Count, LengthKind, MatchRule, Rational } from "../types.ts";

/** Which class sends next: the first that has packets; each in turn by its quantum; or whose packet came first. */
export type SchedulerName = "priority" | "drr" | "fifo";

/** What may be held at once, the packet that is being sent included whole until its end. Both hold. */
export interface QueueLimit {
  readonly units: bigint;
  readonly packets: bigint;
}

/** One class of a link. */
export interface LinkClass {
  readonly name: string;
  readonly limit: QueueLimit;
  /** Units that it may send each turn; only `drr` asks. */
  readonly quantum: bigint;
}

/** A link by its definition: all that the reference twin sees. */
export interface LinkDefinition {
  readonly scheduler: SchedulerName;
  /** Units sent each second; above 0. */
  readonly ratePerSec: Rational;
  readonly costRule: CostRule;
  /** Of all classes together. */
  readonly limit: QueueLimit;
  /** In the order of priority, highest first. */
  readonly classes: readonly LinkClass[];
  /** Larger packets can never be taken. */
  readonly unitsMax: bigint;
}

/** The link's time in whole numbers: a nanosecond has `departureParts` parts, and sending a unit takes `partsPerUnit`. */
export interface LinkProfile {
  readonly partsPerUnit: bigint;
  readonly departureParts: bigint;
}

/** One link with a queue for each class of packets, after validation. */
export interface LinkPolicy {
  readonly meter: "link";
  readonly length: LengthKind;
  readonly definition: LinkDefinition;
  readonly profile: LinkProfile;
  /** First match wins. */
  readonly matches: readonly MatchRule[];
  /** Index of the class of packets that match none. */
  readonly defaultClass: number;
  readonly warnings: readonly string[];
}

export interface LinkOptions {
  readonly policy: LinkPolicy;
  /** Most packets that wait at once, in all queues together; 16 bytes each. More are dropped and counted apart. */
  readonly maxQueued: number;
}

/** Columns of one batch of arrivals: 64-bit ones as pairs of 32-bit words, low word first. */
export interface ArrivalColumns {
  /** Arrival in nanoseconds, any epoch: 2 words a packet. */
  readonly time: Uint32Array;
  /** Length in bytes. */
  readonly length: Uint32Array;
  /** Index of the packet's class; one that is not there is the last. */
  readonly class: Uint16Array;
  /** Out: 0 green, queued or sent at once; 2 red, dropped. */
  readonly color: Uint8Array;
  /** Out: why it was dropped, REASON_* (assembly/abi.ts); 0 if it was not. */
  readonly reason: Uint8Array;
}

/** Packets whose departure became known, in the order of their departures: 64-bit columns as pairs of words. */
export interface Departures {
  readonly count: number;
  /** Index of the packet among all that the engine was given, from 0. */
  readonly sequence: Uint32Array;
  /** Nanosecond at which its last byte has left, rounded up. */
  readonly departure: Uint32Array;
  /** The exact instant is `departure - rest / departureParts` ns. */
  readonly rest: Uint32Array;
}

/** Totals of one class of a link. `bytes` are lengths before overhead and minimum. */
export interface LinkClassStats {
  readonly name: string;
  /** Queued or sent. */
  readonly taken: Count;
  /** Dropped, for any reason. */
  readonly dropped: Count;
  /** Of these: larger than what the class could ever hold. */
  readonly oversize: Count;
  /** The class held what it may. */
  readonly queueFull: Count;
  /** All classes together did. */
  readonly linkFull: Count;
  /** `maxQueued` packets waited. */
  readonly memoryFull: Count;
  /** Packets held now: the one that is being sent, and those that wait. */
  readonly heldPackets: number;
  /** The most that was held at once. */
  readonly mostPackets: number;
  readonly mostUnits: bigint;
}

/**
 * A link with its queues: the core, the pure-JS engine and the reference twin. What a packet's arrival decides is known
 * at once; when it departs, only once it is being sent: with the arrival of a later packet, or at the end.
 */
export interface LinkEngine {
  readonly name: string;
  /** Most packets a batch holds. */
  readonly batchPacketsMax: number;
  /** The columns of arrivals. Ask again after every `run`. */
  readonly batch: ArrivalColumns;
  /** Takes the first `packetCount` packets of the batch, in order. */
  run(packetCount: number): void;
  /** What became known in the last `run` or `flush`. Ask again after each. */
  readonly departed: Departures;
  /** Sends all that waits. Nothing can be run afterwards. */
  flush(): void;
  /** Packets whose time was below the newest time seen; they arrive at the newest time. */
  readonly regressions: bigint;
  /** Totals by class, in the order of the policy. */
  classStats(): readonly LinkClassStats[];
}
