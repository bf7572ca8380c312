/** Opens a capture by its path, whatever it is compressed with: the first bytes tell, never the name. */
import type { CaptureInput } from "./captureinput.ts";
import { ChunkedInput, Damage, type Decoding } from "./chunks.ts";
import { FileSource } from "./file.ts";
import { isZstdFrame } from "./magic.ts";
import type { Program } from "./programs.ts";

interface Compression {
  readonly isMagic: (head: Uint8Array) => boolean;
  /** Brings what it needs of Node only then: most captures are not compressed, and each module takes half a millisecond. */
  readonly decode: (source: FileSource, damage: Damage) => Promise<Decoding>;
}

/** The longest magic below, that of xz. */
const HEAD_BYTES = 6;
const ZSTD: Program = { name: "zstd", package: "zstd", args: ["-dcq"], toFile: "zstd -d" };
/** xz takes what memory a file asks for unless told; 512 MiB is more than any of its presets needs. */
const XZ: Program = {
  name: "xz",
  package: "xz-utils",
  args: ["-dc", "-T1", "--memlimit-decompress=512MiB"],
  toFile: "xz -d",
};
const BZIP2: Program = { name: "bzip2", package: "bzip2", args: ["-dc"], toFile: "bzip2 -d" };
const LZ4: Program = { name: "lz4", package: "lz4", args: ["-dcq"], toFile: "lz4 -d" };

function begins(...magic: readonly number[]): (head: Uint8Array) => boolean {
  return (head) => magic.every((byte, index) => head[index] === byte);
}

async function byProgram(program: Program, source: FileSource, damage: Damage): Promise<Decoding> {
  const { startProgram } = await import("./programs.ts");
  return startProgram(source, program, damage);
}

function by(program: Program): Compression["decode"] {
  return async (source, damage) => byProgram(program, source, damage);
}

async function decodeGzip(source: FileSource, damage: Damage): Promise<Decoding> {
  const { gunzip } = await import("./gzip.ts");
  return { chunks: gunzip(source, damage) };
}

async function decodeZstd(source: FileSource, damage: Damage): Promise<Decoding> {
  const { hasZstd, unzstd } = await import("./zstd.ts");
  return hasZstd() ? { chunks: unzstd(source, damage) } : byProgram(ZSTD, source, damage);
}

const COMPRESSIONS: readonly Compression[] = [
  { isMagic: begins(0x1f, 0x8b), decode: decodeGzip },
  { isMagic: isZstdFrame, decode: decodeZstd },
  { isMagic: begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00), decode: by(XZ) },
  { isMagic: (head) => begins(0x42, 0x5a, 0x68)(head) && head[3]! >= 0x31 && head[3]! <= 0x39, decode: by(BZIP2) },
  { isMagic: begins(0x04, 0x22, 0x4d, 0x18), decode: by(LZ4) },
  // The frame of lz4 before version 1, which `lz4 -l` still writes.
  { isMagic: begins(0x02, 0x21, 0x4c, 0x18), decode: by(LZ4) },
];

/** "-" is standard input. Throws CaptureError: no such file, no permission, or a program to decompress it is missing. */
export async function openInput(path: string): Promise<CaptureInput> {
  const source = await FileSource.open(path);
  try {
    const head = await source.peek(HEAD_BYTES);
    const compression = COMPRESSIONS.find(({ isMagic }) => isMagic(head));
    if (compression === undefined) return source;
    const damage = new Damage();
    return new ChunkedInput(source, await compression.decode(source, damage), damage);
  } catch (error) {
    await source.close();
    throw error;
  }
}
