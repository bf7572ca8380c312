/**
 * The conformance trace: seeded calls of every kind on meters of every kind. All that they answer goes into a digest a
 * meter, which has to be the same on every engine and in every runtime. It reads no clock and draws no random numbers.
 */
import { Random } from "../../bench/random.ts";
import type {
  Batch,
  Color,
  Decision,
  EdgeMeter,
  EngineName,
  Key,
  MeterOptions,
  RestoreOptions,
  Time,
  TimeUnit,
} from "../../src/edge/types.ts";
import { CASES, type ConformanceCase } from "./cases.ts";
import { Transcript } from "./transcript.ts";

/** What an entry point of the package exports. */
export interface Library {
  createMeter(options: MeterOptions): EdgeMeter;
  restoreMeter(chunks: readonly Uint8Array[], options?: RestoreOptions): EdgeMeter;
}

export interface Section {
  readonly name: string;
  readonly digest: string;
}

const CALLS = 1500;
const ROWS_MAX = 128;
const COST_MAX = 24;
const START_US = 1_700_000_000_000_000;
/** A twin of the meter costs more than a batch. */
const CHECKED_ONE_IN = 16;
const SHARDS = 7;
const CHUNK_BYTES_MAX = 4096;
const INHERITS = ["proportional", "as-is", "reset"] as const;

/** Plays every case. `engine` undefined leaves the choice to the entry point. */
export async function conformance(library: Library, engine?: EngineName): Promise<Section[]> {
  const sections: Section[] = [];
  for (const [index, row] of CASES.entries()) {
    const play = new Play(library, row, index + 1, engine);
    sections.push({ name: row.name, digest: await play.run() });
  }
  return sections;
}

function said({ color, tracked, retryAfter }: Decision): string {
  return `${color} ${tracked} ${retryAfter}`;
}

/** `now` in the meter's unit; ms as fractions, ns as bigints. */
function timeOf(unit: TimeUnit, us: number): Time {
  if (unit === "us") return us;
  return unit === "ms" ? us / 1000 : BigInt(us) * 1000n + 7n;
}

class Play {
  readonly #library: Library;
  readonly #case: ConformanceCase;
  readonly #random: Random;
  readonly #engine: { readonly engine?: EngineName };
  readonly #unit: TimeUnit;
  readonly #said = new Transcript();
  readonly #out: Decision;
  #meter: EdgeMeter;
  #us = START_US;

  constructor(library: Library, row: ConformanceCase, seed: number, engine: EngineName | undefined) {
    this.#library = library;
    this.#case = row;
    this.#random = new Random(seed);
    this.#engine = engine === undefined ? {} : { engine };
    this.#unit = row.options.time ?? "ms";
    this.#meter = library.createMeter({ ...row.options, ...this.#engine });
    this.#out = this.#meter.peek(row.key(this.#random), this.#now());
  }

  async run(): Promise<string> {
    for (let call = 0; call < CALLS; call += 1) this.#call();
    this.#said.state(this.#meter);
    return this.#said.digest();
  }

  #now(): Time {
    return timeOf(this.#unit, this.#us);
  }

