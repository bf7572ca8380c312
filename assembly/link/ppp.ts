/** LINKTYPE_PPP (9), LINKTYPE_PPP_HDLC (50), LINKTYPE_PPP_ETHER (51): RFC 1661, RFC 1662, RFC 2516. */
import { NOT_IP, TYPE_PPP } from "../encap/inner";
import { walk } from "../encap/walk";
import { be16, byteAt, holds } from "../net/bytes";
import { ETHERTYPE_PPPOE_SESSION } from "../net/numbers";
import { chdlcPayload } from "./chdlc";

const ADDRESS_CONTROL: u32 = 0xff03;
const CHDLC_UNICAST: u32 = 0x0f;
const CHDLC_MULTICAST: u32 = 0x8f;

/** Address and control bytes may be there or not. */
export function pppPayload(frame: usize, end: usize): usize {
  const hasAddress = holds(frame, 2, end) && be16(frame, end) == ADDRESS_CONTROL;
  return walk(TYPE_PPP, hasAddress ? frame + 2 : frame, end);
}

/** PPP, or Cisco HDLC told by its first byte. */
export function pppHdlcPayload(frame: usize, end: usize): usize {
  if (!holds(frame, 1, end)) return NOT_IP;
  const first = byteAt(frame, end);
  return first == CHDLC_UNICAST || first == CHDLC_MULTICAST ? chdlcPayload(frame, end) : pppPayload(frame, end);
}

/** A PPPoE header without Ethernet. */
export function pppoePayload(frame: usize, end: usize): usize {
  return walk(ETHERTYPE_PPPOE_SESSION, frame, end);
}
