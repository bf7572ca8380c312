/** Writes IP packets for tests, with what metering must find in each. */
import type { FiveTuple } from "./capture.ts";
import { concat, network } from "./writer.ts";

/** A packet and the flow it belongs to. */
export interface IpCase {
  readonly name: string;
  readonly version: 4 | 6;
  readonly packet: Uint8Array;
  readonly flow: FiveTuple;
  /** Bytes from the packet's start that hold all that the key needs. */
  readonly keyBytes: number;
  /** Extension headers stand between the IPv6 header and the upper layer. */
  readonly isExtended: boolean;
}

const SOURCE4 = "192.0.2.1";
const DESTINATION4 = "198.51.100.77";
const SOURCE6 = "2001:db8::1:0:0:2";
const DESTINATION6 = "fe80::ff";

export function ipv4Bytes(text: string): Uint8Array {
  return Uint8Array.from(text.split(".").map(Number));
}

export function ipv6Bytes(text: string): Uint8Array {
  const [head, tail] = text.split("::").map((part) => (part === "" ? [] : part.split(":")));
  const zeros = Array.from({ length: 8 - head!.length - (tail?.length ?? 0) }, () => "0");
  const groups = [...head!, ...(tail === undefined ? [] : [...zeros, ...tail])];
  return network()
    .u16(...groups.map((group) => Number.parseInt(group, 16)))
    .done();
}

export interface Ipv4Options {
  readonly optionBytes?: number;
  /** In units of 8 bytes. */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
}

export function ipv4(protocol: number, payload: Uint8Array, options: Ipv4Options = {}): Uint8Array {
  const { optionBytes = 0, fragmentOffset = 0, moreFragments = false } = options;
  const headerBytes = 20 + optionBytes;
  return network()
    .u8(0x40 | (headerBytes / 4), 0xb8)
    .u16(headerBytes + payload.length, 0x1234, fragmentOffset | (moreFragments ? 0x2000 : 0))
    .u8(64, protocol)
    .u16(0)
    .raw(ipv4Bytes(SOURCE4), ipv4Bytes(DESTINATION4), new Uint8Array(optionBytes).fill(1), payload)
    .done();
}

export interface Extension {
  readonly protocol: number;
  /** What follows the next-header byte. */
  readonly rest: Uint8Array;
}

/** Hop-by-hop options, routing, destination options: length in units of 8 bytes behind the first 8. */
export function optionsHeader(protocol: 0 | 43 | 60, extraUnits = 0): Extension {
  return { protocol, rest: concat(Uint8Array.of(extraUnits), new Uint8Array(6 + 8 * extraUnits)) };
}

/** Offset in units of 8 bytes. */
export function fragmentHeader(offset: number, moreFragments = true): Extension {
  const rest = network()
    .u8(0)
    .u16((offset << 3) | (moreFragments ? 1 : 0))
    .u32(99)
    .done();
  return { protocol: 44, rest };
}

/** Length in words of 4 bytes, less 2. */
export function authenticationHeader(words: number): Extension {
  return { protocol: 51, rest: concat(Uint8Array.of(words), new Uint8Array(4 * (words + 2) - 2)) };
}

export function ipv6(protocol: number, payload: Uint8Array, extensions: readonly Extension[] = []): Uint8Array {
  const nexts = [...extensions.map((extension) => extension.protocol), protocol];
  const headers = extensions.map((extension, index) => concat(Uint8Array.of(nexts[index + 1]!), extension.rest));
  const body = concat(...headers, payload);
  return network()
    .u32(0x6b800000)
    .u16(body.length)
    .u8(nexts[0]!, 64)
    .raw(ipv6Bytes(SOURCE6), ipv6Bytes(DESTINATION6), body)
    .done();
}

export const SOURCE_PORT = 40_001;
export const DESTINATION_PORT = 443;
const UPPER_BYTES = 24;

/** Header and payload of a protocol that begins with two ports, or of one that looks as if it did. */
export function upper(sourcePort = SOURCE_PORT): Uint8Array {
  return network()
    .u16(sourcePort, DESTINATION_PORT)
    .zeros(UPPER_BYTES - 4)
    .done();
}

