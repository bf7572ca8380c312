/** A decompressor of node:zlib, driven one piece at a time. */
import type { Transform } from "node:stream";

/** A stream of node:zlib; `bytesWritten` is what it has consumed, not what was written. */
export interface Decompressor extends Transform {
  readonly bytesWritten: number;
}

/**
 * What a pumped decompressor must be made with: it then decodes no further chunk while one is unread, so an error takes
 * none with it, and memory stays at one chunk however much a piece expands.
 */
export const PULLED = { readableHighWaterMark: 1 };

/** Taking a chunk starts the next one in the thread pool, so decoding goes on while the caller uses what it has. */
export class Pump {
  readonly #stream: Decompressor;
  #isHungry = true;
  #isEnded = false;
  #error: NodeJS.ErrnoException | null = null;
  #wake: () => void = () => undefined;

  constructor(stream: Decompressor) {
    this.#stream = stream;
    stream.on("readable", () => this.#wake());
    stream.on("end", () => {
      this.#isEnded = true;
      this.#wake();
    });
    stream.on("error", (error) => {
      this.#error = error;
      this.#wake();
    });
  }

  get consumedBytes(): number {
    return this.#stream.bytesWritten;
  }

  /** Only when hungry. The piece must stay as it is until the next `hungry`. */
  feed(piece: Uint8Array): void {
    this.#isHungry = false;
    this.#stream.write(piece, () => {
      this.#isHungry = true;
      this.#wake();
    });
  }

  /** Tells that no more comes: the answer is `ended`, or the error of a frame that is cut. */
  finish(): void {
    this.#isHungry = false;
    this.#stream.end();
  }

  /** A chunk; or `ended`, `hungry` for a piece, or the error, each after all chunks before it. */
  async next(): Promise<Uint8Array | "hungry" | "ended" | NodeJS.ErrnoException> {
    for (;;) {
      const chunk = this.#stream.read() as Uint8Array | null;
      if (chunk !== null) return chunk;
      if (this.#error !== null) return this.#error;
      if (this.#isEnded) return "ended";
      if (this.#isHungry) return "hungry";
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#stream.destroy();
  }
}
