/** What the shards of an engine share: the batch, what is asked of them, and what they answer. */
import { SHARED_PACKETS_MAX } from "../../assembly/abi/shards.ts";
import type { BatchColumns } from "../types.ts";
import { Gate } from "./gate.ts";

/** Flow records that are handed over together. */
export const RECORDS_AT_ONCE = 1024;
/** Key, packets and bytes by color, first and last time. */
export const RECORD_LONGS = 9;

export const COMMAND_RUN = 0;
/** The first records of a shard's flows, and those behind them. */
export const COMMAND_FLOWS = 1;
export const COMMAND_MORE_FLOWS = 2;
export const COMMAND_END = 3;

/** Longer than it takes to fill a batch. */
const SPIN_MS = 0.2;
/** Columns read at the same index must not alias in the L1 cache. */
const PAD_BYTES = 192;

/** 64-bit words of a shard's totals (shardtotals.ts). */
export const STATS_LONGS = 15;

// 32-bit words at the beginning, then those of each shard.
const COMMAND = 0;
const ARGUMENT = 1;
const ANSWER = 2;
const SHARD_WORDS = 32;
const ASKED = 0;
const ASKED_SLEEPER = 1;
/** A cache line away from what the other side changes. */
const DONE = 16;
const DONE_SLEEPER = 17;
const FAILED = 18;

/** Bytes a packet of each column. */
const COLUMNS = {
  time: 8,
  length: 4,
  key: 8,
  colorIn: 1,
  color: 1,
  reason: 1,
  delay: 8,
  level0: 8,
  level1: 8,
} as const;
const COLUMNS_BYTES = Object.values(COLUMNS).reduce((sum, bytes) => sum + bytes * SHARED_PACKETS_MAX + PAD_BYTES, 0);
const RECORDS_BYTES = RECORDS_AT_ONCE * RECORD_LONGS * 8;

type SharedColumns = Pick<BatchColumns, "time" | "length" | "key" | "colorIn" | "color" | "reason" | "delay"> & {
  readonly levels: readonly [Uint32Array, Uint32Array];
};

function columnsIn(memory: SharedArrayBuffer, start: number): SharedColumns {
  let at = start;
  const take = (bytesPerPacket: number) => {
    const offset = at;
    at += bytesPerPacket * SHARED_PACKETS_MAX + PAD_BYTES;
    return offset;
  };
  const words = (bytesPerPacket: number) =>
    new Uint32Array(memory, take(bytesPerPacket), (SHARED_PACKETS_MAX * bytesPerPacket) / 4);
  const bytes = () => new Uint8Array(memory, take(1), SHARED_PACKETS_MAX);
  return {
    time: words(COLUMNS.time),
    length: words(COLUMNS.length),
    key: words(COLUMNS.key),
    colorIn: bytes(),
    color: bytes(),
    reason: bytes(),
    delay: words(COLUMNS.delay),
    levels: [words(COLUMNS.level0), words(COLUMNS.level1)],
  };
}

/** The same memory seen from each thread. Shard 0 is the thread that asks. */
export class ShardMemory {
  readonly memory: SharedArrayBuffer;
  readonly columns: SharedColumns;
  /** Records of one shard, RECORD_LONGS each. */
  readonly records: BigUint64Array;
  readonly #words: Int32Array;
  readonly #stats: readonly BigUint64Array[];
  readonly #asked: readonly Gate[];
  readonly #done: readonly Gate[];

  /** Over new memory, or over that of another thread. */
  constructor(threads: number, memory?: SharedArrayBuffer) {
    const controlBytes = (threads + 1) * SHARD_WORDS * 4;
    const statsBytes = threads * STATS_LONGS * 8;
    const columnsAt = controlBytes + statsBytes + RECORDS_BYTES;
    this.memory = memory ?? new SharedArrayBuffer(columnsAt + COLUMNS_BYTES);
    this.#words = new Int32Array(this.memory, 0, controlBytes / 4);
    const shards = Array.from({ length: threads }, (_, shard) => shard);
    const gate = (shard: number, index: number, sleeper: number) =>
      new Gate(this.#words, (shard + 1) * SHARD_WORDS + index, (shard + 1) * SHARD_WORDS + sleeper, SPIN_MS);
    this.#asked = shards.map((shard) => gate(shard, ASKED, ASKED_SLEEPER));
    this.#done = shards.map((shard) => gate(shard, DONE, DONE_SLEEPER));
    this.#stats = shards.map(
      (shard) => new BigUint64Array(this.memory, controlBytes + shard * STATS_LONGS * 8, STATS_LONGS),
    );
    this.records = new BigUint64Array(this.memory, controlBytes + statsBytes, RECORDS_AT_ONCE * RECORD_LONGS);
    this.columns = columnsIn(this.memory, columnsAt);
  }

  /** Totals of a shard after its last run. */
  statsOf(shard: number): BigUint64Array {
    return this.#stats[shard]!;
  }

  /** What is asked next, by `ask`. */
  setCommand(command: number, argument: number): void {
    this.#words[COMMAND] = command;
    this.#words[ARGUMENT] = argument;
  }

  get command(): number {
    return this.#words[COMMAND]!;
  }

  get argument(): number {
    return this.#words[ARGUMENT]!;
  }

  get answer(): number {
    return this.#words[ANSWER]!;
  }

  set answer(value: number) {
    this.#words[ANSWER] = value;
  }

  /** Asks a shard for the command, its `turn`-th. */
  ask(shard: number, turn: number): void {
    this.#asked[shard]!.open(turn);
  }

  /** Waits until shard `shard` has been asked more than `turn` times. */
  awaitCommand(shard: number, turn: number): void {
    while (!this.#asked[shard]!.wait(turn, Infinity));
  }

  /** Tells that the shard is done with its `turn`-th command. */
  tellDone(shard: number, turn: number, hasFailed: boolean): void {
    if (hasFailed) this.#words[(shard + 1) * SHARD_WORDS + FAILED] = 1;
    this.#done[shard]!.open(turn);
  }

  /** Waits until it is. False when it fails, or needs longer than `timeoutMs`. */
  awaitDone(shard: number, turn: number, timeoutMs: number): boolean {
    const isDone = this.#done[shard]!.wait((turn - 1) | 0, timeoutMs);
    return isDone && this.#words[(shard + 1) * SHARD_WORDS + FAILED] === 0;
  }
}
