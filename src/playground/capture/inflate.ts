/** The bytes of a dropped file, out of the compression that its first bytes name. */

/** A file as the browser hands it out: a `File`, a `Blob`. */
export interface CaptureSource {
  readonly name: string;
  readonly sizeBytes: number;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

export interface Inflated {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** In words, of a compression that is undone; undefined of plain bytes. */
  readonly format?: string;
}

/** Bytes that a kind of file begins with, and what the browser calls its compression. */
interface Magic {
  readonly bytes: readonly number[];
  readonly format: string;
}

const MAGICS: readonly Magic[] = [
  { bytes: [0x1f, 0x8b], format: "gzip" },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], format: "zstd" },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], format: "xz" },
  { bytes: [0x42, 0x5a, 0x68], format: "bzip2" },
  { bytes: [0x04, 0x22, 0x4d, 0x18], format: "lz4" },
];
const MAGIC_BYTES_MAX = 5;

/** A compression that this browser does not undo. The message says what to do. */
export class FormatError extends Error {
  override readonly name = "FormatError";
}

async function firstBytes(source: CaptureSource): Promise<Uint8Array> {
  const reader = source.stream().getReader();
  const bytes: number[] = [];
  while (bytes.length < MAGIC_BYTES_MAX) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes.push(...value.subarray(0, MAGIC_BYTES_MAX));
  }
  await reader.cancel();
  return Uint8Array.from(bytes);
}

/** Throws FormatError. */
function decompressorOf(format: string): DecompressionStream {
  try {
    return new DecompressionStream(format as CompressionFormat);
  } catch {
    throw new FormatError(`is compressed with ${format}, which this browser does not undo; unpack it first`);
  }
}

/** The file's bytes, decompressed. Throws FormatError, and what reading the file throws. */
export async function inflate(source: CaptureSource): Promise<Inflated> {
  const first = await firstBytes(source);
  const magic = MAGICS.find(({ bytes }) => bytes.every((byte, index) => first[index] === byte));
  if (magic === undefined) return { stream: source.stream() };
  const { format } = magic;
  return { stream: source.stream().pipeThrough(decompressorOf(format)), format };
}
