/** Link type (LINKTYPE_* of the pcap formats) to decoder: one row a link type. */
import { NOT_IP } from "../encap/inner";
import { ipByNibble } from "../encap/walk";
import { byteAt, holds } from "../net/bytes";
import { chdlcPayload } from "./chdlc";
import { arcnetPayload, ethernetPayload, fddiPayload, ipoibPayload } from "./fixedheader";
import { frameRelayPayload } from "./framerelay";
import { ieee80211Payload, radiotapPayload } from "./ieee80211";
import { sll2Payload, sllPayload } from "./linuxsll";
import { loopbackPayload } from "./loopback";
import { nflogPayload } from "./nflog";
import { pppHdlcPayload, pppoePayload, pppPayload } from "./ppp";

/** Answer for frames of a link type without a row here: they are metered as `other`. */
export const UNKNOWN_LINK: usize = 1;

export const LINK_ETHERNET: u32 = 1;
const LINK_PPI: u32 = 192;
const PPI_HEADER_BYTES: u32 = 8;

/** Address of the outermost IP header of a frame, NOT_IP or UNKNOWN_LINK. Reads nothing past `end`. */
export function linkPayload(link: u32, frame: usize, end: usize): usize {
  // Ahead of the table: its jump costs as much as the decoder.
  if (link == LINK_ETHERNET) return ethernetPayload(frame, end);
  switch (link) {
    case 0:
    case 108:
      return loopbackPayload(frame, end);
    case 9:
      return pppPayload(frame, end);
    case 10:
      return fddiPayload(frame, end);
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return ipByNibble(frame, end);
    case 50:
      return pppHdlcPayload(frame, end);
    case 51:
      return pppoePayload(frame, end);
    case 104:
      return chdlcPayload(frame, end);
    case 105:
      return ieee80211Payload(frame, end);
    case 107:
      return frameRelayPayload(frame, end);
    case 113:
      return sllPayload(frame, end);
    case 127:
      return radiotapPayload(frame, end);
    case 129:
      return arcnetPayload(frame, end);
    case LINK_PPI:
      return ppiPayload(frame, end);
    case 239:
      return nflogPayload(frame, end);
    case 242:
      return ipoibPayload(frame, end);
    case 276:
      return sll2Payload(frame, end);
    default:
      return UNKNOWN_LINK;
  }
}

/** LINKTYPE_PPI (192): version 1, flags 1, length 2, link type 4, little-endian; then a frame of that link type. */
function ppiPayload(frame: usize, end: usize): usize {
  if (!holds(frame, PPI_HEADER_BYTES, end)) return NOT_IP;
  const headerBytes = byteAt(frame + 2, end) | (byteAt(frame + 3, end) << 8);
  const link = byteAt(frame + 4, end) | (byteAt(frame + 5, end) << 8);
  // PPI in PPI is not allowed; following it could recurse as often as a frame is long.
  if (headerBytes < PPI_HEADER_BYTES || link == LINK_PPI) return NOT_IP;
  return linkPayload(link, frame + headerBytes, end);
}
