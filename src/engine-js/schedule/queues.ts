/** The queues of a link: lists of nodes, which all queues take from one room. */

/** No node; nodes are numbered from 1. */
export const NO_NODE = 0;

export class Queues {
  /** First and last node of each queue; a queue is empty when its first is NO_NODE. */
  readonly first: Uint32Array;
  readonly #last: Uint32Array;
  /** A bit for each queue that has packets: queues 0 to 31, and from 32 on. */
  #waitingLow = 0;
  #waitingHigh = 0;

  /** Index of each packet in the run. */
  readonly sequence: Float64Array;
  readonly units: Uint32Array;
  readonly classIndex: Uint8Array;
  readonly #next: Uint32Array;
  readonly #nodesMax: number;
  #freshNode = 1;
  #freeNode = NO_NODE;

  constructor(queueCount: number, nodesMax: number) {
    this.first = new Uint32Array(queueCount);
    this.#last = new Uint32Array(queueCount);
    this.sequence = new Float64Array(nodesMax + 1);
    this.units = new Uint32Array(nodesMax + 1);
    this.classIndex = new Uint8Array(nodesMax + 1);
    this.#next = new Uint32Array(nodesMax + 1);
    this.#nodesMax = nodesMax;
  }

  /** Room for one more packet; NO_NODE when as many wait as may. */
  takeNode(): number {
    const free = this.#freeNode;
    if (free !== NO_NODE) {
      this.#freeNode = this.#next[free]!;
      return free;
    }
    return this.#freshNode > this.#nodesMax ? NO_NODE : this.#freshNode++;
  }

  giveNode(node: number): void {
    this.#next[node] = this.#freeNode;
    this.#freeNode = node;
  }

  push(queue: number, node: number): void {
    this.#next[node] = NO_NODE;
    if (this.first[queue] === NO_NODE) {
      this.first[queue] = node;
      if (queue < 32) this.#waitingLow |= 1 << queue;
      else this.#waitingHigh |= 1 << queue;
    } else {
      this.#next[this.#last[queue]!] = node;
    }
    this.#last[queue] = node;
  }

  /** Takes off the first; the queue is not empty. */
  shift(queue: number): number {
    const node = this.first[queue]!;
    const next = this.#next[node]!;
    this.first[queue] = next;
    if (next !== NO_NODE) return node;
    if (queue < 32) this.#waitingLow &= ~(1 << queue);
    else this.#waitingHigh &= ~(1 << queue);
    return node;
  }

  /** The first queue that has packets, or -1. */
  lowestWaiting(): number {
    if (this.#waitingLow !== 0) return lowestBit(this.#waitingLow);
    return this.#waitingHigh === 0 ? -1 : 32 + lowestBit(this.#waitingHigh);
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
