/** IP addresses as text: dotted quads, and RFC 5952 for IPv6. */
import { writeByte, writeDecimal, writeHex16 } from "./writer";

const DOT: u8 = 0x2e;
const COLON: u8 = 0x3a;
const GROUPS: u32 = 8;
/** Of ::ffff:0:0/96, the last 32 bits are written as IPv4 (RFC 5952 section 5). */
const MAPPED_GROUP: u32 = 0xffff;
const MAPPED_ZEROS: u32 = 5;

export function writeIpv4(address: usize): void {
  for (let i: usize = 0; i < 4; i++) {
    if (i > 0) writeByte(DOT);
    writeDecimal(load<u8>(address + i));
  }
}

export function writeIpv6(address: usize): void {
  const run = longestZeroRun(address);
  const start = run >>> 8;
  const length = run & 0xff;
  for (let i: u32 = 0; i < GROUPS; i++) {
    if (length > 1 && i == start) {
      writeByte(COLON);
      writeByte(COLON);
      i += length - 1;
      continue;
    }
    if (i > 0 && !(length > 1 && i == start + length)) writeByte(COLON);
    if (i == 6 && start == 0 && length == MAPPED_ZEROS && group(address, 5) == MAPPED_GROUP)
      return writeIpv4(address + 12);
    writeHex16(group(address, i));
  }
}

function group(address: usize, index: u32): u32 {
  return bswap<u16>(load<u16>(address + (index << 1)));
}

/** The first of the longest runs of zero groups: its start << 8 | its length. */
function longestZeroRun(address: usize): u32 {
  let best: u32 = 0;
  let current: u32 = 0;
  let result: u32 = 0;
  for (let i: u32 = 0; i < GROUPS; i++) {
    current = group(address, i) == 0 ? current + 1 : 0;
    if (current > best) {
      best = current;
      result = ((i + 1 - current) << 8) | current;
    }
  }
  return result;
}
