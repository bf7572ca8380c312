/** Network service header, RFC 8300. */
import { byteAt, holds } from "../net/bytes";
import { ETHERTYPE_MPLS } from "../net/numbers";
import { inner, NOT_IP, TYPE_ETHERNET, TYPE_IP } from "./inner";

const BASE_BYTES: u32 = 8;
const LENGTH_MASK: u32 = 0x3f;
const NEXT_IPV4: u32 = 1;
const NEXT_IPV6: u32 = 2;
const NEXT_ETHERNET: u32 = 3;
const NEXT_MPLS: u32 = 5;

export function unwrapNsh(at: usize, end: usize): usize {
  if (!holds(at, BASE_BYTES, end)) return NOT_IP;
  const headerBytes = (byteAt(at + 1, end) & LENGTH_MASK) << 2;
  if (headerBytes < BASE_BYTES) return NOT_IP;
  const next = byteAt(at + 3, end);
  if (next == NEXT_IPV4 || next == NEXT_IPV6) return inner(TYPE_IP, at + headerBytes);
  if (next == NEXT_ETHERNET) return inner(TYPE_ETHERNET, at + headerBytes);
  return next == NEXT_MPLS ? inner(ETHERTYPE_MPLS, at + headerBytes) : NOT_IP;
}
