/** The clock of a batch's packets as a number: nanoseconds since the first packet of the run. */
import { BATCH, BATCH_PACKETS_MAX, COLUMN_CLOCK } from "../../assembly/abi.ts";
import type { CoreViews } from "../core/views.ts";

const WORD = 2 ** 32;

export class BatchClock {
  #low = 0;
  #high = 0;
  #hasOrigin = false;
  #lastNs = 0;

  /** Time of the first packet of the run, once there was one. */
  get originNs(): bigint | undefined {
    return this.#hasOrigin ? (BigInt(this.#high) << 32n) | BigInt(this.#low) : undefined;
  }

  /** From the first packet to the newest one. */
  get spanNs(): number {
    return this.#lastNs;
  }

  /** Two words a packet. Views are asked for anew with every batch, for growth re-makes them. */
  columnOf({ words }: CoreViews): Uint32Array {
    const first = (BATCH + COLUMN_CLOCK) / 4;
    return words.subarray(first, first + 2 * BATCH_PACKETS_MAX);
  }

  /** Begins a batch of so many packets; answers its clock column. */
  begin(views: CoreViews, packets: number): Uint32Array {
    const column = this.columnOf(views);
    if (packets === 0) return column;
    if (!this.#hasOrigin) {
      this.#low = column[0]!;
      this.#high = column[1]!;
      this.#hasOrigin = true;
    }
    this.#lastNs = this.elapsedNs(column, packets - 1);
    return column;
  }

  /** Exact up to 104 days; above, to the 53 bits of a number. */
  elapsedNs(column: Uint32Array, packet: number): number {
    return (column[2 * packet + 1]! - this.#high) * WORD + (column[2 * packet]! - this.#low);
  }
}
