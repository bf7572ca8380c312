import type {
  ArrivalColumns,
  Departures,
  LinkClassStats,
  LinkEngine,
  LinkOptions,
  SchedulerName,
} from "../../types.ts";
import { Clock } from "../clock.ts";
import { BATCH_PACKETS_MAX } from "../columns.ts";
import { TWO_32 } from "../float.ts";
import { COLOR_GREEN, COLOR_RED, REASON_MEMORY_FULL, REASON_NONE } from "../outcome.ts";
import { type UnitsRule, unitsRuleOf } from "../units.ts";
import { createEnd, END_LO, type SendingEnd } from "./end.ts";
import { Holdings } from "./holdings.ts";
import { NO_NODE, Queues } from "./queues.ts";
import { Turns } from "./turns.ts";

const QUEUED_MAX = 2 ** 26;
const WORD_MAX = 0xffff_ffff;

/** A link in pure JavaScript. Throws RangeError when `maxQueued` cannot be. */
export function createJsLink(options: LinkOptions): LinkEngine {
  return new JsLink(options);
}

class JsLink implements LinkEngine {
  readonly name = "js";
  readonly batchPacketsMax = BATCH_PACKETS_MAX;
  readonly batch: ArrivalColumns;
  readonly #clock = new Clock();
  readonly #clocks = new Uint32Array(2 * BATCH_PACKETS_MAX);
  readonly #scheduler: SchedulerName;
  readonly #units: UnitsRule;
  readonly #lastClass: number;
  readonly #end: SendingEnd;
  readonly #holdings: Holdings;
  readonly #queues: Queues;
  readonly #turns: Turns;
  readonly #sequences: Uint32Array;
  readonly #departures: Uint32Array;
  readonly #rests: Uint32Array;
  #departedCount = 0;
  #sequence = 0;
  /** Of the packet that is being sent. */
  #sendingClass = 0;
  #sendingUnits = 0;
  #isFlushed = false;

  constructor({ policy: { definition, profile }, maxQueued }: LinkOptions) {
    if (!Number.isInteger(maxQueued) || maxQueued < 1 || maxQueued > QUEUED_MAX) {
      throw new RangeError(`maxQueued ${maxQueued}: must be a whole number from 1 to ${QUEUED_MAX}`);
    }
    const { classes, costRule, scheduler } = definition;
    this.batch = createColumns();
    this.#scheduler = scheduler;
    this.#units = unitsRuleOf(costRule);
    this.#lastClass = classes.length - 1;
    this.#end = createEnd(profile);
    this.#holdings = new Holdings(definition);
    this.#queues = new Queues(scheduler === "fifo" ? 1 : classes.length, maxQueued);
    this.#turns = new Turns(
      this.#queues,
      classes.map(({ quantum }) => quantum),
    );
    // Every packet that waits, and every one of a batch, may depart in one run.
    const rows = maxQueued + BATCH_PACKETS_MAX;
    this.#sequences = new Uint32Array(2 * rows);
    this.#departures = new Uint32Array(2 * rows);
    this.#rests = new Uint32Array(2 * rows);
  }

  run(packetCount: number): void {
    if (!Number.isInteger(packetCount) || packetCount < 0 || packetCount > BATCH_PACKETS_MAX) {
      throw new RangeError(`packetCount ${packetCount} is not a whole number from 0 to ${BATCH_PACKETS_MAX}`);
    }
    if (this.#isFlushed) throw new RangeError("run() after flush(): the link has ended; create another");
    this.#departedCount = 0;
    this.#clock.advance(this.batch.time, this.#clocks, packetCount);
    for (let index = 0; index < packetCount; index += 1) this.#arrive(index);
  }

  flush(): void {
    this.#isFlushed = true;
    this.#departedCount = 0;
    while (!this.#end.isIdle) this.#sendNext();
  }

  get departed(): Departures {
    const words = 2 * this.#departedCount;
    return {
      count: this.#departedCount,
      sequence: this.#sequences.subarray(0, words),
      departure: this.#departures.subarray(0, words),
      rest: this.#rests.subarray(0, words),
    };
  }

  get regressions(): bigint {
    return BigInt(this.#clock.regressions);
  }

  classStats(): readonly LinkClassStats[] {
    return this.#holdings.stats();
  }

  #arrive(index: number): void {
    const { length, class: classes, color, reason } = this.batch;
    const clockHi = this.#clocks[2 * index + 1]!;
    let clockLo = this.#clocks[2 * index]!;
    if (clockHi === WORD_MAX && clockLo > END_LO) clockLo = END_LO;
    while (this.#end.isOver(clockLo, clockHi)) this.#sendNext();

    const lengthBytes = length[index]!;
    const classIndex = Math.min(classes[index]!, this.#lastClass);
    const { lengthFactor, addend, least } = this.#units;
    const units = Math.max(lengthBytes * lengthFactor + addend, least);
    const against = this.#take(classIndex, units);
    reason[index] = against;
    color[index] = against === REASON_NONE ? COLOR_GREEN : COLOR_RED;
    this.#sequence += 1;
    if (against !== REASON_NONE) {
      this.#holdings.drop(classIndex, against, lengthBytes);
      return;
    }
    this.#holdings.take(classIndex, units, lengthBytes);
    if (this.#end.isIdle) {
      this.#end.beginAt(clockLo, clockHi);
      this.#begin();
    }
  }

  /** Queues the packet, or answers why not. */
  #take(classIndex: number, units: number): number {
    const against = this.#holdings.reasonAgainst(classIndex, units);
    if (against !== REASON_NONE) return against;
    const queues = this.#queues;
    const node = queues.takeNode();
    if (node === NO_NODE) return REASON_MEMORY_FULL;
    queues.sequence[node] = this.#sequence;
    queues.units[node] = units;
    queues.classIndex[node] = classIndex;
    queues.push(this.#scheduler === "fifo" ? 0 : classIndex, node);
    if (this.#scheduler === "drr") this.#turns.join(classIndex);
    return REASON_NONE;
  }

  #sendNext(): void {
    this.#holdings.release(this.#sendingClass, this.#sendingUnits);
    this.#begin();
  }

  /** Begins to send where the last packet ended, or is idle when nothing waits. */
  #begin(): void {
    const queues = this.#queues;
    const queue = this.#scheduler === "drr" ? this.#turns.next() : queues.lowestWaiting();
    this.#end.isIdle = queue < 0;
    if (queue < 0) return;
    const node = queues.shift(queue);
    this.#sendingClass = queues.classIndex[node]!;
    this.#sendingUnits = queues.units[node]!;
    this.#end.extend(this.#sendingUnits);
    const row = this.#departedCount;
    const sequence = queues.sequence[node]!;
    this.#sequences[2 * row] = sequence;
    this.#sequences[2 * row + 1] = Math.floor(sequence / TWO_32);
    this.#end.write(this.#departures, this.#rests, row);
    this.#departedCount = row + 1;
    queues.giveNode(node);
  }
}

function createColumns(): ArrivalColumns {
  return {
    time: new Uint32Array(2 * BATCH_PACKETS_MAX),
    length: new Uint32Array(BATCH_PACKETS_MAX),
    class: new Uint16Array(BATCH_PACKETS_MAX),
    color: new Uint8Array(BATCH_PACKETS_MAX),
    reason: new Uint8Array(BATCH_PACKETS_MAX),
  };
}
