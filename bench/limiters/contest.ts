/** One limiter in a process of its own, which waits for its turns: a fresh heap, and compiled code of one limiter only. */
import { cpuMs } from "../harness.ts";
import { CONTESTANTS } from "./contestants.ts";
import type { Decisions, Limiter, LimiterRow } from "./limiter.ts";
import { LimiterWorkload, type LimiterShape, START_MS } from "./workload.ts";

export interface ContestInput {
  readonly name: string;
  readonly shape: LimiterShape;
  /** Decisions a turn; so many before those run untimed, to bring back what others pushed out of the caches. */
  readonly turnDecisions: number;
  readonly leadDecisions: number;
}

/** What a process answers once all keys are in. */
export interface Inserted {
  readonly insertMs: number;
  readonly allowed: number;
  /** Resident memory, and heap with buffers outside it, that the limiter and its keys' state took, in bytes. */
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly statedBytes: number | null;
}

/** What it answers to the number of a turn. */
export interface Turn {
  readonly timedMs: number;
  readonly allowed: number;
}

function memoryNow(): { readonly resident: number; readonly heap: number } {
  // Two: the first may leave behind what finalizers hold.
  globalThis.gc!();
  globalThis.gc!();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, heap: heapUsed + external };
}

class Contest {
  readonly #input: ContestInput;
  readonly #row: LimiterRow;
  readonly #first: Decisions;
  readonly #stream: Decisions;
  #limiter: Limiter | undefined;

  constructor(input: ContestInput) {
    const { shape, name } = input;
    const workload = new LimiterWorkload(shape);
    const row = CONTESTANTS.find((candidate) => candidate.name === name);
    if (row === undefined) throw new Error(`no limiter named ${name}`);
    const { ids } = workload;
    const names = row.key === "string" ? workload.names() : [];
    const order = workload.order();
    this.#input = input;
    this.#row = row;
    // All keys come in one millisecond before the stream: limiters in time get them in any case.
    this.#first = { ids, names, startMs: START_MS - 1, perMs: Infinity };
    this.#stream = {
      ids: row.key === "u32" ? Uint32Array.from(order, (key) => ids[key]!) : new Uint32Array(0),
      names: row.key === "string" ? Array.from(order, (key) => names[key]!) : [],
      startMs: START_MS,
      perMs: workload.decisionsPerMs,
    };
  }

  async insert(): Promise<Inserted> {
    const { keys } = this.#input.shape;
    const before = memoryNow();
    const startMs = cpuMs();
    this.#limiter = this.#row.create(keys);
    const allowed = await this.#limiter.play(this.#first, 0, keys);
    const insertMs = cpuMs() - startMs;
    const after = memoryNow();
    return {
      insertMs,
      allowed,
      residentBytes: after.resident - before.resident,
      heapBytes: after.heap - before.heap,
      statedBytes: this.#limiter.statedBytes ?? null,
    };
  }

  async turn(number: number): Promise<Turn> {
    const { turnDecisions, leadDecisions } = this.#input;
    const from = number * turnDecisions;
    const led = await this.#limiter!.play(this.#stream, from, from + leadDecisions);
    const startMs = cpuMs();
    const allowed = await this.#limiter!.play(this.#stream, from + leadDecisions, from + turnDecisions);
    return { timedMs: cpuMs() - startMs, allowed: led + allowed };
  }
}

/** Nothing happens without a parent: the first message makes the contest, each number after it is a turn. */
let contest: Contest | undefined;
process.on("message", (message: ContestInput | number) => {
  const answer = async (): Promise<Inserted | Turn> => {
    if (typeof message === "number") return contest!.turn(message);
    contest = new Contest(message);
    return contest.insert();
  };
  answer().then(
    (result) => process.send!(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
