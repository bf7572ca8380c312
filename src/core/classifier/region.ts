/** The memory that a classifier takes up, while it is built: 32-bit words, handed out in order. */
import { ConfigError } from "../../errors.ts";

/** Largest classifier. 10,000 rules take up some 3 MB; 16,384 whose ranges of ports all overlap, 36 MB. */
const CLASSIFIER_BYTES_MAX = 2 ** 26;

const FIRST_WORDS = 2 ** 16;

/** Offsets are in bytes from the start; parts begin at multiples of 8 and are zero until written. */
export class Region {
  #words = new Uint32Array(FIRST_WORDS);
  #usedBytes = 0;

  /** A new part, at a multiple of `alignment`. Throws ConfigError when the whole becomes too large. */
  allocate(bytes: number, alignment = 8): number {
    const offset = Math.ceil(this.#usedBytes / alignment) * alignment;
    const end = offset + Math.ceil(bytes / 8) * 8;
    if (end > CLASSIFIER_BYTES_MAX) {
      const detail = `would take up more than ${CLASSIFIER_BYTES_MAX / 2 ** 20} MiB; use fewer rules, or rules whose prefixes and ranges overlap less`;
      throw new ConfigError("RANGE", "rules", undefined, detail);
    }
    if (end > this.#words.byteLength) {
      const grown = new Uint32Array(Math.max(end / 4, this.#words.length * 2));
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#usedBytes = end;
    return offset;
  }

  put32(offset: number, value: number): void {
    this.#words[offset >>> 2] = value;
  }

  put64(offset: number, value: bigint): void {
    this.#words[offset >>> 2] = Number(value & 0xffff_ffffn);
    this.#words[(offset >>> 2) + 1] = Number(value >> 32n);
  }

  get32(offset: number): number {
    return this.#words[offset >>> 2]!;
  }

  /** A new part that holds these 16-bit values. */
  add16(values: ArrayLike<number>): number {
    const offset = this.allocate(values.length * 2);
    new Uint16Array(this.#words.buffer, offset, values.length).set(values);
    return offset;
  }

  /** A new part that holds these 32-bit values. */
  add32(values: ArrayLike<number>): number {
    const offset = this.allocate(values.length * 4);
    this.#words.set(values, offset >>> 2);
    return offset;
  }

  /** True when the words at `offset` are these. */
  equals(offset: number, values: ArrayLike<number>): boolean {
    const start = offset >>> 2;
    for (let index = 0; index < values.length; index += 1) {
      if (this.#words[start + index] !== values[index]) return false;
    }
    return true;
  }

  /** All of it. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#words.buffer, 0, this.#usedBytes);
  }
}
