/** How files begin that are told apart before what reads them is loaded. */
/** Microseconds, nanoseconds, and the "modified" one of 1999. */
const PCAP_MAGICS: ReadonlySet<number> = new Set([0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34]);
export const PCAP_MAGIC_BYTES = 4;

/** A pcap of either byte order. */
export function isPcap(head: Uint8Array): boolean {
  const { buffer, byteOffset, byteLength } = head;
  if (byteLength < PCAP_MAGIC_BYTES) return false;
  const view = new DataView(buffer, byteOffset);
  return [true, false].some((isLittleEndian) => PCAP_MAGICS.has(view.getUint32(0, isLittleEndian)));
}

/** A frame, or one to be skipped (parallel compressors begin with such). */
export function isZstdFrame(head: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0, fourth = 0] = head;
  if (first === 0x28) return second === 0xb5 && third === 0x2f && fourth === 0xfd;
  return first >= 0x50 && first <= 0x5f && second === 0x2a && third === 0x4d && fourth === 0x18;
}
