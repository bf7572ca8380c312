/** LINKTYPE_NFLOG (239): family 1, version 1, resource 2, then attributes of little-endian length 2 and type 2. */
import { NOT_IP } from "../encap/inner";
import { ipByNibble } from "../encap/walk";
import { byteAt, holds } from "../net/bytes";

const HEADER_BYTES: u32 = 4;
const ATTRIBUTE_HEADER_BYTES: u32 = 4;
const ATTRIBUTE_PAYLOAD: u32 = 9;

export function nflogPayload(frame: usize, end: usize): usize {
  let at = frame + HEADER_BYTES;
  while (holds(at, ATTRIBUTE_HEADER_BYTES, end)) {
    const bytes = le16(at, end);
    if (bytes < ATTRIBUTE_HEADER_BYTES) return NOT_IP;
    if (le16(at + 2, end) == ATTRIBUTE_PAYLOAD) return ipByNibble(at + ATTRIBUTE_HEADER_BYTES, end);
    at += (bytes + 3) & ~3;
  }
  return NOT_IP;
}

function le16(at: usize, end: usize): u32 {
  return byteAt(at, end) | (byteAt(at + 1, end) << 8);
}
