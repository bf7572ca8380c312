/** The PPP protocol field: two bytes, or one when its lowest bit is set (RFC 1661 section 6.5). */
import { be16, byteAt, holds } from "../net/bytes";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_MPLS } from "../net/numbers";
import { inner, NOT_IP } from "./inner";

const PPP_IPV4: u32 = 0x0021;
const PPP_IPV6: u32 = 0x0057;
const PPP_MPLS: u32 = 0x0281;

export function unwrapPpp(at: usize, end: usize): usize {
  if (!holds(at, 1, end)) return NOT_IP;
  const first = byteAt(at, end);
  if ((first & 1) != 0) return payloadOf(first, at + 1);
  return holds(at, 2, end) ? payloadOf(be16(at, end), at + 2) : NOT_IP;
}

function payloadOf(protocol: u32, at: usize): usize {
  if (protocol == PPP_IPV4) return inner(ETHERTYPE_IPV4, at);
  if (protocol == PPP_IPV6) return inner(ETHERTYPE_IPV6, at);
  return protocol == PPP_MPLS ? inner(ETHERTYPE_MPLS, at) : NOT_IP;
}
