/** Decodes one frame of a compressed file to the last byte that can be had, and stays right behind its end. */
import type { FileSource } from "./file.ts";
import { type Decompressor, Pump } from "./pump.ts";

/** One step of the decompressor: large enough to keep it busy; all that is lost when the frame of a pipe is damaged. */
const PIECE_BYTES = 1 << 16;

/** `bad` is the decompressor's reason. */
export type FrameEnd = "whole" | "cut" | { readonly bad: string };

/** The compressed bytes, some of which are at hand. */
export class Pieces {
  readonly source: FileSource;
  readonly #buffer = new Uint8Array(PIECE_BYTES);
  #rest: Uint8Array = this.#buffer.subarray(0, 0);

  constructor(source: FileSource) {
    this.source = source;
  }

  get rest(): Uint8Array {
    return this.#rest;
  }

  /** Of the first byte of `rest`, in the file. */
  get position(): number {
    return this.source.consumedBytes - this.#rest.length;
  }

  skip(bytes: number): void {
    this.#rest = this.#rest.subarray(bytes);
  }

  /** Makes sure that a byte is at hand; false at the end of the file. */
  async fill(): Promise<boolean> {
    if (this.#rest.length === 0) this.#rest = this.#buffer.subarray(0, await this.source.read(() => this.#buffer));
    return this.#rest.length > 0;
  }

  async skipZeros(): Promise<void> {
    while (await this.fill()) {
      const length = this.#rest.findIndex((byte) => byte !== 0);
      this.skip(length === -1 ? this.#rest.length : length);
      if (length !== -1) return;
    }
  }

  /** Takes one byte; undefined at the end of the file. */
  async byte(): Promise<number | undefined> {
    if (this.#rest.length === 0) await this.fill();
    const value = this.#rest[0];
    this.skip(1);
    return value;
  }
}

/** Yields what the frame decodes to. `create` is called again to save what a damaged frame still has. */
export async function* decodeFrame(
  pieces: Pieces,
  create: () => Decompressor,
): AsyncGenerator<Uint8Array, FrameEnd, undefined> {
  const start = pieces.position;
  const pump = new Pump(create());
  let deliveredBytes = 0;
  try {
    for (;;) {
      const got = await pump.next();
      if (got instanceof Uint8Array) {
        deliveredBytes += got.length;
        yield got;
        continue;
      }
      if (got instanceof Error) {
        if (got.code === "Z_BUF_ERROR") return "cut";
        yield* salvage(pieces.source, new Pump(create()), start, pump.consumedBytes, deliveredBytes);
        return { bad: got.message };
      }
      pieces.skip(start + pump.consumedBytes - pieces.position);
      if (got === "ended") return "whole";
      if (await pieces.fill()) pump.feed(pieces.rest);
      else pump.finish();
    }
  } finally {
    pump.close();
  }
}

/**
 * node:zlib drops what the failing step had decoded. So decode again from the frame's start, as before up to the
 * failing step, and that one byte by byte: what is lost then is what the failing byte itself holds.
 */
async function* salvage(
  source: FileSource,
  pump: Pump,
  start: number,
  soundBytes: number,
  deliveredBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(PIECE_BYTES);
  let fedBytes = 0;
  let toDrop = deliveredBytes;
  try {
    for (;;) {
      const got = await pump.next();
      if (got instanceof Uint8Array) {
        const dropped = Math.min(toDrop, got.length);
        toDrop -= dropped;
        if (dropped < got.length) yield got.subarray(dropped);
        continue;
      }
      if (got !== "hungry") return;
      const wanted = Math.max(1, Math.min(soundBytes - fedBytes, PIECE_BYTES));
      const length = source.readAt(buffer.subarray(0, wanted), start + fedBytes);
      if (length === null || length === 0) return;
      fedBytes += length;
      pump.feed(buffer.subarray(0, length));
    }
  } finally {
    pump.close();
  }
}
