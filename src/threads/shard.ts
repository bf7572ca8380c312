/** One thread's part of an engine: of each batch it takes the packets of its own flows, by a hash of their keys. */
import { BATCH_PACKETS_MAX } from "../../assembly/abi.ts";
import {
  INBOX_COLOR_IN,
  INBOX_KEY,
  INBOX_LENGTH,
  INBOX_ROWS,
  INBOX_TIME,
  SHARED_PACKETS_MAX,
} from "../../assembly/abi/shards.ts";
import { type CoreEngine, createCoreEngine } from "../core/engine.ts";
import { viewsOf } from "../core/views.ts";
import type { EngineOptions } from "../types.ts";
import type { ShardMemory } from "./shardmemory.ts";

export class Shard {
  readonly engine: CoreEngine;
  readonly #columns: ShardMemory["columns"];
  readonly #options: EngineOptions;
  readonly #index: number;
  readonly #threads: number;
  readonly #inbox: number;

  /** Number `index` of `threads`. Throws RangeError when its table does not fit in memory. */
  constructor(module: WebAssembly.Module, options: EngineOptions, memory: ShardMemory, index: number, threads: number) {
    this.engine = createCoreEngine(module, options);
    this.#inbox = this.engine.core.createInbox() >>> 0;
    if (this.#inbox === 0) throw new RangeError(`maxFlows ${options.maxFlows}: no memory is left for batches`);
    this.#columns = memory.columns;
    this.#options = options;
    this.#index = index;
    this.#threads = threads;
  }

  /** Meters its own of the first `packets` packets of the batch. */
  run(packets: number): void {
    const { core } = this.engine;
    this.#copyIn(packets);
    const own = core.selectRows(packets, this.#index, this.#threads);
    for (let first = 0; first < own; first += BATCH_PACKETS_MAX) {
      const count = Math.min(BATCH_PACKETS_MAX, own - first);
      core.gatherRows(first, count);
      core.runClocked(count);
      this.#copyOut(first, count);
    }
  }

  /** All packets: whose they are is told in the core. */
  #copyIn(packets: number): void {
    const { bytes } = viewsOf(this.engine.core.memory);
    const { time, key, length, colorIn } = this.#columns;
    const copy = (from: Uint32Array | Uint8Array, column: number, bytesPerPacket: number) => {
      const part = new Uint8Array(from.buffer, from.byteOffset, packets * bytesPerPacket);
      bytes.set(part, this.#inbox + column);
    };
    copy(time, INBOX_TIME, 8);
    copy(key, INBOX_KEY, 8);
    copy(length, INBOX_LENGTH, 4);
    copy(colorIn, INBOX_COLOR_IN, 1);
  }

  /** What the core says of packets from `first` on of its own. */
  #copyOut(first: number, count: number): void {
    const { color, delay, reason, levels } = this.#columns;
    const { core, batch } = this.engine;
    const rows = new Uint16Array(core.memory.buffer, this.#inbox + INBOX_ROWS, SHARED_PACKETS_MAX).subarray(first);
    scatterBytes(batch.color, color, rows, count);
    if (this.#options.delays) {
      scatterBytes(batch.reason, reason, rows, count);
      scatterPairs(batch.delay, delay, rows, count);
    }
    for (const [bucket, level] of batch.levels.entries()) scatterPairs(level, levels[bucket]!, rows, count);
  }
}

/** Values of the rows from 0 on to `rows`. */
function scatterBytes(from: Uint8Array, to: Uint8Array, rows: Uint16Array, count: number): void {
  for (let row = 0; row < count; row += 1) to[rows[row]!] = from[row]!;
}

function scatterPairs(from: Uint32Array, to: Uint32Array, rows: Uint16Array, count: number): void {
  for (let row = 0; row < count; row += 1) {
    to[2 * rows[row]!] = from[2 * row]!;
    to[2 * rows[row]! + 1] = from[2 * row + 1]!;
  }
}
