/** All verdicts of a run: how many there are, and their digest. */
import { createHash } from "node:crypto";

export class Verdicts {
  readonly #hash = createHash("sha256");
  #packets = 0;

  /** The first `packets` of a batch's colors. */
  add(color: Uint8Array, packets: number): void {
    this.#hash.update(packets === color.length ? color : color.subarray(0, packets));
    this.#packets += packets;
  }

  get packets(): bigint {
    return BigInt(this.#packets);
  }

  /** SHA-256 of one byte a packet, its color; asked once. */
  digest(): string {
    return this.#hash.digest("hex");
  }
}
