/** LINKTYPE_FRELAY (107): Q.922 address, then RFC 2427 (NLPID) or Cisco (EtherType) encapsulation. */
import { NOT_IP, TYPE_IP, TYPE_PPP, TYPE_SNAP } from "../encap/inner";
import { walk } from "../encap/walk";
import { be16, byteAt, holds } from "../net/bytes";

const EXTENDED_ADDRESS_END: u32 = 1;
const ADDRESS_BYTES_MAX: u32 = 4;
const CONTROL_UNNUMBERED: u32 = 0x03;
const PAD: u32 = 0x00;
const NLPID_SNAP: u32 = 0x80;
const NLPID_IPV6: u32 = 0x8e;
const NLPID_IPV4: u32 = 0xcc;
const NLPID_PPP: u32 = 0xcf;

export function frameRelayPayload(frame: usize, end: usize): usize {
  const at = behindAddress(frame, end);
  if (at == NOT_IP || !holds(at, 2, end)) return NOT_IP;
  if (byteAt(at, end) != CONTROL_UNNUMBERED) return walk(be16(at, end), at + 2, end);
  const nlpid = byteAt(at + 1, end) == PAD ? at + 2 : at + 1;
  return holds(nlpid, 1, end) ? nlpidPayload(byteAt(nlpid, end), nlpid + 1, end) : NOT_IP;
}

/** Behind the address, whose last byte has its lowest bit set. */
function behindAddress(frame: usize, end: usize): usize {
  for (let octet: u32 = 0; octet < ADDRESS_BYTES_MAX; octet++) {
    if (!holds(frame, octet + 1, end)) return NOT_IP;
    if ((byteAt(frame + octet, end) & EXTENDED_ADDRESS_END) != 0) return frame + octet + 1;
  }
  return NOT_IP;
}

function nlpidPayload(nlpid: u32, at: usize, end: usize): usize {
  if (nlpid == NLPID_IPV4 || nlpid == NLPID_IPV6) return walk(TYPE_IP, at, end);
  if (nlpid == NLPID_SNAP) return walk(TYPE_SNAP, at, end);
  return nlpid == NLPID_PPP ? walk(TYPE_PPP, at, end) : NOT_IP;
}
