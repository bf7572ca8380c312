/** Packets that are marked, in bounded memory: one by one as long as they fit, then counted by pieces of time. */
import { widthFor } from "./timebins.ts";

/** Marks in the order of time, one element each. */
export interface MarkColumns {
  /** Of the first packet that the mark stands for. */
  readonly timesNs: Float64Array;
  /** For each bucket, the highest level that the packets would have reached, or reached. */
  readonly levels: readonly Float64Array[];
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

const CAPACITY = 4096;
/** Half of the room, less one piece more where the first does not begin at a multiple of its width. */
const PIECES = CAPACITY / 2 - 1;
const BUCKETS = 2;

export class Marks {
  readonly #timesNs = new Float64Array(CAPACITY);
  readonly #levels = Array.from({ length: BUCKETS }, () => new Float64Array(CAPACITY));
  readonly #packets = new Float64Array(CAPACITY);
  readonly #bytes = new Float64Array(CAPACITY);
  #count = 0;
  #widthNs = 0;

  /** Times do not fall. */
  add(timeNs: number, bytes: number, first: number, second: number): void {
    const last = this.#count - 1;
    if (this.#widthNs > 0 && last >= 0 && this.#pieceOf(last) === Math.floor(timeNs / this.#widthNs)) {
      this.#join(last, 1, bytes, first, second);
      return;
    }
    if (this.#count === CAPACITY) {
      this.#merge();
      this.add(timeNs, bytes, first, second);
      return;
    }
    this.#put(this.#count, timeNs, 1, bytes, first, second);
    this.#count += 1;
  }

  #pieceOf(index: number): number {
    return Math.floor(this.#timesNs[index]! / this.#widthNs);
  }

  #put(at: number, timeNs: number, packets: number, bytes: number, first: number, second: number): void {
    this.#timesNs[at] = timeNs;
    this.#packets[at] = packets;
    this.#bytes[at] = bytes;
    this.#levels[0]![at] = first;
    this.#levels[1]![at] = second;
  }

  #join(at: number, packets: number, bytes: number, first: number, second: number): void {
    const [firsts, seconds] = [this.#levels[0]!, this.#levels[1]!];
    this.#packets[at]! += packets;
    this.#bytes[at]! += bytes;
    firsts[at] = Math.max(firsts[at]!, first);
    seconds[at] = Math.max(seconds[at]!, second);
  }

  /** Marks of one piece of time become one. */
  #merge(): void {
    const spanNs = this.#timesNs[this.#count - 1]! - this.#timesNs[0]!;
    this.#widthNs = widthFor(spanNs, PIECES, Math.max(1, this.#widthNs));
    let kept = 0;
    for (let index = 1; index < this.#count; index += 1) {
      const [packets, bytes] = [this.#packets[index]!, this.#bytes[index]!];
      const [first, second] = [this.#levels[0]![index]!, this.#levels[1]![index]!];
      if (this.#pieceOf(index) === this.#pieceOf(kept)) {
        this.#join(kept, packets, bytes, first, second);
        continue;
      }
      kept += 1;
      this.#put(kept, this.#timesNs[index]!, packets, bytes, first, second);
    }
    this.#count = kept + 1;
  }

  /** Width of the pieces of time whose packets share a mark; 0 while each has its own. */
  get mergedNs(): number {
    return this.#widthNs;
  }

  columns(): MarkColumns {
    const cut = (values: Float64Array) => values.slice(0, this.#count);
    return {
      timesNs: cut(this.#timesNs),
      levels: this.#levels.map(cut),
      packets: cut(this.#packets),
      bytes: cut(this.#bytes),
    };
  }
}
