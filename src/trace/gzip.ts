/**
 * gzip (RFC 1952), member by member. createGunzip of node:zlib loses what came before damage and says little about it,
 * so headers and trailers are read here, and it only inflates.
 */
import { crc32, createInflateRaw } from "node:zlib";
import type { Damage } from "./chunks.ts";
import type { FileSource } from "./file.ts";
import { decodeFrame, type FrameEnd, Pieces } from "./frames.ts";
import { PULLED } from "./pump.ts";

const METHOD_DEFLATE = 8;
const FLAG_HEADER_CRC = 0x02;
const FLAG_EXTRA = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
const FLAGS_RESERVED = 0xe0;
/** After the flags: modification time, extra flags, operating system. */
const SKIPPED_BYTES = 6;

const CHUNK_BYTES_MAX = 1 << 20;
const CHUNK_BYTES_MIN = 1 << 14;

type Header = "sound" | "badCrc" | "cut" | "unknown";

/** Takes the rest of a header, after its two magic bytes. */
class HeaderReader {
  readonly #pieces: Pieces;
  #crc = crc32(Uint8Array.of(0x1f, 0x8b));
  isCut = false;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  async byte(): Promise<number> {
    const value = await this.#pieces.byte();
    if (value === undefined) this.isCut = true;
    else this.#crc = crc32(Uint8Array.of(value), this.#crc);
    return value ?? 0;
  }

  async word(): Promise<number> {
    const low = await this.byte();
    return low + (await this.byte()) * 256;
  }

  async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0 && !this.isCut; left -= 1) await this.byte();
  }

  async skipText(): Promise<void> {
    while ((await this.byte()) !== 0);
  }

  async read(): Promise<Header> {
    const method = await this.byte();
    const flags = await this.byte();
    if (!this.isCut && (method !== METHOD_DEFLATE || (flags & FLAGS_RESERVED) !== 0)) return "unknown";
    await this.skip(SKIPPED_BYTES);
    if ((flags & FLAG_EXTRA) !== 0) await this.skip(await this.word());
    if ((flags & FLAG_NAME) !== 0) await this.skipText();
    if ((flags & FLAG_COMMENT) !== 0) await this.skipText();
    const headerCrc = this.#crc & 0xffff;
    const isWrong = (flags & FLAG_HEADER_CRC) !== 0 && (await this.word()) !== headerCrc;
    if (this.isCut) return "cut";
    return isWrong ? "badCrc" : "sound";
  }
}

/** CRC-32 and length of the trailer; undefined when the file ends within. */
async function readTrailer(pieces: Pieces): Promise<{ crc: number; length: number } | undefined> {
  const bytes = new Uint8Array(8);
  for (let index = 0; index < bytes.length; index += 1) {
    const value = await pieces.byte();
    if (value === undefined) return undefined;
    bytes[index] = value;
  }
  const view = new DataView(bytes.buffer);
  return { crc: view.getUint32(0, true), length: view.getUint32(4, true) };
}

/** Whether a member begins here. Zeros before it, or up to the end, are padding: tapes and block devices leave them. */
async function memberFollows(pieces: Pieces): Promise<"yes" | "end" | "garbage"> {
  await pieces.skipZeros();
  const first = await pieces.byte();
  if (first === undefined) return "end";
  return first === 0x1f && (await pieces.byte()) === 0x8b ? "yes" : "garbage";
}

/** What the members hold, one after the other: a record may begin in one and end in the next. */
export async function* gunzip(source: FileSource, damage: Damage): AsyncGenerator<Uint8Array, void> {
  const pieces = new Pieces(source);
  let chunkBytes = CHUNK_BYTES_MAX;
  for (let member = 1; ; member += 1) {
    const start = pieces.position;
    const follows = await memberFollows(pieces);
    if (follows === "end") return;
    const header = follows === "yes" ? await new HeaderReader(pieces).read() : "unknown";
    if (header === "unknown" && member > 1) return damage.note(`bytes from ${start} on are no gzip and were left out`);
    if (header === "unknown")
      return damage.note("gzip data of an unknown kind (method or flags); nothing could be read");
    if (header === "badCrc") damage.note(`gzip member ${member} has a wrong header checksum; it was read all the same`);
    const size = { crc: 0, bytes: 0 };
    const end = header === "cut" ? "cut" : yield* inflateMember(pieces, chunkBytes, size);
    if (end !== "whole") return damage.note(endedEarly(end, member, pieces.position));
    const trailer = await readTrailer(pieces);
    if (trailer === undefined) return damage.note(endedEarly("cut", member, pieces.position));
    if (trailer.crc !== size.crc || trailer.length !== size.bytes % 2 ** 32) {
      const wrong = trailer.crc === size.crc ? "length" : "checksum";
      damage.note(
        `gzip member ${member} has a wrong ${wrong}; it was read all the same, but may not be what was written`,
      );
    }
    // Files of many small members (BGZF) would spend their time on allocating chunks that they do not fill.
    chunkBytes = Math.min(Math.max(size.bytes, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);
  }
}

async function* inflateMember(
  pieces: Pieces,
  chunkSize: number,
  size: { crc: number; bytes: number },
): AsyncGenerator<Uint8Array, FrameEnd, undefined> {
  const frame = decodeFrame(pieces, () => createInflateRaw({ chunkSize, ...PULLED }));
  for (;;) {
    const next = await frame.next();
    if (next.done === true) return next.value;
    size.crc = crc32(next.value, size.crc);
    size.bytes += next.value.length;
    yield next.value;
  }
}

function endedEarly(end: Exclude<FrameEnd, "whole">, member: number, position: number): string {
  if (end === "cut") return `gzip data is cut short at byte ${position}, in member ${member}; all before was read`;
  return `gzip data is damaged near byte ${position}, in member ${member} (${end.bad}); all before was read`;
}
