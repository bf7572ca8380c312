/** zstd by node:zlib, where Node has it (22.15 and later); else a program does it. */
import * as zlib from "node:zlib";
import type { Damage } from "./chunks.ts";
import type { FileSource } from "./file.ts";
import { decodeFrame, Pieces } from "./frames.ts";
import { isZstdFrame } from "./magic.ts";
import { type Decompressor, PULLED } from "./pump.ts";

const CHUNK_BYTES = 1 << 20;
const MAGIC_BYTES = 4;

type Create = (options: { chunkSize: number; readableHighWaterMark: number }) => Decompressor;

// The types are those of Node 20, which has no zstd.
const create = (zlib as { createZstdDecompress?: Create }).createZstdDecompress;

export function hasZstd(): boolean {
  return create !== undefined;
}

/** All frames: node:zlib on its own stops after the first one that ends within a piece. */
export async function* unzstd(source: FileSource, damage: Damage): AsyncGenerator<Uint8Array, void> {
  if (create === undefined) throw new Error("this Node has no zstd");
  const pieces = new Pieces(source);
  while (await pieces.fill()) {
    // A magic that is split between two pieces is left to the decompressor to judge.
    if (pieces.rest.length >= MAGIC_BYTES && !isZstdFrame(pieces.rest)) {
      return damage.note(`bytes from ${pieces.position} on are no zstd and were left out`);
    }
    const end = yield* decodeFrame(pieces, () => create({ chunkSize: CHUNK_BYTES, ...PULLED }));
    if (end === "cut") return damage.note(`zstd data is cut short at byte ${pieces.position}; all before was read`);
    if (end !== "whole") {
      return damage.note(`zstd data is damaged near byte ${pieces.position} (${end.bad}); all before was read`);
    }
  }
}
