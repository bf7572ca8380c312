/** Which packet is sent next, one scheduler a class: from the texts that define them, on arrays. */
import type { LinkDefinition } from "../../types.ts";

/** A packet that waits. */
export interface Waiting {
  readonly sequence: bigint;
  readonly classIndex: number;
  readonly units: bigint;
}

export interface Scheduler {
  /** A packet begins to wait. */
  queue(packet: Waiting): void;
  /** Takes out the packet that is sent next; undefined when none waits. */
  next(): Waiting | undefined;
}

/** The scheduler of a link. */
export function createScheduler({ scheduler, classes }: LinkDefinition): Scheduler {
  if (scheduler === "fifo") return new StrictPriority([0n], () => 0);
  if (scheduler === "priority") return new StrictPriority(classes, ({ classIndex }) => classIndex);
  return new DeficitRoundRobin(classes.map(({ quantum }) => quantum));
}

/** The first queue that has packets. With one queue for all classes this is first in, first out. */
class StrictPriority implements Scheduler {
  readonly #queues: readonly Waiting[][];
  readonly #queueOf: (packet: Waiting) => number;

  constructor(queues: readonly unknown[], queueOf: (packet: Waiting) => number) {
    this.#queues = queues.map(() => []);
    this.#queueOf = queueOf;
  }

  queue(packet: Waiting): void {
    this.#queues[this.#queueOf(packet)]!.push(packet);
  }

  next(): Waiting | undefined {
    return this.#queues.find(({ length }) => length > 0)?.shift();
  }
}

/**
 * Shreedhar and Varghese, "Efficient Fair Queueing using Deficit Round Robin" (1995): the list of active queues, each
 * with a deficit. A turn adds the quantum and sends while packets fit; it ends at the choice that finds the queue empty
 * (its deficit is then 0) or its first packet too large (the queue goes to the end of the list, its deficit is kept).
 */
class DeficitRoundRobin implements Scheduler {
  readonly #quanta: readonly bigint[];
  readonly #queues: readonly Waiting[][];
  readonly #deficits: bigint[];
  readonly #activeList: number[] = [];
  #current: number | undefined;

  constructor(quanta: readonly bigint[]) {
    this.#quanta = quanta;
    this.#queues = quanta.map(() => []);
    this.#deficits = quanta.map(() => 0n);
  }

  queue(packet: Waiting): void {
    const { classIndex } = packet;
    this.#queues[classIndex]!.push(packet);
    if (classIndex !== this.#current && !this.#activeList.includes(classIndex)) this.#activeList.push(classIndex);
  }

  next(): Waiting | undefined {
    for (;;) {
      if (this.#current === undefined) {
        this.#current = this.#activeList.shift();
        if (this.#current === undefined) return undefined;
        this.#deficits[this.#current]! += this.#quanta[this.#current]!;
      }
      const current = this.#current;
      const [first] = this.#queues[current]!;
      if (first !== undefined && first.units <= this.#deficits[current]!) {
        this.#deficits[current]! -= first.units;
        return this.#queues[current]!.shift();
      }
      if (first === undefined) this.#deficits[current] = 0n;
      else this.#activeList.push(current);
      this.#current = undefined;
    }
  }
}
