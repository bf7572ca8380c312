/** A packet that waits. */
interface Waiting {
  /** Ns at which it has left, rounded up: arrivals are at whole ns, so it is gone when that is not after now. */
  readonly departsNs: bigint;
  /** What it counts in its queue. */
  readonly counted: bigint;
}

/** How many packets wait in all queues of an engine, and may. */
export class Room {
  readonly #packetsMax: number;
  #packets = 0;

  constructor(packetsMax: number) {
    this.#packetsMax = packetsMax;
  }

  get isFull(): boolean {
    return this.#packets >= this.#packetsMax;
  }

  add(packets: number): void {
    this.#packets += packets;
  }
}

/** Packets that were let go stay in the list until they are so many, and half of it. */
const GONE_MAX = 32;

/** The packets of one flow that have not left, in their order. */
export class WaitingPackets {
  /** What waits, in units or packets. */
  filled = 0n;
  #list: Waiting[] = [];
  #gone = 0;

  /** Lets those go that have left. */
  advance(nowNs: bigint, room: Room): void {
    const before = this.#gone;
    for (let first = this.#list[this.#gone]; first !== undefined && first.departsNs <= nowNs;) {
      this.filled -= first.counted;
      this.#gone += 1;
      first = this.#list[this.#gone];
    }
    room.add(before - this.#gone);
    if (this.#gone <= GONE_MAX || 2 * this.#gone < this.#list.length) return;
    this.#list = this.#list.slice(this.#gone);
    this.#gone = 0;
  }

  append(departsNs: bigint, counted: bigint, room: Room): void {
    this.#list.push({ departsNs, counted });
    this.filled += counted;
    room.add(1);
  }

  /** The flow goes. */
  end(room: Room): void {
    room.add(this.#gone - this.#list.length);
  }

  /** Ns until `counted` more do not pass the limit; 0: they do not. They fit into an empty queue. */
  untilRoom(limit: bigint, counted: bigint, nowNs: bigint): bigint {
    let { filled } = this;
    let untilNs = nowNs;
    for (let index = this.#gone; filled + counted > limit; index += 1) {
      const next = this.#list[index]!;
      filled -= next.counted;
      untilNs = next.departsNs;
    }
    return untilNs - nowNs;
  }
}