  #policy(): number {
    return this.#random.below(this.#meter.policies.length);
  }

  #cost(): number {
    return this.#random.below(COST_MAX);
  }

  #color(): Color {
    return this.#random.below(3) as Color;
  }

  /** Mostly on, by 2 ms a call; now and then back by a little, back by an hour, or on by a minute. */
  #step(): void {
    const dice = this.#random.below(1000);
    if (dice < 990) this.#us += Math.floor(this.#random.exponential() * 2000);
    else if (dice < 997) this.#us -= this.#random.below(50_000);
    else if (dice < 998) this.#us -= 3_600_000_000;
    else this.#us += 60_000_000;
  }

  #call(): void {
    this.#step();
    const dice = this.#random.below(100);
    if (dice < 60) this.#decide();
    else if (dice < 68) this.#peek();
    else if (dice < 78) this.#batch();
    else if (dice < 90) this.#adjust();
    else if (dice < 98) this.#maintain();
    else if (dice < 99) this.#replace();
    else this.#restore();
  }

  #decide(): void {
    const out = this.#out;
    const key = this.#case.key(this.#random);
    this.#said.decision(this.#meter.decideInto(out, key, this.#now(), this.#cost(), this.#policy(), this.#color()));
    this.#said.number(this.#meter.shardOf(key, SHARDS));
  }

  /** What is told without being done must be what is then done. */
  #peek(): void {
    const key = this.#case.key(this.#random);
    const [cost, policy, color] = [this.#cost(), this.#policy(), this.#color()];
    const told = this.#meter.peek(key, this.#now(), cost, policy, color);
    this.#said.decision(told);
    const done = this.#meter.decide(key, this.#now(), cost, policy, color);
    this.#said.decision(done);
    const waits = this.#case.chargesRefused || told.retryAfter === done.retryAfter;
    if (told.color !== done.color || told.tracked !== done.tracked || !waits) {
      throw new Error(`${this.#case.name}: peek said ${said(told)}, decide ${said(done)}`);
    }
  }

  #batch(): void {
    const count = 1 + this.#random.below(ROWS_MAX);
    const batch = this.#meter.batch(count);
    const isChecked = this.#random.below(CHECKED_ONE_IN) === 0;
    const single = isChecked ? this.#library.restoreMeter(this.#meter.snapshot(), this.#engine) : undefined;
    const rows: { readonly key: Key; readonly now: Time }[] = [];
    for (let row = 0; row < count; row += 1) {
      this.#step();
      const [key, now] = [this.#case.key(this.#random), this.#now()];
      rows.push({ key, now });
      batch.setKey(row, key);
      if (typeof now === "bigint") {
        batch.timeWords[2 * row] = Number(now & 0xffff_ffffn);
        batch.timeWords[2 * row + 1] = Number(now >> 32n);
      } else batch.time[row] = now;
      batch.cost[row] = this.#cost();
      batch.policy[row] = this.#policy();
      batch.colorIn[row] = this.#color();
    }
    const mode = this.#random.below(4) === 0 ? "peek" : "consume";
    const { green, yellow, red } = this.#meter.run(batch, count, { outcomes: true, mode });
    this.#said.numbers([green, yellow, red]);
    if (mode === "consume" && single !== undefined) this.#checkSingles(rows, single, batch);
    const { color, flags, remaining, retryAfter, resetAfter } = batch;
    for (const column of [color, flags, remaining, retryAfter, resetAfter]) this.#said.numbers(column, count);
  }

  /** A twin made of a snapshot takes the rows one by one: the answers must be those of the batch. */
  #checkSingles(rows: readonly { readonly key: Key; readonly now: Time }[], single: EdgeMeter, batch: Batch): void {
    for (const [row, { key, now }] of rows.entries()) {
      const [cost, policy, color] = [batch.cost[row]!, batch.policy[row]!, batch.colorIn[row]! as Color];
      const parts = this.#case.options.costParts ?? 1;
      const { color: told, retryAfter } = single.decideInto(this.#out, key, now, cost / parts, policy, color);
      if (told !== batch.color[row] || retryAfter !== batch.retryAfter[row]) {
        throw new Error(
          `${this.#case.name}: a batch answers ${batch.color[row]} in row ${row}, one by one it is ${told}`,
        );
      }
    }
  }

  #adjust(): void {
    const key = this.#case.key(this.#random);
    const [now, amount, policy] = [this.#now(), this.#cost(), this.#policy()];
    const dice = this.#random.below(8);
    if (dice < 3) this.#said.number(this.#meter.charge(key, amount, now, policy) ? 1 : 0);
    else if (dice < 6) this.#meter.refund(key, amount, now, policy);
    else if (dice < 7) this.#meter.reset(key, policy);
    else this.#said.number(this.#meter.block(key, timeOf(this.#unit, this.#us + 100_000), policy) ? 1 : 0);
  }

  /** Columns of the caller's, and a sweep. */
  #maintain(): void {
    if (this.#random.below(2) === 0) {
      this.#said.number(this.#meter.sweep(this.#now(), this.#random.below(64)));
      return;
    }
    const count = 1 + this.#random.below(5);
    const rows = Array.from({ length: count }, () => this.#case.key(this.#random));
    const color = new Uint8Array(count);
    const remaining = new Float64Array(count);
    const columns = { key: rows, time: rows.map(() => this.#now()), cost: rows.map(() => this.#cost()) };
    this.#meter.decideColumns(columns, { color, remaining });
    this.#said.numbers(color);
    this.#said.numbers(remaining);
  }

  #replace(): void {
    const { replacement, options } = this.#case;
    if (replacement === undefined) return;
    const policy = this.#random.below(2) === 0 ? replacement : options.policies[0]!;
    const { name: _name, ...input } = { name: undefined, ...policy };
    this.#meter.setPolicy(
      0,
      input as Parameters<EdgeMeter["setPolicy"]>[1],
      INHERITS[this.#random.below(3)]!,
      this.#now(),
    );
  }

  /** The rest of the trace is played on what a snapshot holds. Its bytes are compared too: engines read each other's. */
  #restore(): void {
    const chunks = this.#meter.snapshot({ maxChunk: CHUNK_BYTES_MAX });
    for (const chunk of chunks) this.#said.numbers(chunk);
    this.#meter = this.#library.restoreMeter(chunks, this.#engine);
  }
}
