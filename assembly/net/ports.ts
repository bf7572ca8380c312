/** Where a packet's ports stand, for protocols whose header begins with two. */
import { holds } from "./bytes";
import { IpHeader } from "./ip";
import { PROTOCOL_DCCP, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_UDPLITE } from "./numbers";

const PORTS_BYTES: u32 = 4;
const SCTP_HEADER_BYTES: u32 = 12;

/** Address of both ports, or 0 where there are none; `isCut` tells when they were cut off. */
export function portsAt(ip: IpHeader, end: usize): usize {
  const headerBytes = portsHeaderBytes(ip.protocol);
  if (ip.upper == 0 || headerBytes == 0 || ip.upper + headerBytes > ip.packetEnd) return 0;
  if (holds(ip.upper, headerBytes, end)) return ip.upper;
  ip.isCut = true;
  return 0;
}

/** Bytes that must be there of a header that begins with two ports; 0 for protocols without ports. */
function portsHeaderBytes(protocol: u32): u32 {
  switch (protocol) {
    case PROTOCOL_TCP:
    case PROTOCOL_UDP:
    case PROTOCOL_UDPLITE:
    case PROTOCOL_DCCP:
      return PORTS_BYTES;
    case PROTOCOL_SCTP:
      return SCTP_HEADER_BYTES;
    default:
      return 0;
  }
}
