/** Ethernet frames with whole IPv4, IPv6, TCP and UDP headers, checksums included, and a payload of zeros. */
import { KIND_IPV6, KIND_UDP } from "./kinds.ts";

const ETHERNET_BYTES = 14;
const TAG_BYTES = 4;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const TCP_BYTES = 20;
const UDP_BYTES = 8;
const TYPE_VLAN = 0x8100;
const TYPE_IPV4 = 0x0800;
const TYPE_IPV6 = 0x86dd;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const HOP_LIMIT = 64;
const DO_NOT_FRAGMENT = 0x4000;
const TCP_WINDOW = 0xffff;
/** Five words of header; ACK and SYN flags. */
const TCP_ACK = 0x5010;
const TCP_SYN = 0x5002;
/** RFC 863: what is sent there is thrown away, and analyzers look for nothing in it. */
const PORT_DISCARD = 9;

/** Without the frame check sequence, which captures do not have either. */
export const FRAME_BYTES_MIN = 60;
export const FRAME_BYTES_MAX = 65_535;

/** Locally administered. */
const MAC_SOURCE = [2, 0, 0, 0, 0, 1];
const MAC_DESTINATION = [2, 0, 0, 0, 0, 2];
/** 192.0.2.0/24 and 2001:db8::/32 are for documentation (RFC 5737, 3849). */
const SERVERS_IPV4 = 0xc000_0200;
const PREFIX_IPV6 = 0x2001_0db8;
const NETWORK_SERVERS = 0xf;

/** What differs between the packets of a kind. */
export interface Packet {
  frameBytes: number;
  /** The rest of the frame behind the IP packet is padding of Ethernet. */
  ipBytes: number;
  /** IPv4: the source address. IPv6: its low 32 bits. */
  source: number;
  sourcePort: number;
  /** The last byte of the destination address. */
  server: number;
  /** Of TCP, as is the next. */
  sequence: number;
  acknowledged: number;
  dscp: number;
}

/** Shortest frame of a kind: all headers. */
export function headerBytes(kind: number, vlan: number | null): number {
  const tag = vlan === null ? 0 : TAG_BYTES;
  const ip = (kind & KIND_IPV6) === 0 ? IPV4_BYTES : IPV6_BYTES;
  return ETHERNET_BYTES + tag + ip + ((kind & KIND_UDP) === 0 ? TCP_BYTES : UDP_BYTES);
}

/** Ones' complement sums are kept unfolded: the words of a header never reach 2^32. */
function sumOf(view: DataView, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 2) sum += view.getUint16(at);
  return sum;
}

