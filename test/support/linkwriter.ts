/** Writes what lies before an IP header, for every link type and encapsulation that is read. */
import { ByteWriter, concat, network } from "./writer.ts";

/** A link type, and the bytes that lead to an IP header of a version. */
export interface LinkCase {
  readonly name: string;
  readonly link: number;
  header(version: 4 | 6): Uint8Array;
  /** The IP versions it can carry; both when absent. */
  readonly only?: 4 | 6;
}

export const LINK_ETHERNET = 1;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;

function etherType(version: 4 | 6): number {
  return version === 4 ? IPV4 : IPV6;
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** 16-bit values in network byte order. */
function words(...values: number[]): Uint8Array {
  return network()
    .u16(...values)
    .done();
}

const ADDRESSES = bytes(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2);
const SNAP = bytes(0xaa, 0xaa, 3, 0, 0, 0);

function mplsLabel(label: number, isBottom: boolean): Uint8Array {
  return network()
    .u32((label << 12) | (isBottom ? 0x100 : 0) | 64)
    .done();
}

type Header = (version: 4 | 6) => Uint8Array;

/** Ethernet addresses, then types and what follows each, then the type of IP. */
const ETHERNET: readonly (readonly [string, Header])[] = [
  ["plain", (version) => words(etherType(version))],
  ["VLAN", (version) => words(0x8100, 0x6005, etherType(version))],
  ["VLAN in VLAN", (version) => words(0x8100, 5, 0x8100, 6, etherType(version))],
  ["QinQ", (version) => words(0x88a8, 5, 0x8100, 6, etherType(version))],
  ["old QinQ", (version) => words(0x9100, 5, 0x8100, 6, etherType(version))],
  ["five tags", (version) => words(0x88a8, 1, 0x9100, 2, 0x8100, 3, 0x8100, 4, 0x8100, 4095, etherType(version))],
  ["MPLS", () => concat(words(0x8847), mplsLabel(16, true))],
  ["MPLS upstream, four labels", () => concat(words(0x8848), ...[0, 1, 2, 3].map((at) => mplsLabel(at, at === 3)))],
  ["MPLS under VLAN", () => concat(words(0x8100, 1, 0x8847), mplsLabel(1_048_575, true))],
  [
    "Ethernet pseudowire",
    (version) =>
      concat(
        words(0x8847),
        mplsLabel(9, false),
        mplsLabel(10, true),
        words(0, 7),
        ADDRESSES,
        words(etherType(version)),
      ),
  ],
  ["PPPoE", (version) => concat(words(0x8864), bytes(0x11, 0), words(1, 99, version === 4 ? 0x21 : 0x57))],
  ["PPPoE, short protocol", (version) => concat(words(0x8864, 0x1100, 1, 99), bytes(version === 4 ? 0x21 : 0x57))],
  ["PPPoE with MPLS", () => concat(words(0x8864, 0x1100, 1, 99, 0x0281), mplsLabel(3, true))],
  ["LLC and SNAP", (version) => concat(words(1500), SNAP, words(etherType(version)))],
  [
    "LLC and SNAP, bridge tunnel",
    (version) => concat(words(46), bytes(0xaa, 0xaa, 3, 0, 0, 0xf8), words(etherType(version))),
  ],
  ["LLC of IP", () => concat(words(64), bytes(6, 6, 3))],
  ["LLC and SNAP under VLAN", (version) => concat(words(0x8100, 1, 60), SNAP, words(etherType(version)))],
  ["VN tag", (version) => words(0x8926, 0, 1, etherType(version))],
  ["E tag", (version) => words(0x893f, 0, 1, 2, etherType(version))],
  ["Cisco metadata", (version) => words(0x8909, 0x0101, 1, 2, etherType(version))],
  ["backbone bridge", (version) => concat(words(0x88e7, 0, 1), ADDRESSES, words(etherType(version)))],
  [
    "backbone bridge and VLANs",
    (version) => concat(words(0x88a8, 1, 0x88e7, 0, 1), ADDRESSES, words(0x8100, 2, etherType(version))),
  ],
  ["FabricPath", (version) => concat(words(0x8903, 0), ADDRESSES, words(etherType(version)))],
  ["MACsec", (version) => concat(words(0x88e5, 0, 0, 1), words(etherType(version)))],
  ["MACsec with channel", (version) => concat(words(0x88e5, 0x2000, 0, 1, 1, 2, 3, 4), words(etherType(version)))],
  ["NSH", (version) => concat(words(0x894f, 0x0fc6), bytes(1, version === 4 ? 1 : 2), new Uint8Array(20))],
  ["NSH without context", (version) => concat(words(0x894f, 0x0fc2), bytes(2, version === 4 ? 1 : 2), words(0, 1))],
  ["NSH with Ethernet", (version) => concat(words(0x894f, 0x0fc2, 0x0203, 0, 1), ADDRESSES, words(etherType(version)))],
  ["NSH with MPLS", () => concat(words(0x894f, 0x0fc2, 0x0205, 0, 1), mplsLabel(1, true))],
];

function pppProtocol(version: 4 | 6): number {
  return version === 4 ? 0x21 : 0x57;
}

function addressFamily(family6: number, order: "little" | "big"): Header {
  return (version) => new ByteWriter(order).u32(version === 4 ? 2 : family6).done();
}

const RADIOTAP_FLAGS = 2;
const RADIOTAP_TSFT = 1;
const RADIOTAP_PADDED = 0x20;

/** Radiotap: `fields` behind the present words, whose first one is `present`. */
function radiotap(present: number, fields: Uint8Array, morePresent: readonly number[] = []): Uint8Array {
  const more = morePresent.length === 0 ? 0 : 0x8000_0000;
  const length = 8 + 4 * morePresent.length + fields.length;
  return new ByteWriter("little")
    .u8(0, 0)
    .u16(length)
    .u32((present | more) >>> 0, ...morePresent)
    .raw(fields)
    .done();
}

interface DataFrame {
  readonly control?: number;
  readonly flags?: number;
  readonly extra?: Uint8Array;
}

/** An 802.11 data frame's header, with `extra` behind its 24 bytes, and LLC. */
function dataFrame({ control = 0x08, flags = 0x02, extra = bytes() }: DataFrame = {}): Header {
  const header = concat(bytes(control, flags), words(0), ADDRESSES, ADDRESSES.subarray(6), words(16), extra);
  return (version) => concat(header, SNAP, words(etherType(version)));
}

const QOS = { control: 0x88, flags: 0x02, extra: words(0) };
const PADDED_QOS = { ...QOS, extra: words(0, 0) };

function behind(before: Uint8Array, header: Header): Header {
  return (version) => concat(before, header(version));
}

const RADIO: readonly (readonly [string, number, Header])[] = [
  ["802.11 data", 105, dataFrame()],
  ["802.11 to the distribution system", 105, dataFrame({ flags: 0x01 })],
  ["802.11 four addresses", 105, dataFrame({ flags: 0x03, extra: ADDRESSES.subarray(6) })],
  ["802.11 QoS", 105, dataFrame(QOS)],
  ["802.11 QoS, four addresses", 105, dataFrame({ control: 0x88, flags: 0x03, extra: new Uint8Array(8) })],
  ["802.11 QoS, HT control", 105, dataFrame({ control: 0x88, flags: 0x82, extra: new Uint8Array(6) })],
  ["radiotap", 127, behind(radiotap(0, bytes()), dataFrame())],
  ["radiotap flags", 127, behind(radiotap(RADIOTAP_FLAGS, bytes(0x10)), dataFrame(QOS))],
  ["radiotap padding", 127, behind(radiotap(RADIOTAP_FLAGS, bytes(RADIOTAP_PADDED)), dataFrame(PADDED_QOS))],
  [
    "radiotap time and padding",
    127,
    behind(
      radiotap(RADIOTAP_TSFT | RADIOTAP_FLAGS, bytes(1, 1, 1, 1, 1, 1, 1, 1, RADIOTAP_PADDED)),
      dataFrame(PADDED_QOS),
    ),
  ],
  [
    "radiotap with a second present word, time aligned, padding",
    127,
    behind(
      radiotap(RADIOTAP_TSFT | RADIOTAP_FLAGS, bytes(0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, RADIOTAP_PADDED), [4]),
      dataFrame(PADDED_QOS),
    ),
  ],
];

const SLL = concat(words(0, 1, 6), ADDRESSES.subarray(0, 8));
const PPI = new ByteWriter("little").u8(0, 0).u16(16).u32(LINK_ETHERNET).zeros(8).done();
const NFLOG = concat(bytes(2, 0, 0, 0), bytes(6, 0, 10, 0, 65, 0, 0, 0), bytes(44, 0, 9, 0));

const OTHERS: readonly (readonly [string, number, Header])[] = [
  ["loopback of NetBSD, little-endian", 0, addressFamily(24, "little")],
  ["loopback of FreeBSD, big-endian", 0, addressFamily(28, "big")],
  ["loopback of Darwin, little-endian", 0, addressFamily(30, "little")],
  ["loopback of OpenBSD", 108, addressFamily(24, "big")],
  ["loopback of OpenBSD, little-endian", 108, addressFamily(10, "little")],
  ["PPP", 9, (version) => words(pppProtocol(version))],
  ["PPP with address", 9, (version) => words(0xff03, pppProtocol(version))],
  ["PPP with address, short protocol", 9, (version) => concat(words(0xff03), bytes(pppProtocol(version)))],
  ["FDDI", 10, (version) => concat(bytes(0x50), ADDRESSES, SNAP, words(etherType(version)))],
  ["raw IP (12)", 12, () => bytes()],
  ["raw IP (14)", 14, () => bytes()],
  ["raw IP (101)", 101, () => bytes()],
  ["PPP over a serial line", 50, (version) => words(0xff03, pppProtocol(version))],
  ["Cisco HDLC as PPP over a serial line", 50, (version) => words(0x0f00, etherType(version))],
  ["PPPoE without Ethernet", 51, (version) => words(0x1100, 1, 99, pppProtocol(version))],
  ["Cisco HDLC", 104, (version) => words(0x0f00, etherType(version))],
  ["Cisco HDLC, multicast", 104, (version) => words(0x8f00, etherType(version))],
  ["Frame Relay, NLPID", 107, (version) => bytes(0x18, 0x41, 3, version === 4 ? 0xcc : 0x8e)],
  [
    "Frame Relay, padded SNAP",
    107,
    (version) => concat(bytes(0x18, 0x41, 3, 0, 0x80, 0, 0, 0), words(etherType(version))),
  ],
  ["Frame Relay, PPP", 107, (version) => concat(bytes(0x18, 0x41, 3, 0xcf), words(pppProtocol(version)))],
  ["Frame Relay of Cisco", 107, (version) => words(0x1841, etherType(version))],
  [
    "Frame Relay, four address bytes",
    107,
    (version) => concat(bytes(0x18, 0x40, 0x40, 0x41), words(etherType(version))),
  ],
  ["Linux cooked", 113, (version) => concat(SLL, words(etherType(version)))],
  ["Linux cooked, VLAN", 113, (version) => concat(SLL, words(0x8100, 1, etherType(version)))],
  ["Linux cooked, LLC", 113, (version) => concat(SLL, words(4), SNAP, words(etherType(version)))],
  ["Linux cooked 2", 276, (version) => concat(words(etherType(version)), new Uint8Array(18))],
  ["Linux cooked 2, MPLS", 276, () => concat(words(0x8847), new Uint8Array(18), mplsLabel(7, true))],
  ["ARCNET, RFC 1201", 129, () => bytes(1, 2, 0, 0, 0xd4, 0, 0, 1)],
  ["ARCNET, RFC 1051", 129, () => bytes(1, 2, 0, 0, 0xf0)],
  ["PPI of Ethernet", 192, (version) => concat(PPI, ADDRESSES, words(etherType(version)))],
  ["NFLOG", 239, () => NFLOG],
  ["IP over InfiniBand", 242, (version) => concat(new Uint8Array(40), words(etherType(version), 0))],
];

/** Every link type and encapsulation. */
export const LINK_CASES: readonly LinkCase[] = [
  ...ETHERNET.map(([name, rest]) => ({
    name: `Ethernet, ${name}`,
    link: LINK_ETHERNET,
    header: behind(ADDRESSES, rest),
  })),
  ...RADIO.map(([name, link, header]) => ({ name, link, header })),
  ...OTHERS.map(([name, link, header]) => ({ name, link, header })),
  { name: "IPv4", link: 228, header: () => bytes(), only: 4 },
  { name: "IPv6", link: 229, header: () => bytes(), only: 6 },
];

/** An Ethernet frame of an IP packet. */
export function ethernet(version: 4 | 6, packet: Uint8Array): Uint8Array {
  return concat(ADDRESSES, words(etherType(version)), packet);
}

/** An ARP request: an Ethernet frame without IP. */
export function arp(): Uint8Array {
  return concat(ADDRESSES, words(0x0806, 1, 0x0800, 0x0604, 1), new Uint8Array(20));
}
