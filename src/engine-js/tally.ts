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

/** Packets and bytes of one class. */
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

/** Adds a metered batch to the totals of its colors. */
export function tallyColors(columns: EngineColumns, packetCount: number, green: Tally, red: Tally): void {
  const { color, length } = columns;
  let redTwice = 0;
  let redBytesTwice = 0;
  let bytes = 0;
  // Colors are 0 and 2, so sums need no branch: they come out doubled, and stay exact far below 2^53.
  for (let index = 0; index < packetCount; index += 1) {
    redTwice += color[index]!;
    redBytesTwice += color[index]! * length[index]!;
    bytes += length[index]!;
  }
  red.add(redTwice / 2, redBytesTwice / 2);
  green.add(packetCount - redTwice / 2, bytes - redBytesTwice / 2);
}
