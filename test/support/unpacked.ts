/** Captures of the public corpus as they lie on disk, compressed or not, whole or cut. */
import { constants, gunzipSync } from "node:zlib";

const GZIP_TRAILER_BYTES = 8;

/** A gzip file that was cut short or has a wrong checksum gives what can be read of it. */
export function unpacked(file: Uint8Array): Uint8Array {
  if (file[0] !== 0x1f || file[1] !== 0x8b) return file;
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  try {
    return gunzipSync(file, options);
  } catch {
    return gunzipSync(file.subarray(0, -GZIP_TRAILER_BYTES), options);
  }
}
