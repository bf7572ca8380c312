/** Copying between shared and other memory. */
import type { Buffer } from "node:buffer";

/**
 * Copies `count` bytes. `set` goes by atomic words to and from shared memory, at less than a third of the speed; `fill`
 * with as many bytes as are to be filled is the C library's copy. Who reads what another thread writes has waited for it
 * (gate.ts).
 */
export function copyBytes(from: Uint8Array, fromAt: number, to: Buffer, toAt: number, count: number): void {
  fillFrom(to, toAt, new Uint8Array(from.buffer, from.byteOffset + fromAt, count));
}

/** Copies all of `bytes` to `to` from `at` on. */
export function fillFrom(to: Buffer, at: number, bytes: Uint8Array): void {
  // Nothing cannot be repeated, says `fill`.
  if (bytes.length > 0) to.fill(bytes, at, at + bytes.length);
}
