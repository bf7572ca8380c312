/** One thread's part of an engine: of each round it sorts a piece, and meters the packets of its own flows. */
import { BATCH_PACKETS_MAX } from "../../assembly/abi.ts";
import { HEAD_BYTES, HEADS, ROUND_BYTES, ROUND_PACKETS_MAX } from "../../assembly/abi/shards.ts";
import { type CoreEngine, createCoreEngine } from "../core/engine.ts";
import { copyBytes } from "./copy.ts";
import { CoreParts } from "./coreparts.ts";
import { pieceRows } from "./exchange.ts";
import type { ResultColumn } from "./shardcolumns.ts";
import type { ShardLayout, ShardMemory } from "./shardmemory.ts";

/** Rows [first, end) of the batch, of which each piece but the last ones has `rows`. */
interface Round {
  readonly first: number;
  readonly end: number;
  readonly rows: number;
  /** Rounds so far, this one included: 32 bits, which wrap. */
  readonly count: number;
  /** 0 or 1: what it uses of all that there is two of. */
  readonly turn: 0 | 1;
}

/** Some packets of the run that shard `from` has sorted out for this one, from its `first` on. */
interface Part {
  readonly from: number;
  readonly first: number;
  readonly count: number;
  readonly turn: 0 | 1;
}

export class Shard {
  readonly engine: CoreEngine;
  readonly #memory: ShardMemory;
  readonly #index: number;
  readonly #threads: number;
  readonly #parts: CoreParts;
  /** Rounds so far: 32 bits, which wrap. */
  #rounds = 0;

  /** Number `index` of the layout's. Throws RangeError when its table does not fit in memory. */
  constructor(module: WebAssembly.Module, { options, threads }: ShardLayout, memory: ShardMemory, index: number) {
    this.engine = createCoreEngine(module, options);
    const shardAt = this.engine.core.createShard(index, threads) >>> 0;
    if (shardAt === 0) throw new RangeError(`maxFlows ${options.maxFlows}: no memory is left for batches`);
    this.#parts = new CoreParts(this.engine.core.memory, shardAt);
    this.#memory = memory;
    this.#index = index;
    this.#threads = threads;
  }

