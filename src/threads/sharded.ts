/** An engine of several threads: each meters the flows that a hash gives it, in a table of its own. */
import type { Worker } from "node:worker_threads";
import { SHARDS_MAX } from "../../assembly/abi/shards.ts";
import { checkCount, createCoreEngine } from "../core/engine.ts";
import { ConfigError } from "../errors.ts";
import type { BatchColumns, ClassStats, CompiledPolicy, EngineOptions, FlowRecord } from "../types.ts";
import type { MeterEngine, MeterStats } from "../types.ts";
import { viewsOf } from "../core/views.ts";
import { Alone } from "./alone.ts";
import { Shard } from "./shard.ts";
import {
  COMMAND_END,
  COMMAND_FLOWS,
  COMMAND_MORE_FLOWS,
  COMMAND_RUN,
  RECORDS_AT_ONCE,
  ShardMemory,
} from "./shardmemory.ts";
import type { ShardTask } from "./shardworker.ts";
import { recordIn, sumOfStats } from "./shardtotals.ts";
import { SOURCE_SUFFIX, startWorker, WorkerError } from "./worker.ts";

const BATCH_PACKETS_DEFAULT = 2 ** 14;
/** Columns of 1.4 to 3 GiB. */
const PACKETS_MAX = 2 ** 26;

export interface ShardedOptions extends Omit<EngineOptions, "counts"> {
  /** Of one meter, whose flows have nothing to do with each other: no classes, shares or shapers. */
  readonly policy: CompiledPolicy;
  /** Threads that meter, the caller's included. */
  readonly threads: number;
  /** Most flows tracked at once by each thread. */
  readonly maxFlows: number;
  /** Of all threads together. */
  readonly expectedFlows?: number;
  /**
   * Packets that a batch has room for. Default: 16,384 for several threads, 4096 for one. A batch for all that is at hand
   * is fastest: nobody waits while it is filled. 22 bytes a packet, 9 more with delays and 16 with levels.
   */
  readonly batchPackets?: number;
}

/** An engine that runs in several threads. Batches are larger, and pay from some thousand packets on. */
export interface ShardedEngine extends MeterEngine {
  /** Threads at work: 1 where there are no others. */
  readonly threads: number;
  /** Ends the other threads; the engine meters no more. A process ends without it, too. */
  close(): void;
}

/**
 * An engine whose `run` meters a batch in `threads` threads and returns when all are done. Colors, delays, levels and
 * totals are those of one thread as long as no table is full. Throws ConfigError for what cannot be taken apart by
 * flows, RangeError when the first table does not fit in memory; `run` throws WorkerError when a thread has failed.
 */
export function createShardedEngine(module: WebAssembly.Module, options: ShardedOptions): ShardedEngine {
  const { policy, threads, batchPackets } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > SHARDS_MAX) {
    throw new ConfigError("RANGE", "threads", `${threads}`, `must be a whole number from 1 to ${SHARDS_MAX}`);
  }
  if (
    batchPackets !== undefined &&
    !(Number.isInteger(batchPackets) && batchPackets >= 1 && batchPackets <= PACKETS_MAX)
  ) {
    const detail = `must be a whole number from 1 to ${PACKETS_MAX}`;
    throw new ConfigError("RANGE", "batchPackets", `${batchPackets}`, detail);
  }
  if (policy.profiles.some(({ kernel }) => kernel === "weighted")) {
    const detail = "flows that share a rate by weight are metered by one thread; ask for 1";
    throw new ConfigError("CONFLICT", "threads", `${threads}`, detail);
  }
  const hasThreads = typeof SharedArrayBuffer === "function" && threads > 1;
  if (hasThreads) return new Shards(module, options);
  const engine = createCoreEngine(module, options);
  if (batchPackets !== undefined) return new Alone(engine, options, batchPackets);
  return Object.assign(engine, { threads: 1, close: () => undefined });
}

class Shards implements ShardedEngine {
  readonly name = "core";
  readonly batchPacketsMax: number;
  readonly threads: number;
  readonly batch: BatchColumns;
  readonly #memory: ShardMemory;
  readonly #own: Shard;
  readonly #workers: readonly Worker[];
  /** Commands that each other thread has been given. */
  readonly #turns: number[];
  #failure: Error | undefined;

  constructor(module: WebAssembly.Module, asked: ShardedOptions) {
    const { threads, expectedFlows = 0, batchPackets = BATCH_PACKETS_DEFAULT } = asked;
    const options = { ...asked, expectedFlows: Math.ceil(expectedFlows / threads) };
    const layout = { threads, options, batchPackets };
    this.threads = threads;
    this.batchPacketsMax = batchPackets;
    this.#memory = new ShardMemory(layout);
    this.#own = new Shard(module, layout, this.#memory, 0);
    this.batch = this.#memory.batch.columns(options);
    const { memory } = this.#memory;
    this.#workers = this.#others().map((index) => {
      const worker = startShard({ module, layout, memory, index });
      worker.once("exit", () => (this.#failure ??= new WorkerError("it ended early")));
      return worker;
    });
    this.#turns = Array.from({ length: threads }, () => 0);
  }

  run(packetCount: number): void {
    checkCount(packetCount, this.batchPacketsMax);
    this.#do(COMMAND_RUN, packetCount, this.#others(), () => this.#own.run(packetCount));
  }

  stats(): MeterStats {
    const others = this.#others().map((shard) => this.#memory.statsOf(shard));
    return sumOfStats([viewsOf(this.#own.engine.core.memory).stats, ...others]);
  }

  classStats(): readonly ClassStats[] {
    return [];
  }

  /** Flows of one thread behind those of another; of each in the order of first arrival as far as known. */
  *flows(): Iterable<FlowRecord> {
    yield* this.#own.engine.flows();
    for (const shard of this.#others()) {
      for (let command = COMMAND_FLOWS; ; command = COMMAND_MORE_FLOWS) {
        this.#do(command, 0, [shard]);
        const count = this.#memory.answer;
        // A copy: whoever takes them may run batches or ask again in between.
        const records = this.#memory.records.slice();
        for (let index = 0; index < count; index += 1) yield recordIn(records, index);
        if (count < RECORDS_AT_ONCE) break;
      }
    }
  }

  close(): void {
    this.#failure ??= new WorkerError("the engine was closed");
    this.#memory.setCommand(COMMAND_END, 0);
    for (const shard of this.#others()) this.#ask(shard);
  }

  #others(): number[] {
    return Array.from({ length: this.threads - 1 }, (_, index) => index + 1);
  }

  /** Has other threads do something, and does `own` part meanwhile. */
  #do(command: number, argument: number, others: readonly number[], own?: () => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#memory.setCommand(command, argument);
    for (const shard of others) this.#ask(shard);
    try {
      own?.();
      for (const shard of others) this.#memory.await("done", shard, this.#turns[shard]!);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new WorkerError(String(error)));
      throw error;
    }
  }

  #ask(shard: number): void {
    const turn = (this.#turns[shard]! + 1) | 0;
    this.#turns[shard] = turn;
    this.#memory.ask(shard, turn);
  }

  /** The tables are no longer what one thread's would be: nothing is metered any more. */
  #fail(failure: Error): void {
    this.#failure = failure;
    this.#memory.tellFailed();
    for (const worker of this.#workers) void worker.terminate();
  }
}

function startShard(task: ShardTask): Worker {
  const worker = startWorker(new URL(`./shardworker${SOURCE_SUFFIX}`, import.meta.url), task);
  worker.unref();
  // Its failure is told by the run that waits for it.
  worker.on("error", () => undefined);
  return worker;
}
