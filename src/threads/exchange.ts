/** Shared memory through which the shards of an engine hand each other packets, and hand back what becomes of them. */
import { Buffer } from "node:buffer";
import { HEAD_BYTES, HEAD_COUNTS, PIECE_ROWS_STEP, ROUND_PACKETS_MAX } from "../../assembly/abi/shards.ts";
import type { ShardColumns } from "./shardcolumns.ts";

/** Copies between shared and other memory go by words only where both begin at one. */
const ALIGNED_PACKETS = 8;

/** Rows of each piece of a round of so many packets, the last ones' as far as there are any. */
export function pieceRows(packets: number, threads: number): number {
  return Math.ceil(packets / threads / PIECE_ROWS_STEP) * PIECE_ROWS_STEP;
}

export class Exchange {
  /** What shards tell of their pieces, HEAD_BYTES each, that of shard 0 first. */
  readonly heads: Buffer;
  readonly #counts: Uint32Array;
  readonly #handed: readonly (readonly Buffer[])[];
  readonly #results: readonly (readonly Buffer[])[];

  static bytesFor(threads: number, columns: ShardColumns): number {
    const packets = roomFor(threads);
    const bytesPerPacket = [...columns.handed, ...columns.results].reduce((sum, { bytesPerPacket: b }) => sum + b, 0);
    return threads * (HEAD_BYTES + packets * bytesPerPacket);
  }

  /** Over `memory` from `start` on. */
  constructor(memory: SharedArrayBuffer, start: number, threads: number, columns: ShardColumns) {
    const packets = roomFor(threads);
    let at = start;
    const take = (bytes: number) => {
      at += bytes;
      return Buffer.from(memory, at - bytes, bytes);
    };
    this.heads = take(threads * HEAD_BYTES);
    this.#counts = new Uint32Array(memory, start, (threads * HEAD_BYTES) / 4);
    const areas = (of: readonly { readonly bytesPerPacket: number }[]) =>
      Array.from({ length: threads }, () => of.map(({ bytesPerPacket }) => take(packets * bytesPerPacket)));
    this.#handed = areas(columns.handed);
    this.#results = areas(columns.results);
  }

  /** Packets of run `run` of the piece of shard `shard`, whose head is there. */
  runCount(shard: number, run: number): number {
    return this.#counts[shard * (HEAD_BYTES / 4) + HEAD_COUNTS / 4 + run]!;
  }

  /** Its first packet among the columns below. */
  runStart(shard: number, run: number): number {
    let start = 0;
    for (let before = 0; before < run; before += 1) {
      start += Math.ceil(this.runCount(shard, before) / ALIGNED_PACKETS) * ALIGNED_PACKETS;
    }
    return start;
  }

  /** What shard `shard` hands over: each of `ShardColumns.handed`. */
  handedOf(shard: number): readonly Buffer[] {
    return this.#handed[shard]!;
  }

  /** What has become of it: each of `ShardColumns.results`. */
  resultsOf(shard: number): readonly Buffer[] {
    return this.#results[shard]!;
  }
}

function roomFor(threads: number): number {
  return pieceRows(ROUND_PACKETS_MAX, threads) + ALIGNED_PACKETS * threads;
}
