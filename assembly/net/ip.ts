/** What metering needs of the outermost IP header: RFC 791, RFC 8200. */
import { IPV4_HEADER_BYTES, IPV6_HEADER_BYTES } from "./numbers";
import { be16, byteAt, holds } from "./bytes";

/** Where a header stands, what it carries, and what of it could be read. One instance, filled for each frame. */
@unmanaged
export class IpHeader {
  /** 4, 6, or 0 when the frame has no readable IP header. */
  version: u32;
  at: usize;
  /** Upper-layer protocol, IPv6 extension headers walked. */
  protocol: u32;
  /** The upper-layer header, or 0 when there is none here (later fragment, cut off). */
  upper: usize;
  /** Where the packet ends by its header: the upper layer cannot reach past it. usize.MAX_VALUE when it does not say. */
  packetEnd: usize;
  /** Length in bytes by the header: total length, or 40 + payload length. 0 when not readable. */
  lengthBytes: u32;
  /** True when the snap length cut off what belongs into the key. */
  isCut: bool;
}

const IPV4_PROTOCOL: u32 = 9;
const IPV6_NEXT_HEADER: u32 = 6;

/** True when the header read into `ip` was captured as far as the field that names what it carries. */
export function hasProtocol(ip: IpHeader, end: usize): bool {
  return holds(ip.at, (ip.version == 4 ? IPV4_PROTOCOL : IPV6_NEXT_HEADER) + 1, end);
}

const FRAGMENT_OFFSET_MASK: u32 = 0x1fff;

/** Reads the header at `at`. False when there is no IP header of a version we know. */
export function readIp(ip: IpHeader, at: usize, end: usize): bool {
  ip.at = at;
  ip.protocol = 0;
  ip.upper = 0;
  ip.lengthBytes = 0;
  ip.packetEnd = usize.MAX_VALUE;
  ip.isCut = false;
  ip.version = 0;
  if (!holds(at, 1, end)) return false;
  const version = byteAt(at, end) >>> 4;
  if (version == 4) return readIpv4(ip, at, end);
  if (version == 6) return readIpv6(ip, at, end);
  return false;
}

function readIpv4(ip: IpHeader, at: usize, end: usize): bool {
  const headerBytes = (byteAt(at, end) & 15) << 2;
  if (headerBytes < IPV4_HEADER_BYTES) return false;
  ip.version = 4;
  if (holds(at, 4, end)) ip.lengthBytes = be16(at + 2, end);
  // A total length of 0 is a packet that the network card was to cut up (TSO); one inside the header is no packet.
  if (ip.lengthBytes != 0 && ip.lengthBytes < headerBytes) {
    ip.version = 0;
    return false;
  }
  if (ip.lengthBytes != 0) ip.packetEnd = at + ip.lengthBytes;
  if (!holds(at, IPV4_HEADER_BYTES, end)) {
    ip.isCut = true;
    if (hasProtocol(ip, end)) ip.protocol = byteAt(at + IPV4_PROTOCOL, end);
    return true;
  }
  ip.protocol = byteAt(at + IPV4_PROTOCOL, end);
  if ((be16(at + 6, end) & FRAGMENT_OFFSET_MASK) == 0) ip.upper = at + headerBytes;
  return true;
}

function readIpv6(ip: IpHeader, at: usize, end: usize): bool {
  ip.version = 6;
  if (holds(at, 6, end)) ip.lengthBytes = IPV6_HEADER_BYTES + be16(at + 4, end);
  // A payload length of 0 is a jumbogram (RFC 2675), or was to be cut up by the network card.
  if (ip.lengthBytes > IPV6_HEADER_BYTES) ip.packetEnd = at + ip.lengthBytes;
  if (!holds(at, IPV6_HEADER_BYTES, end)) {
    ip.isCut = true;
    if (hasProtocol(ip, end)) ip.protocol = byteAt(at + IPV6_NEXT_HEADER, end);
    return true;
  }
  walkExtensions(ip, byteAt(at + IPV6_NEXT_HEADER, end), at + IPV6_HEADER_BYTES, end);
  return true;
}

const EXTENSION_MIN_BYTES: u32 = 8;
const HOP_BY_HOP: u32 = 0;
const ROUTING: u32 = 43;
const FRAGMENT: u32 = 44;
const AUTHENTICATION: u32 = 51;
const DESTINATION: u32 = 60;

/** RFC 8200 section 4. Each header is at least 8 bytes long, so the frame's end bounds the walk. */
function walkExtensions(ip: IpHeader, firstHeader: u32, start: usize, end: usize): void {
  let next = firstHeader;
  let at = start;
  while (next == HOP_BY_HOP || next == ROUTING || next == FRAGMENT || next == AUTHENTICATION || next == DESTINATION) {
    if (!holds(at, EXTENSION_MIN_BYTES, end)) {
      // A cut fragment header does not tell whether its next header is here; the others do.
      ip.protocol = next != FRAGMENT && holds(at, 1, end) ? byteAt(at, end) : next;
      ip.isCut = true;
      return;
    }
    const header = next;
    next = byteAt(at, end);
    if (header == FRAGMENT) {
      // The offset's 13 bits; a later fragment starts inside the upper layer.
      if (be16(at + 2, end) >>> 3 != 0) {
        ip.protocol = next;
        return;
      }
      at += 8;
    } else {
      const units = byteAt(at + 1, end);
      // RFC 4302 section 2.2: the authentication header counts words of 4 bytes, less 2; all others 8, less 1.
      at += header == AUTHENTICATION ? (units + 2) << 2 : (units + 1) << 3;
    }
  }
  ip.protocol = next;
  ip.upper = at;
}