function sumOfWord(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

/** The checksum field (RFC 1071) over what the sum was taken of. */
function checksum(sum: number): number {
  const folded = (sum & 0xffff) + (sum >>> 16);
  return ~(folded + (folded >>> 16)) & 0xffff;
}

export interface FrameOptions {
  /** KIND_* of kinds.ts. */
  readonly kind: number;
  readonly vlan: number | null;
  /** A TCP segment that opens a connection, where others are in the midst of one. */
  readonly opens: boolean;
  /** IPv6: the fourth 16 bits of the source address. */
  readonly network: number;
}

/** Writes frames of one kind. */
export class FrameWriter {
  readonly headerBytes: number;
  /** Of the Ethernet header. */
  readonly linkBytes: number;
  /** Headers with all that packets have in common, zeros for the rest. */
  readonly #template: Uint8Array;
  readonly #isIpv6: boolean;
  readonly #isUdp: boolean;
  readonly #transportAt: number;
  /** Of the template's IPv4 header, and of its transport header with what is fixed of the pseudo-header. */
  readonly #ipSum: number;
  readonly #transportSum: number;

  constructor({ kind, vlan, opens, network }: FrameOptions) {
    this.#isIpv6 = (kind & KIND_IPV6) !== 0;
    this.#isUdp = (kind & KIND_UDP) !== 0;
    this.headerBytes = headerBytes(kind, vlan);
    this.#template = new Uint8Array(this.headerBytes);
    this.linkBytes = ETHERNET_BYTES + (vlan === null ? 0 : TAG_BYTES);
    this.#transportAt = this.linkBytes + (this.#isIpv6 ? IPV6_BYTES : IPV4_BYTES);
    const view = new DataView(this.#template.buffer);
    this.#template.set([...MAC_DESTINATION, ...MAC_SOURCE]);
    if (vlan !== null) view.setUint32(12, TYPE_VLAN * 2 ** 16 + vlan);
    view.setUint16(this.linkBytes - 2, this.#isIpv6 ? TYPE_IPV6 : TYPE_IPV4);
    this.#fillIp(view, network);
    view.setUint16(this.#transportAt + 2, PORT_DISCARD);
    if (!this.#isUdp) {
      view.setUint16(this.#transportAt + 12, opens ? TCP_SYN : TCP_ACK);
      view.setUint16(this.#transportAt + 14, TCP_WINDOW);
    }
    this.#ipSum = sumOf(view, this.linkBytes, this.#transportAt);
    const addressesAt = this.linkBytes + (this.#isIpv6 ? 8 : 12);
    const protocol = this.#isUdp ? PROTOCOL_UDP : PROTOCOL_TCP;
    this.#transportSum = protocol + sumOf(view, addressesAt, this.headerBytes);
  }

  #fillIp(view: DataView, network: number): void {
    const ip = this.linkBytes;
    const protocol = this.#isUdp ? PROTOCOL_UDP : PROTOCOL_TCP;
    if (!this.#isIpv6) {
      view.setUint8(ip, 0x45);
      view.setUint16(ip + 6, DO_NOT_FRAGMENT);
      view.setUint8(ip + 8, HOP_LIMIT);
      view.setUint8(ip + 9, protocol);
      view.setUint32(ip + 16, SERVERS_IPV4);
      return;
    }
    view.setUint8(ip, 0x60);
    view.setUint8(ip + 6, protocol);
    view.setUint8(ip + 7, HOP_LIMIT);
    view.setUint32(ip + 8, PREFIX_IPV6);
    view.setUint16(ip + 14, network);
    view.setUint32(ip + 24, PREFIX_IPV6);
    view.setUint16(ip + 30, NETWORK_SERVERS);
  }

  /**
   * Writes the first `keptBytes` of a frame; checksums are those of the whole. Up to `headerBytes` behind `at` may be
   * overwritten even if less is kept.
   */
  write(bytes: Uint8Array, view: DataView, at: number, packet: Packet, keptBytes: number): void {
    bytes.set(this.#template, at);
    if (this.#isIpv6) this.#writeIpv6(view, at + this.linkBytes, packet);
    else this.#writeIpv4(view, at + this.linkBytes, packet);
    this.#writeTransport(view, at + this.#transportAt, packet);
    if (keptBytes > this.headerBytes) bytes.fill(0, at + this.headerBytes, at + keptBytes);
  }

  #writeIpv4(view: DataView, ip: number, { ipBytes, source, server, dscp }: Packet): void {
    const service = dscp << 2;
    view.setUint8(ip + 1, service);
    view.setUint16(ip + 2, ipBytes);
    view.setUint16(ip + 10, checksum(this.#ipSum + service + ipBytes + sumOfWord(source) + server));
    view.setUint32(ip + 12, source);
    view.setUint8(ip + 19, server);
  }

  #writeIpv6(view: DataView, ip: number, { ipBytes, source, server, dscp }: Packet): void {
    view.setUint16(ip, 0x6000 + (dscp << 6));
    view.setUint16(ip + 4, ipBytes - IPV6_BYTES);
    view.setUint32(ip + 20, source);
    view.setUint8(ip + 39, server);
  }

  #writeTransport(view: DataView, at: number, packet: Packet): void {
    const { ipBytes, source, sourcePort, server, sequence, acknowledged } = packet;
    const lengthBytes = ipBytes - (this.#transportAt - this.linkBytes);
    const sum = this.#transportSum + sumOfWord(source) + server + sourcePort + lengthBytes;
    view.setUint16(at, sourcePort);
    if (this.#isUdp) {
      view.setUint16(at + 4, lengthBytes);
      // The length stands in the header too. A sum of 0 would say that there is none (RFC 768).
      view.setUint16(at + 6, checksum(sum + lengthBytes) || 0xffff);
      return;
    }
    view.setUint32(at + 4, sequence);
    view.setUint32(at + 8, acknowledged);
    view.setUint16(at + 16, checksum(sum + sumOfWord(sequence) + sumOfWord(acknowledged)));
  }
}
