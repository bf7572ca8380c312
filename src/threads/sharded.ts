/** An engine of several threads: each meters the flows that a hash gives it, in a table of its own. */
import type { Worker } from "node:worker_threads";
import { SHARED_PACKETS_MAX } from "../../assembly/abi/shards.ts";
import { checkCount, createCoreEngine } from "../core/engine.ts";
import { ConfigError } from "../errors.ts";
import type { BatchColumns, ClassStats, CompiledPolicy, EngineOptions, FlowRecord } from "../types.ts";
import type { MeterEngine, MeterStats } from "../types.ts";
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
import { recordIn, sumOfStats, writeStats } from "./shardtotals.ts";
import { SOURCE_SUFFIX, startWorker, WorkerError } from "./worker.ts";

/** A batch takes milliseconds, and the first also the start of the thread: who needs longer has died. */
const PATIENCE_MS = 30_000;
const THREADS_MAX = 64;

export interface ShardedOptions extends EngineOptions {
  /** Of one meter, whose flows have nothing to do with each other: no classes, shares or shapers. */
  readonly policy: CompiledPolicy;
  /** Threads that meter, the caller's included. */
  readonly threads: number;
  /** Most flows tracked at once by each thread. */
  readonly maxFlows: number;
  /** Of all threads together. */
  readonly expectedFlows?: number;
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
  const { policy, threads } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > THREADS_MAX) {
    throw new ConfigError("RANGE", "threads", `${threads}`, `must be a whole number from 1 to ${THREADS_MAX}`);
  }
  if (policy.profiles.some(({ kernel }) => kernel === "weighted")) {
    const detail = "flows that share a rate by weight are metered by one thread; ask for 1";
    throw new ConfigError("CONFLICT", "threads", `${threads}`, detail);
  }
  const hasThreads = typeof SharedArrayBuffer === "function" && threads > 1;
  if (hasThreads) return new Shards(module, options);
  const engine = createCoreEngine(module, options);
  return Object.assign(engine, { threads: 1, close: () => undefined });
}

const NO_CLASSES = new Uint16Array(0);
const NO_WORDS = new Uint32Array(0);
const NO_BYTES = new Uint8Array(0);

class Shards implements ShardedEngine {
  readonly name = "core";
  readonly batchPacketsMax = SHARED_PACKETS_MAX;
  readonly threads: number;
  readonly batch: BatchColumns;
  readonly #memory: ShardMemory;
  readonly #own: Shard;
  readonly #workers: readonly Worker[];
  /** Commands that each other thread has been given. */
  readonly #turns: number[];
  #failure: Error | undefined;

  constructor(module: WebAssembly.Module, asked: ShardedOptions) {
    const { threads, expectedFlows = 0 } = asked;
    const options = { ...asked, expectedFlows: Math.ceil(expectedFlows / threads) };
    this.threads = threads;
    this.#memory = new ShardMemory(threads);
    this.#own = new Shard(module, options, this.#memory, 0, threads);
    this.batch = batchOf(this.#memory, options);
    const { memory } = this.#memory;
    this.#workers = this.#others().map((index) => {
      const worker = startShard({ module, options, memory, index, threads });
      worker.once("exit", () => (this.#failure ??= new WorkerError("it ended early")));
      return worker;
    });
    this.#turns = Array.from({ length: threads }, () => 0);
  }

  run(packetCount: number): void {
    checkCount(packetCount, SHARED_PACKETS_MAX);
    this.#check();
    this.#memory.setCommand(COMMAND_RUN, packetCount);
    for (const shard of this.#others()) this.#ask(shard);
    this.#own.run(packetCount);
    for (const shard of this.#others()) this.#await(shard);
  }

  stats(): MeterStats {
    writeStats(this.#own.engine.stats(), this.#memory.statsOf(0));
    const words = Array.from({ length: this.threads }, (_, shard) => this.#memory.statsOf(shard));
    return sumOfStats(words);
  }

  classStats(): readonly ClassStats[] {
    return [];
  }

  /** Flows of one thread behind those of another; of each in the order of first arrival as far as known. */
  *flows(): Iterable<FlowRecord> {
    yield* this.#own.engine.flows();
    for (const shard of this.#others()) {
      for (let command = COMMAND_FLOWS; ; command = COMMAND_MORE_FLOWS) {
        this.#check();
        this.#memory.setCommand(command, 0);
        this.#ask(shard);
        this.#await(shard);
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

  #ask(shard: number): void {
    const turn = (this.#turns[shard]! + 1) | 0;
    this.#turns[shard] = turn;
    this.#memory.ask(shard, turn);
  }

  #await(shard: number): void {
    if (this.#memory.awaitDone(shard, this.#turns[shard]!, PATIENCE_MS)) return;
    this.#failure = new WorkerError("no answer");
    for (const worker of this.#workers) void worker.terminate();
    throw this.#failure;
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function startShard(task: ShardTask): Worker {
  const worker = startWorker(new URL(`./shardworker${SOURCE_SUFFIX}`, import.meta.url), task);
  worker.unref();
  // Its failure is told by the run that waits for it.
  worker.on("error", () => undefined);
  return worker;
}

function batchOf({ columns }: ShardMemory, { delays, levels }: ShardedOptions): BatchColumns {
  return {
    ...columns,
    class: NO_CLASSES,
    nodeKeys: [],
    delay: delays ? columns.delay : NO_WORDS,
    reason: delays ? columns.reason : NO_BYTES,
    levels: levels === true ? columns.levels : [],
    departure: NO_WORDS,
    departureRest: NO_WORDS,
  };
}
