/** MACsec, IEEE 802.1AE: a security tag of 6 or 14 bytes; what it protects is readable unless it is encrypted. */
import { byteAt, holds } from "../net/bytes";
import { NOT_IP, typeAt } from "./inner";

const TAG_BYTES: u32 = 6;
const CHANNEL_IDENTIFIER_BYTES: u32 = 8;
const FLAG_HAS_CHANNEL_IDENTIFIER: u32 = 0x20;
const FLAGS_CHANGED: u32 = 0x0c;

export function unwrapMacsec(at: usize, end: usize): usize {
  if (!holds(at, 1, end)) return NOT_IP;
  const flags = byteAt(at, end);
  if ((flags & FLAGS_CHANGED) != 0) return NOT_IP;
  return typeAt(at, (flags & FLAG_HAS_CHANNEL_IDENTIFIER) != 0 ? TAG_BYTES + CHANNEL_IDENTIFIER_BYTES : TAG_BYTES, end);
}
