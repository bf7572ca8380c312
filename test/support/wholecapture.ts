/** Whole captures as bytes, decompressed. */
import { openInput } from "../../src/trace/input.ts";
import { concat } from "./writer.ts";

const PIECE_BYTES = 1 << 20;

/** All bytes that can be read, up to damage of the compression. */
export async function wholeCapture(path: string): Promise<Uint8Array> {
  const input = await openInput(path);
  const pieces: Uint8Array[] = [];
  const buffer = new Uint8Array(PIECE_BYTES);
  for (;;) {
    const bytes = await input.read(() => buffer);
    if (bytes === 0) break;
    pieces.push(buffer.slice(0, bytes));
  }
  await input.close();
  return concat(...pieces);
}
