/** One thread's part of an engine: of each round it sorts a piece, and meters the packets of its own flows. */
import { BATCH_PACKETS_MAX } from "../../assembly/abi.ts";
import { HEAD_BYTES, HEADS, ROUND_PACKETS_MAX } from "../../assembly/abi/shards.ts";
import { type CoreEngine, createCoreEngine } from "../core/engine.ts";
import { viewsOf } from "../core/views.ts";
import { pieceRows } from "./exchange.ts";
import type { ShardLayout, ShardMemory } from "./shardmemory.ts";

/** Rows [first, end) of the batch, of which each piece but the last ones has `rows`. */
interface Round {
  readonly first: number;
  readonly end: number;
  readonly rows: number;
}

/** Some packets of the run that shard `from` has sorted out for this one: from `first` on, and that is at `at`. */
interface Part {
  readonly from: number;
  readonly first: number;
  readonly count: number;
}

export class Shard {
  readonly engine: CoreEngine;
  readonly #memory: ShardMemory;
  readonly #index: number;
  readonly #threads: number;
  /** Address of the columns of pieces and runs. */
  readonly #base: number;
  /** Rounds so far: 32 bits, which wrap. */
  #rounds = 0;

  /** Number `index` of the layout's. Throws RangeError when its table does not fit in memory. */
  constructor(module: WebAssembly.Module, { options, threads }: ShardLayout, memory: ShardMemory, index: number) {
    this.engine = createCoreEngine(module, options);
    this.#base = this.engine.core.createShard(index, threads) >>> 0;
    if (this.#base === 0) throw new RangeError(`maxFlows ${options.maxFlows}: no memory is left for batches`);
    this.#memory = memory;
    this.#index = index;
    this.#threads = threads;
  }

  /** Takes part in metering the first `packets` packets of the batch. Throws WorkerError when another thread fails. */
  run(packets: number): void {
    for (let first = 0; first < packets; first += ROUND_PACKETS_MAX) {
      const end = Math.min(packets, first + ROUND_PACKETS_MAX);
      this.#runRound({ first, end, rows: pieceRows(end - first, this.#threads) });
    }
  }

  #runRound(round: Round): void {
    const memory = this.#memory;
    const index = this.#index;
    this.#rounds = (this.#rounds + 1) | 0;
    this.#sort(round);
    memory.tell("sorted", index, this.#rounds);
    for (let from = 0; from < this.#threads; from += 1) {
      if (from !== index) {
        memory.await("sorted", from, this.#rounds);
        this.#bytes.set(this.#headOf(from), this.#base + HEADS + from * HEAD_BYTES);
      }
      this.#meterRun(from, round.rows);
    }
    memory.tell("metered", index, this.#rounds);
    this.engine.core.endRound();
    for (let by = 0; by < this.#threads; by += 1) {
      if (by === index) continue;
      memory.await("metered", by, this.#rounds);
      this.#takeResults(by, round.rows);
    }
    this.#putResults(round);
  }

  /** The core's memory as it is now. */
  get #bytes(): Uint8Array {
    return viewsOf(this.engine.core.memory).bytes;
  }

  #headOf(shard: number): Uint8Array {
    return this.#memory.exchange.heads.subarray(shard * HEAD_BYTES, (shard + 1) * HEAD_BYTES);
  }

  /** First row and number of rows of this shard's piece. */
  #pieceOf({ first, end, rows }: Round): { readonly at: number; readonly count: number } {
    const at = Math.min(end, first + this.#index * rows);
    return { at, count: Math.min(end, at + rows) - at };
  }

  /** Copies this shard's piece into the core, sorts it into runs, and hands over those of other shards. */
  #sort(round: Round): void {
    const { core } = this.engine;
    const { batch, columns } = this.#memory;
    const { at, count } = this.#pieceOf(round);
    const bytes = this.#bytes;
    for (const { name, bytesPerPacket, piece } of columns.inputs) {
      copy(batch.bytesOf(name), at, bytes, this.#base + piece, count, bytesPerPacket);
    }
    core.sortPiece(count, round.rows);
    for (const { piece, run, bytesPerPacket } of columns.handed) {
      if (piece === undefined) continue;
      if (bytesPerPacket === 1) core.gatherBytes(piece, run, this.#threads);
      else core.gatherLongs(piece, run, this.#threads);
    }
    const head = this.#base + HEADS + this.#index * HEAD_BYTES;
    this.#headOf(this.#index).set(bytes.subarray(head, head + HEAD_BYTES));
    for (let to = 0; to < this.#threads; to += 1) {
      if (to !== this.#index) this.#handOver(to, to * round.rows);
    }
  }

  /** The run of shard `to` begins at packet `first` among the core's columns of runs. */
  #handOver(to: number, first: number): void {
    const { columns, exchange } = this.#memory;
    const bytes = this.#bytes;
    const start = exchange.runStart(this.#index, to);
    const count = exchange.runCount(this.#index, to);
    const areas = exchange.handedOf(this.#index);
    for (const [nth, { run, bytesPerPacket }] of columns.handed.entries()) {
      const from = this.#base + run + first * bytesPerPacket;
      areas[nth]!.set(bytes.subarray(from, from + count * bytesPerPacket), start * bytesPerPacket);
    }
  }

  /** Meters what shard `from` has sorted out for this one, in parts that fit in a core's batch. */
  #meterRun(from: number, rows: number): void {
    const count = this.#memory.exchange.runCount(from, this.#index);
    for (let first = 0; first < count; first += BATCH_PACKETS_MAX) {
      const part = { from, first, count: Math.min(BATCH_PACKETS_MAX, count - first) };
      if (from === this.#index) this.#meterOwn(part, this.#index * rows + first);
      else this.#meterHanded(part);
    }
  }

  /** From the core's own columns of runs, where the part begins at `at`, and back. */
  #meterOwn({ from, count }: Part, at: number): void {
    const { columns } = this.#memory;
    const move = (to: number, start: number, bytesCount: number) =>
      this.#bytes.copyWithin(to, start, start + bytesCount);
    for (const { run, batch, bytesPerPacket } of columns.handed) {
      move(batch, this.#base + run + at * bytesPerPacket, count * bytesPerPacket);
    }
    this.engine.core.meterRun(from, count);
    for (const { run, batch, bytesPerPacket } of columns.results) {
      move(this.#base + run + at * bytesPerPacket, batch, count * bytesPerPacket);
    }
  }

  /** From shared memory, and back. */
  #meterHanded({ from, first, count }: Part): void {
    const { columns, exchange } = this.#memory;
    const at = exchange.runStart(from, this.#index) + first;
    const handed = exchange.handedOf(from);
    for (const [nth, { batch, bytesPerPacket }] of columns.handed.entries()) {
      copy(handed[nth]!, at, this.#bytes, batch, count, bytesPerPacket);
    }
    this.engine.core.meterRun(from, count);
    const results = exchange.resultsOf(from);
    for (const [nth, { batch, bytesPerPacket }] of columns.results.entries()) {
      const bytesCount = count * bytesPerPacket;
      results[nth]!.set(this.#bytes.subarray(batch, batch + bytesCount), at * bytesPerPacket);
    }
  }

  /** What shard `by` has made of this shard's packets goes to their runs. */
  #takeResults(by: number, rows: number): void {
    const { columns, exchange } = this.#memory;
    const start = exchange.runStart(this.#index, by);
    const count = exchange.runCount(this.#index, by);
    const areas = exchange.resultsOf(this.#index);
    for (const [nth, { run, bytesPerPacket }] of columns.results.entries()) {
      copy(areas[nth]!, start, this.#bytes, this.#base + run + by * rows * bytesPerPacket, count, bytesPerPacket);
    }
  }

  /** From the runs to the rows of the piece, and from there to the batch. */
  #putResults(round: Round): void {
    const { core } = this.engine;
    const { batch, columns } = this.#memory;
    const { at, count } = this.#pieceOf(round);
    for (const { name, run, piece, bytesPerPacket } of columns.results) {
      if (bytesPerPacket === 1) core.scatterBytes(run, piece, this.#threads);
      else core.scatterLongs(run, piece, this.#threads);
      const from = this.#base + piece;
      batch.bytesOf(name).set(this.#bytes.subarray(from, from + count * bytesPerPacket), at * bytesPerPacket);
    }
  }
}

/** Copies packets `first` to `first + count` of a column to an address. */
function copy(from: Uint8Array, first: number, to: Uint8Array, address: number, count: number, width: number): void {
  to.set(from.subarray(first * width, (first + count) * width), address);
}
