/** The batch of an engine of several threads: columns in shared memory. */
import { Buffer } from "node:buffer";
import type { OuterColumn, ShardColumns } from "./shardcolumns.ts";
import type { BatchColumns, EngineOptions } from "../types.ts";

/** Columns read at the same index must not alias in the L1 cache; and copies go by words where both begin at one. */
const PAD_BYTES = 192;
const WORD_BYTES = 8;

const NO_CLASSES = new Uint16Array(0);
const NO_WORDS = new Uint32Array(0);
const NO_BYTES = Buffer.alloc(0);

export class BatchMemory {
  readonly #columns = new Map<OuterColumn["name"], Buffer>();

  static bytesFor(packets: number, columns: ShardColumns): number {
    return outerOf(columns).reduce((sum, column) => sum + roomOf(column, packets), 0);
  }

  /** In `memory`, shared or not, from `start` on: room for so many packets. */
  constructor(memory: ArrayBufferLike, start: number, packets: number, columns: ShardColumns) {
    let at = start;
    for (const column of outerOf(columns)) {
      this.#columns.set(column.name, Buffer.from(memory, at, column.bytesPerPacket * packets));
      at += roomOf(column, packets);
    }
  }

  /** All of a column. */
  bytesOf(name: OuterColumn["name"]): Buffer {
    return this.#columns.get(name) ?? NO_BYTES;
  }

  /** As callers have it. */
  columns({ delays, levels }: EngineOptions): BatchColumns {
    const words = (name: OuterColumn["name"]) => {
      const { buffer, byteOffset, byteLength } = this.bytesOf(name);
      return new Uint32Array(buffer, byteOffset, byteLength / Uint32Array.BYTES_PER_ELEMENT);
    };
    const bytes = (name: OuterColumn["name"]) => {
      const { buffer, byteOffset, byteLength } = this.bytesOf(name);
      return new Uint8Array(buffer, byteOffset, byteLength);
    };
    return {
      time: words("time"),
      length: words("length"),
      key: words("key"),
      colorIn: bytes("colorIn"),
      class: NO_CLASSES,
      nodeKeys: [],
      color: bytes("color"),
      delay: delays ? words("delay") : NO_WORDS,
      reason: bytes("reason"),
      levels: levels === true ? [words("level0"), words("level1")] : [],
      departure: NO_WORDS,
      departureRest: NO_WORDS,
    };
  }
}

function outerOf({ filled, results }: ShardColumns): readonly OuterColumn[] {
  return [...filled, ...results];
}

function roomOf({ bytesPerPacket }: OuterColumn, packets: number): number {
  return Math.ceil((bytesPerPacket * packets) / WORD_BYTES) * WORD_BYTES + PAD_BYTES;
}
