/** Copying between shared and other memory. */
import type { Buffer } from "node:buffer";

/**
 * Copies `count` bytes. `set` goes by atomic words to and from shared memory, at less than a third of the speed; `fill`
 * with as many bytes as are to be filled is the C library's copy. Who reads what another thread writes has waited for it
 * (gate.ts).
 */
export function copyBytes(from: Uint8Array, fromAt: number, to: Buffer, toAt: number, count: number): void {
  if (count === 0) return;
  fillFrom(to, new Uint8Array(from.buffer, from.byteOffset + fromAt, count), toAt, toAt + count);
}

/** Copies `bytes` to `to`, which is as long. Without bounds `fill` has none to check. */
export function copyAll(bytes: Uint8Array, to: Buffer): void {
  if (bytes.length > 0) fillFrom(to, bytes);
}

/** Nothing cannot be repeated, says `fill`. */
function fillFrom(to: Buffer, bytes: Uint8Array, from?: number, end?: number): void {
  to.fill(bytes, from, end);
}
