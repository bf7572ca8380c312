import type { Share } from "./slotprogram.ts";

/** The active flows of a weighted group, the one that drains first on top: a binary heap by virtual finish. */
export class ActiveFlows {
  readonly #heap: Share[] = [];

  get first(): Share | undefined {
    return this.#heap[0];
  }

  join(share: Share): void {
    this.#heap.push(share);
    this.#rise(share, this.#heap.length - 1);
  }

  /** Takes off the first. */
  removeFirst(): void {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return;
    first.place = -1;
    if (last !== first) this.#sink(last, 0);
  }

  /** Restores the order after a finish has moved on. */
  moveBack(share: Share): void {
    this.#sink(share, share.place);
  }

  /** All that finish before a virtual time, in that order. */
  before(virtual: bigint): Share[] {
    const found: Share[] = [];
    const places = [0];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      const share = this.#heap[place];
      if (share === undefined || share.finish >= virtual) continue; // nor does anything below it
      found.push(share);
      places.push(2 * place + 1, 2 * place + 2);
    }
    return found.toSorted((left, right) => (left.finish < right.finish ? -1 : 1));
  }

  #rise(share: Share, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >>> 1;
      const parent = this.#heap[above]!;
      if (parent.finish <= share.finish) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(share, place);
  }

  #sink(share: Share, from: number): void {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      const right = this.#heap[below + 1];
      if (right !== undefined && right.finish < this.#heap[below]!.finish) below += 1;
      const child = this.#heap[below];
      if (child === undefined || child.finish >= share.finish) break;
      this.#put(child, place);
      place = below;
    }
    this.#put(share, place);
  }

  #put(share: Share, place: number): void {
    this.#heap[place] = share;
    share.place = place;
  }
}