function caseOf(
  name: string,
  version: 4 | 6,
  protocol: number,
  packet: Uint8Array,
  portsEnd: number,
  ports = true,
): IpCase {
  const addresses =
    version === 4
      ? { source: SOURCE4, destination: DESTINATION4 }
      : { source: "2001:db8::1:0:0:2", destination: DESTINATION6 };
  const numbers = ports
    ? { sourcePort: SOURCE_PORT, destinationPort: DESTINATION_PORT }
    : { sourcePort: 0, destinationPort: 0 };
  return {
    name,
    version,
    packet,
    flow: { ...addresses, protocol, ...numbers },
    keyBytes: portsEnd,
    isExtended: packet[6] !== protocol && version === 6,
  };
}

const WITH_PORTS: readonly (readonly [string, number, number])[] = [
  ["TCP", 6, 4],
  ["UDP", 17, 4],
  ["DCCP", 33, 4],
  ["SCTP", 132, 12],
  ["UDP-Lite", 136, 4],
];
const WITHOUT_PORTS: readonly (readonly [string, number])[] = [
  ["ICMP", 1],
  ["GRE", 47],
  ["ESP", 50],
  ["ICMPv6", 58],
  ["no next header", 59],
  ["OSPF", 89],
  ["Mobility", 135],
  ["reserved", 255],
];

const EXTENSIONS: readonly (readonly [string, readonly Extension[]])[] = [
  ["hop-by-hop", [optionsHeader(0)]],
  ["routing of 24 bytes", [optionsHeader(43, 2)]],
  ["destination options", [optionsHeader(60, 1)]],
  ["authentication", [authenticationHeader(4)]],
  ["authentication of 8 bytes", [authenticationHeader(0)]],
  ["atomic fragment", [fragmentHeader(0, false)]],
  ["first fragment", [fragmentHeader(0)]],
  [
    "every header",
    [
      optionsHeader(0, 1),
      optionsHeader(60),
      optionsHeader(43, 3),
      fragmentHeader(0),
      authenticationHeader(5),
      optionsHeader(60, 2),
    ],
  ],
];

function* cases(): Generator<IpCase> {
  for (const [name, protocol, bytes] of WITH_PORTS) {
    yield caseOf(`IPv4 ${name}`, 4, protocol, ipv4(protocol, upper()), 20 + bytes);
    yield caseOf(`IPv6 ${name}`, 6, protocol, ipv6(protocol, upper()), 40 + bytes);
  }
  for (const [name, protocol] of WITHOUT_PORTS) {
    yield caseOf(`IPv4 ${name}`, 4, protocol, ipv4(protocol, upper()), 20, false);
    yield caseOf(`IPv6 ${name}`, 6, protocol, ipv6(protocol, upper()), 40, false);
  }
  yield caseOf("IPv4 authentication header", 4, 51, ipv4(51, upper()), 20, false);
  yield caseOf("IPv4 with options", 4, 6, ipv4(6, upper(), { optionBytes: 40 }), 64);
  yield caseOf("IPv4 first fragment", 4, 17, ipv4(17, upper(), { moreFragments: true }), 24);
  yield caseOf("IPv4 later fragment", 4, 17, ipv4(17, upper(), { fragmentOffset: 185 }), 20, false);
  yield caseOf("IPv4 last fragment", 4, 17, ipv4(17, upper(), { fragmentOffset: 0x1000 }), 20, false);
  yield caseOf("IPv4 TCP header shorter than its ports", 4, 6, ipv4(6, Uint8Array.of(1, 2, 3)), 20, false);
  yield caseOf("IPv4 SCTP header cut by the packet", 4, 132, ipv4(132, upper().subarray(0, 11)), 20, false);
  for (const [name, extensions] of EXTENSIONS) {
    const packet = ipv6(6, upper(), extensions);
    yield caseOf(`IPv6 ${name}`, 6, 6, packet, packet.length - UPPER_BYTES + 4);
  }
  const later = ipv6(17, upper(), [optionsHeader(0), fragmentHeader(100)]);
  yield caseOf("IPv6 later fragment", 6, 17, later, 56, false);
  const last = ipv6(17, upper(), [fragmentHeader(0x1000, false)]);
  yield caseOf("IPv6 last fragment", 6, 17, last, 48, false);
}

/** One packet of every kind, each version. */
export const IP_CASES: readonly IpCase[] = [...cases()];
