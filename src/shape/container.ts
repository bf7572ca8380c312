/** What stands before the records of a capture that is written. */

const PCAP_NANOSECONDS = 0xa1b2_3c4d;
const SECTION_BLOCK = 0x0a0d_0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
const OPTION_APPLICATION = 4;
const APPLICATION = "weir shape";
const SECTION_HEAD_BYTES = 24;

/** File header of a pcap with times in nanoseconds: link type and flags, snap length. */
export function pcapHeader(linkWord: number, snapBytes: number, isLittle: boolean): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, PCAP_NANOSECONDS, isLittle);
  view.setUint16(4, 2, isLittle);
  view.setUint16(6, 4, isLittle);
  view.setUint32(16, snapBytes, isLittle);
  view.setUint32(20, linkWord, isLittle);
  return bytes;
}

/** Section header of a pcapng, of unknown length, that names the program. */
export function sectionHeader(isLittle: boolean): Uint8Array {
  const name = new TextEncoder().encode(APPLICATION);
  const nameBytes = Math.ceil(name.length / 4) * 4;
  const bytes = new Uint8Array(SECTION_HEAD_BYTES + 4 + nameBytes + 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SECTION_BLOCK, isLittle);
  view.setUint32(4, bytes.length, isLittle);
  view.setUint32(8, BYTE_ORDER_MAGIC, isLittle);
  view.setUint16(12, 1, isLittle);
  view.setBigInt64(16, -1n, isLittle);
  view.setUint16(SECTION_HEAD_BYTES, OPTION_APPLICATION, isLittle);
  view.setUint16(SECTION_HEAD_BYTES + 2, name.length, isLittle);
  bytes.set(name, SECTION_HEAD_BYTES + 4);
  view.setUint32(bytes.length - 4, bytes.length, isLittle);
  return bytes;
}