  /**
   * Takes part in metering the first `packets` packets of the batch. Results of a round are waited for behind the sorting
   * of the next, so that threads need not keep in step. Throws WorkerError when another thread fails.
   */
  run(packets: number): void {
    let before: Round | undefined;
    // As many rounds as there must be, all of the same size but the last.
    const size = Math.ceil(packets / Math.ceil(packets / ROUND_PACKETS_MAX));
    for (let first = 0; first < packets; first += size) {
      const end = Math.min(packets, first + size);
      this.#rounds = (this.#rounds + 1) | 0;
      const turn = (this.#rounds & 1) as 0 | 1;
      const round = { first, end, rows: pieceRows(end - first, this.#threads), count: this.#rounds, turn };
      this.#sort(round);
      if (before !== undefined) this.#finish(before);
      this.#meter(round);
      before = round;
    }
    if (before !== undefined) this.#finish(before);
  }

  /** Meters all packets of the round whose flows are this shard's. */
  #meter({ rows, count, turn }: Round): void {
    for (let from = 0; from < this.#threads; from += 1) {
      if (from !== this.#index) {
        this.#memory.await("sorted", from, count);
        const head = from * HEAD_BYTES;
        const { heads } = this.#memory.exchanges[turn];
        copyBytes(heads, head, this.#parts.shard, turn * ROUND_BYTES + HEADS + head, HEAD_BYTES);
      }
      this.#meterRun(from, rows, turn);
    }
    this.#memory.tell("metered", this.#index, count);
    this.engine.core.endRound();
  }

  /** Puts together what has become of this shard's piece. */
  #finish(round: Round): void {
    for (let by = 0; by < this.#threads; by += 1) {
      if (by === this.#index) continue;
      this.#memory.await("metered", by, round.count);
      this.#takeResults(by, round);
    }
    this.#putResults(round);
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
    const { rows, turn } = round;
    const { shard } = this.#parts;
    for (const { name, bytesPerPacket, piece } of columns.inputs) {
      copyBytes(batch.bytesOf(name), at * bytesPerPacket, shard, piece, count * bytesPerPacket);
    }
    core.sortPiece(count, rows, turn);
    const head = this.#index * HEAD_BYTES;
    copyBytes(shard, turn * ROUND_BYTES + HEADS + head, this.#memory.exchanges[turn].heads, head, HEAD_BYTES);
    for (let to = 0; to < this.#threads; to += 1) {
      this.#gather(to, to * rows, turn);
      if (to !== this.#index) this.#handOver(to, to * rows, turn);
    }
    this.#memory.tell("sorted", this.#index, round.count);
  }

  /** Fills those columns of the run of shard `to` that sorting leaves. */
  #gather(to: number, first: number, turn: 0 | 1): void {
    const { core } = this.engine;
    const { columns, exchanges } = this.#memory;
    const count = exchanges[turn].runCount(this.#index, to);
    for (const { piece, run, bytesPerPacket } of columns.handed) {
      if (piece === undefined) continue;
      if (bytesPerPacket === 1) core.gatherBytes(piece, run, first, count, turn);
      else core.gatherLongs(piece, run, first, count, turn);
    }
  }

  /** The run of shard `to` begins at packet `first` among the core's columns of runs. */
  #handOver(to: number, first: number, turn: 0 | 1): void {
    const { columns, exchanges } = this.#memory;
    const exchange = exchanges[turn];
    const { shard } = this.#parts;
    const start = exchange.runStart(this.#index, to);
    const count = exchange.runCount(this.#index, to);
    const areas = exchange.handedOf(this.#index);
    for (const [nth, { run, bytesPerPacket }] of columns.handed.entries()) {
      const from = run + first * bytesPerPacket;
      copyBytes(shard, from, areas[nth]!, start * bytesPerPacket, count * bytesPerPacket);
    }
  }

  /** Meters what shard `from` has sorted out for this one, in parts that fit in a core's batch. */
  #meterRun(from: number, rows: number, turn: 0 | 1): void {
    const count = this.#memory.exchanges[turn].runCount(from, this.#index);
    for (let first = 0; first < count; first += BATCH_PACKETS_MAX) {
      const part = { from, first, turn, count: Math.min(BATCH_PACKETS_MAX, count - first) };
      if (from === this.#index) this.#meterOwn(part, this.#index * rows + first);
      else this.#meterHanded(part);
    }
  }

  /** From the core's own columns of runs, where the part begins at `at`, and back. */
  #meterOwn({ from, count, turn }: Part, at: number): void {
    const { columns } = this.#memory;
    const parts = this.#parts;
    for (const { run, batch, bytesPerPacket } of columns.handed) {
      copyBytes(parts.shard, run + at * bytesPerPacket, parts.fixed, batch, count * bytesPerPacket);
    }
    this.engine.core.meterRun(from, count);
    for (const { run, batch, bytesPerPacket } of columns.results) {
      const to = turn * ROUND_BYTES + run + at * bytesPerPacket;
      copyBytes(parts.fixed, batch, parts.shard, to, count * bytesPerPacket);
    }
  }

  /** From shared memory, and back. */
  #meterHanded({ from, first, count, turn }: Part): void {
    const { columns, exchanges } = this.#memory;
    const exchange = exchanges[turn];
    const at = exchange.runStart(from, this.#index) + first;
    const handed = exchange.handedOf(from);
    for (const [nth, { batch, bytesPerPacket }] of columns.handed.entries()) {
      copyBytes(handed[nth]!, at * bytesPerPacket, this.#parts.fixed, batch, count * bytesPerPacket);
    }
    this.engine.core.meterRun(from, count);
    const results = exchange.resultsOf(from);
    for (const [nth, { batch, bytesPerPacket }] of columns.results.entries()) {
      copyBytes(this.#parts.fixed, batch, results[nth]!, at * bytesPerPacket, count * bytesPerPacket);
    }
  }

  /** What shard `by` has made of this shard's packets goes to their runs. */
  #takeResults(by: number, { rows, turn }: Round): void {
    const { columns, exchanges } = this.#memory;
    const exchange = exchanges[turn];
    const start = exchange.runStart(this.#index, by);
    const count = exchange.runCount(this.#index, by);
    const areas = exchange.resultsOf(this.#index);
    for (const [nth, { run, bytesPerPacket }] of columns.results.entries()) {
      const to = turn * ROUND_BYTES + run + by * rows * bytesPerPacket;
      copyBytes(areas[nth]!, start * bytesPerPacket, this.#parts.shard, to, count * bytesPerPacket);
    }
  }

  /** From the runs to the rows of the piece, and from there to the batch. */
  #putResults(round: Round): void {
    const { batch, columns } = this.#memory;
    const { at, count } = this.#pieceOf(round);
    for (const column of columns.results) {
      for (let run = 0; run < this.#threads; run += 1) this.#scatter(column, run, round);
      const { name, piece, bytesPerPacket } = column;
      copyBytes(this.#parts.shard, piece, batch.bytesOf(name), at * bytesPerPacket, count * bytesPerPacket);
    }
  }

  #scatter({ run, piece, bytesPerPacket }: ResultColumn, by: number, { rows, turn }: Round): void {
    const { core } = this.engine;
    const count = this.#memory.exchanges[turn].runCount(this.#index, by);
    if (bytesPerPacket === 1) core.scatterBytes(run, piece, by * rows, count, turn);
    else core.scatterLongs(run, piece, by * rows, count, turn);
  }
}
