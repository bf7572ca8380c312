/** Link types whose header has one length and leads to a type: Ethernet, FDDI, IP over InfiniBand, ARCNET. */
import { NOT_IP, TYPE_LLC } from "../encap/inner";
import { ipByNibble, walk } from "../encap/walk";
import { be16, byteAt, holds } from "../net/bytes";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "../net/numbers";

/** LINKTYPE_ETHERNET (1). */
export function ethernetPayload(frame: usize, end: usize): usize {
  if (!holds(frame, 14, end)) return NOT_IP;
  const type = be16(frame + 12, end);
  // Nearly every frame: IP right behind the header, nothing to unwrap.
  if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6) return frame + 14;
  return walk(type, frame + 14, end);
}

/** LINKTYPE_FDDI (10): frame control 1, addresses 12, then LLC. */
export function fddiPayload(frame: usize, end: usize): usize {
  return walk(TYPE_LLC, frame + 13, end);
}

/** LINKTYPE_IPOIB (242): global routing header 40, EtherType 2, reserved 2. RFC 4391. */
export function ipoibPayload(frame: usize, end: usize): usize {
  return holds(frame, 44, end) ? walk(be16(frame + 40, end), frame + 44, end) : NOT_IP;
}

const ARCNET_IP_RFC1051: u32 = 0xf0;
const ARCNET_IP_RFC1201: u32 = 0xd4;

/** LINKTYPE_ARCNET_LINUX (129): source 1, destination 1, offset 2, type 1; RFC 1201 adds split flag 1, sequence 2. */
export function arcnetPayload(frame: usize, end: usize): usize {
  if (!holds(frame, 5, end)) return NOT_IP;
  const type = byteAt(frame + 4, end);
  if (type == ARCNET_IP_RFC1051) return ipByNibble(frame + 5, end);
  return type == ARCNET_IP_RFC1201 ? ipByNibble(frame + 8, end) : NOT_IP;
}
