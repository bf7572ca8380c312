import type { Count } from "../types.ts";
import type { EngineColumns } from "./columns.ts";

/** Above this the running sum moves to the bigint; one batch adds less than 2^45. */
const FLUSH_ABOVE = 2 ** 52;

/** A total that is exact without limit, at the price of a number addition a batch. */
export class Total {
  #flushed = 0n;
  #recent = 0;

  add(amount: number): void {
    this.#recent += amount;
    if (this.#recent <= FLUSH_ABOVE) return;
    this.#flushed += BigInt(this.#recent);
    this.#recent = 0;
  }

  get value(): bigint {
    return this.#flushed + BigInt(this.#recent);
  }
}

/** Packets and bytes of one kind. */
export class Tally {
  readonly #packets = new Total();
  readonly #bytes = new Total();

  add(packets: number, bytes: number): void {
    this.#packets.add(packets);
    this.#bytes.add(bytes);
  }

  get count(): Count {
    return { packets: this.#packets.value, bytes: this.#bytes.value };
  }
}

/** What is counted of an engine, and of each of its classes. */
export class Tallies {
  readonly green = new Tally();
  readonly yellow = new Tally();
  readonly red = new Tally();
  readonly oversize = new Tally();
  readonly untracked = new Tally();
  readonly unqueued = new Tally();

  get counts() {
    const { green, yellow, red, oversize, untracked, unqueued } = this;
    return {
      green: green.count,
      yellow: yellow.count,
      red: red.count,
      oversize: oversize.count,
      untracked: untracked.count,
      unqueued: unqueued.count,
    };
  }

  /** Adds a metered batch to the totals by color. */
  addColors({ color, length }: EngineColumns, packetCount: number): void {
    let colorSum = 0;
    let colorBytes = 0;
    let yellowPackets = 0;
    let yellowBytes = 0;
    let bytes = 0;
    // Green is 0, yellow 1, red 2, so sums need no branch: yellow once and red twice, and exact far below 2^53.
    for (let index = 0; index < packetCount; index += 1) {
      const value = color[index]!;
      const lengthBytes = length[index]!;
      colorSum += value;
      colorBytes += value * lengthBytes;
      yellowPackets += value & 1;
      yellowBytes += (value & 1) * lengthBytes;
      bytes += lengthBytes;
    }
    const redPackets = (colorSum - yellowPackets) / 2;
    const redBytes = (colorBytes - yellowBytes) / 2;
    this.green.add(packetCount - yellowPackets - redPackets, bytes - yellowBytes - redBytes);
    this.yellow.add(yellowPackets, yellowBytes);
    this.red.add(redPackets, redBytes);
  }
}
