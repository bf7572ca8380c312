/** Deficit round robin (Shreedhar and Varghese 1995); which corner is decided how: assembly/schedule/drr.ts. */
import { NO_NODE, type Queues } from "./queues.ts";

const NOBODY = -1;

export class Turns {
  readonly #queues: Queues;
  readonly #quanta: Float64Array;
  readonly #deficits: Float64Array;
  /** 1 for each queue that has the turn or stands in line. */
  readonly #isActive: Uint8Array;
  /** The line, a ring. */
  readonly #line: Uint8Array;
  #lineFirst = 0;
  #lineCount = 0;
  #turn = NOBODY;

  constructor(queues: Queues, quanta: readonly bigint[]) {
    this.#queues = queues;
    this.#quanta = Float64Array.from(quanta, Number);
    this.#deficits = new Float64Array(quanta.length);
    this.#isActive = new Uint8Array(quanta.length);
    this.#line = new Uint8Array(quanta.length);
  }

  /** After a packet was queued. */
  join(queue: number): void {
    if (this.#isActive[queue] === 1) return;
    this.#isActive[queue] = 1;
    this.#append(queue);
  }

  /** The queue that sends next, charged for its first packet, or -1. */
  next(): number {
    const turn = this.#turn;
    if (turn !== NOBODY) {
      if (this.#queues.first[turn] === NO_NODE) {
        this.#deficits[turn] = 0;
        this.#isActive[turn] = 0;
      } else if (this.#charge(turn)) {
        return turn;
      } else {
        this.#append(turn);
      }
      this.#turn = NOBODY;
    }
    return this.#nextInLine();
  }

  #nextInLine(): number {
    let missed = 0;
    while (this.#lineCount > 0) {
      const queue = this.#line[this.#lineFirst]!;
      this.#lineFirst = this.#lineFirst + 1 === this.#line.length ? 0 : this.#lineFirst + 1;
      this.#lineCount -= 1;
      this.#deficits[queue]! += this.#quanta[queue]!;
      if (this.#charge(queue)) {
        this.#turn = queue;
        return queue;
      }
      this.#append(queue);
      missed += 1;
      if (missed === this.#lineCount) this.#skipRounds();
    }
    return NOBODY;
  }

  #charge(queue: number): boolean {
    const units = this.#firstUnits(queue);
    if (units > this.#deficits[queue]!) return false;
    this.#deficits[queue]! -= units;
    return true;
  }

  /** All rounds in which nobody could send, at once. */
  #skipRounds(): void {
    let rounds = Infinity;
    for (let place = 0; place < this.#lineCount; place += 1) {
      const queue = this.#inLine(place);
      const missing = this.#firstUnits(queue) - this.#deficits[queue]!;
      rounds = Math.min(rounds, Math.ceil(missing / this.#quanta[queue]!));
    }
    for (let place = 0; place < this.#lineCount; place += 1) {
      const queue = this.#inLine(place);
      this.#deficits[queue]! += (rounds - 1) * this.#quanta[queue]!;
    }
  }

  #firstUnits(queue: number): number {
    return this.#queues.units[this.#queues.first[queue]!]!;
  }

  #append(queue: number): void {
    const place = this.#lineFirst + this.#lineCount;
    this.#line[place < this.#line.length ? place : place - this.#line.length] = queue;
    this.#lineCount += 1;
  }

  #inLine(place: number): number {
    const at = this.#lineFirst + place;
    return this.#line[at < this.#line.length ? at : at - this.#line.length]!;
  }
}
