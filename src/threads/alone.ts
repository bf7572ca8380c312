/** One thread behind the interface of several, for batches larger than the core's. */
import { type CoreEngine, checkCount } from "../core/engine.ts";
import type { BatchColumns, ClassStats, FlowRecord, MeterStats } from "../types.ts";
import { BatchMemory } from "./batchmemory.ts";
import { shardColumnsFor, type ShardOptions } from "./shardcolumns.ts";

export class Alone {
  readonly name = "core";
  readonly threads = 1;
  readonly batchPacketsMax: number;
  readonly batch: BatchColumns;
  readonly #engine: CoreEngine;

  /** Over an engine of the same options. */
  constructor(engine: CoreEngine, options: ShardOptions, batchPackets: number) {
    this.#engine = engine;
    this.batchPacketsMax = batchPackets;
    const columns = shardColumnsFor(options);
    const memory = new ArrayBuffer(BatchMemory.bytesFor(batchPackets, columns));
    this.batch = new BatchMemory(memory, 0, batchPackets, columns).columns(options);
  }

  run(packetCount: number): void {
    checkCount(packetCount, this.batchPacketsMax);
    const most = this.#engine.batchPacketsMax;
    for (let first = 0; first < packetCount; first += most) this.#runPart(first, Math.min(packetCount, first + most));
  }

  stats(): MeterStats {
    return this.#engine.stats();
  }

  classStats(): readonly ClassStats[] {
    return [];
  }

  flows(): Iterable<FlowRecord> {
    return this.#engine.flows();
  }

  close(): void {
    // Nothing else runs.
  }

  #runPart(first: number, end: number): void {
    const outside = this.batch;
    const { batch } = this.#engine;
    batch.time.set(outside.time.subarray(2 * first, 2 * end));
    batch.key.set(outside.key.subarray(2 * first, 2 * end));
    batch.length.set(outside.length.subarray(first, end));
    batch.colorIn.set(outside.colorIn.subarray(first, end));
    this.#engine.run(end - first);
    // Its memory may have grown.
    const { color, reason, delay, levels } = this.#engine.batch;
    outside.color.set(color.subarray(0, end - first), first);
    if (reason.length > 0) outside.reason.set(reason.subarray(0, end - first), first);
    if (delay.length > 0) outside.delay.set(delay.subarray(0, 2 * (end - first)), 2 * first);
    for (const [bucket, level] of levels.entries()) {
      outside.levels[bucket]!.set(level.subarray(0, 2 * (end - first)), 2 * first);
    }
  }
}
