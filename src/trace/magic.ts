/** How zstd data begins: told before what decompresses it is loaded, and by that for each frame. */

/** A frame, or one to be skipped (parallel compressors begin with such). */
export function isZstdFrame(head: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0, fourth = 0] = head;
  if (first === 0x28) return second === 0xb5 && third === 0x2f && fourth === 0xfd;
  return first >= 0x50 && first <= 0x5f && second === 0x2a && third === 0x4d && fourth === 0x18;
}
