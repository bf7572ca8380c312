import type { ClassStats, FlowRecord } from "../types.ts";

/** What meters a batch whose clock column is filled: everything of an engine but its shell. */
export interface Runner {
  /** Entries of the flow table now. */
  readonly flowCount: number;
  readonly evictedFlows: number;
  /** Fills the out columns of the first `packetCount` packets. */
  run(packetCount: number): void;
  classStats(): readonly ClassStats[];
  /** Null when no records are kept. */
  flows(): Iterable<FlowRecord> | null;
}
