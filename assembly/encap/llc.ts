/** IEEE 802.2 LLC, with SNAP (RFC 1042). */
import { be16, be32, byteAt, holds } from "../net/bytes";
import { inner, NOT_IP, TYPE_IP, TYPE_SNAP } from "./inner";

const SAP_SNAP: u32 = 0xaa;
const SAP_IP: u32 = 0x06;
const CONTROL_UNNUMBERED: u32 = 0x03;
const LLC_BYTES: u32 = 3;
const SNAP_BYTES: u32 = 5;
/** Organization codes whose protocol field is an EtherType: RFC 1042, and 802.1H bridge tunnels. */
const OUI_ETHERNET: u32 = 0x000000;
const OUI_BRIDGE_TUNNEL: u32 = 0x0000f8;

export function unwrapLlc(at: usize, end: usize): usize {
  if (!holds(at, LLC_BYTES, end) || byteAt(at + 2, end) != CONTROL_UNNUMBERED) return NOT_IP;
  const destination = byteAt(at, end);
  const source = byteAt(at + 1, end);
  if (destination == SAP_IP && source == SAP_IP) return inner(TYPE_IP, at + LLC_BYTES);
  return destination == SAP_SNAP && source == SAP_SNAP ? inner(TYPE_SNAP, at + LLC_BYTES) : NOT_IP;
}

/** Organization code 3, EtherType 2. */
export function unwrapSnap(at: usize, end: usize): usize {
  if (!holds(at, SNAP_BYTES, end)) return NOT_IP;
  const oui = be32(at, end) >>> 8;
  const isEtherType = oui == OUI_ETHERNET || oui == OUI_BRIDGE_TUNNEL;
  return isEtherType ? inner(be16(at + 3, end), at + SNAP_BYTES) : NOT_IP;
}
