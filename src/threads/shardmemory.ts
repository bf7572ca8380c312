/** What the shards of an engine share: the batch, what they hand each other, what is asked of them and answered. */
import { STAT_WORDS } from "../../assembly/abi.ts";
import { BatchMemory } from "./batchmemory.ts";
import { Exchange } from "./exchange.ts";
import { Gate } from "./gate.ts";
import { type ShardColumns, shardColumnsFor, type ShardOptions } from "./shardcolumns.ts";
import { WorkerError } from "./worker.ts";

/** Flow records that are handed over together. */
export const RECORDS_AT_ONCE = 1024;
/** Key, packets and bytes by color, first and last time. */
export const RECORD_LONGS = 9;
export const COMMAND_RUN = 0;
/** The first records of a shard's flows, and those behind them. */
export const COMMAND_FLOWS = 1;
export const COMMAND_MORE_FLOWS = 2;
export const COMMAND_END = 3;

/** Longer than it takes to fill a batch of the usual size. */
const SPIN_MS = 0.2;
/** How often a thread that waits looks whether another has failed. */
const LOOK_MS = 100;
/** Threads that all make no step for so long, and a round takes less than a millisecond, wait for one that has died. */
const PATIENCE_MS = 5000;
/** The same while one has not begun yet: it takes as long as Node to start. */
const START_PATIENCE_MS = 30_000;

// 32-bit words at the beginning, then those of each shard: all that one thread changes lies in cache lines of its own.
const COMMAND = 0;
const ARGUMENT = 1;
const ANSWER = 2;
const FAILED = 3;
const SHARD_WORDS = 64;
/** Each of these is followed by the number of threads that sleep until it changes. */
const ASKED = 0;
const STEPS = ["begun", "sorted", "metered", "done"] as const;
const FIRST_STEP = 16;
const WORDS_A_STEP = 2;

/** What a shard tells the others: that it runs, that it has sorted or metered so many rounds, or done so many commands. */
export type Step = (typeof STEPS)[number];

/** How a piece of memory is laid out. */
export interface ShardLayout {
  readonly threads: number;
  readonly options: ShardOptions;
  /** Packets that a batch has room for. */
  readonly batchPackets: number;
}

/** The same memory seen from each thread. Shard 0 is the thread that asks. */
export class ShardMemory {
  readonly memory: SharedArrayBuffer;
  readonly columns: ShardColumns;
  readonly batch: BatchMemory;
  /** For rounds whose turn is 0 and 1: a shard may be a round ahead of another. */
  readonly exchanges: readonly [Exchange, Exchange];
  /** Records of one shard, RECORD_LONGS each. */
  readonly records: BigUint64Array;
  readonly #words: Int32Array;
  readonly #stats: readonly BigUint64Array[];
  readonly #asked: readonly Gate[];
  readonly #steps: Readonly<Record<Step, readonly Gate[]>>;

  /** Over new memory, or over that of another thread. Throws RangeError when there is not enough. */
  constructor({ threads, options, batchPackets }: ShardLayout, memory?: SharedArrayBuffer) {
    this.columns = shardColumnsFor(options);
    const statsAt = (threads + 1) * SHARD_WORDS * 4;
    const recordsAt = statsAt + threads * STAT_WORDS * 8;
    const exchangeAt = recordsAt + RECORDS_AT_ONCE * RECORD_LONGS * 8;
    const exchangeBytes = Exchange.bytesFor(threads, this.columns);
    const batchAt = exchangeAt + 2 * exchangeBytes;
    this.memory = memory ?? new SharedArrayBuffer(batchAt + BatchMemory.bytesFor(batchPackets, this.columns));
    this.#words = new Int32Array(this.memory, 0, statsAt / 4);
    const shards = Array.from({ length: threads }, (_, shard) => shard);
    const gates = (word: number) => shards.map((shard) => this.#gate((shard + 1) * SHARD_WORDS + word));
    this.#asked = gates(ASKED);
    const steps = STEPS.map((step, nth) => [step, gates(FIRST_STEP + nth * WORDS_A_STEP)]);
    this.#steps = Object.fromEntries(steps) as Record<Step, Gate[]>;
    this.#stats = shards.map((shard) => new BigUint64Array(this.memory, statsAt + shard * STAT_WORDS * 8, STAT_WORDS));
    this.records = new BigUint64Array(this.memory, recordsAt, RECORDS_AT_ONCE * RECORD_LONGS);
    const exchange = (at: number) => new Exchange(this.memory, at, threads, this.columns);
    this.exchanges = [exchange(exchangeAt), exchange(exchangeAt + exchangeBytes)];
    this.batch = new BatchMemory(this.memory, batchAt, batchPackets, this.columns);
  }

  #gate(word: number): Gate {
    return new Gate(this.#words, word, word + 1, SPIN_MS);
  }

  /** Counters of a shard after its last run, STAT_*. */
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

  /** Tells the other threads that a shard has come to its `count`-th step of a kind. */
  tell(step: Step, shard: number, count: number): void {
    this.#steps[step][shard]!.open(count);
  }

  /** All threads that wait give up. */
  tellFailed(): void {
    Atomics.store(this.#words, FAILED, 1);
  }

  /**
   * Waits until a shard has come to its `count`-th step of a kind. Throws WorkerError when a thread has failed, or no
   * thread has made a step for long.
   */
  await(step: Step, shard: number, count: number): void {
    const gate = this.#steps[step][shard]!;
    let progress = 0;
    let silentMs = 0;
    // Counts are 32 bits and wrap.
    for (let seen = gate.value; ((seen - count) | 0) < 0; seen = gate.value) {
      if (gate.wait(seen, LOOK_MS)) continue;
      if (Atomics.load(this.#words, FAILED) !== 0) throw new WorkerError("it gave up");
      const before = progress;
      progress = this.#progress();
      silentMs = progress === before ? silentMs + LOOK_MS : 0;
      const haveBegun = this.#steps.begun.every(({ value }, index) => index === 0 || value !== 0);
      if (silentMs >= (haveBegun ? PATIENCE_MS : START_PATIENCE_MS)) throw new WorkerError("no answer");
    }
  }

  /** Changes with each step of any thread. */
  #progress(): number {
    return STEPS.flatMap((step) => this.#steps[step]).reduce((sum, { value }) => (sum + value) | 0, 0);
  }
}
