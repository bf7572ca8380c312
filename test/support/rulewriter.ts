/** Frames with every field that a rule can ask for, and rules matched the naive way: one after the other. */
import type { MatchRule, Prefix, Range } from "../../src/types.ts";
import { concat, network } from "./writer.ts";

/** What a rule sees of a frame; absent: no condition on it holds. */
export interface PacketFields {
  readonly version?: 4 | 6;
  readonly source?: bigint;
  readonly destination?: bigint;
  readonly protocol?: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly dscp?: number;
  readonly vlan?: number;
}

/** A frame to be written: with an IP header when it has a version. */
export interface FrameSpec {
  readonly version: 4 | 6 | null;
  readonly source: bigint;
  readonly destination: bigint;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly dscp: number;
  /** Type and VLAN id of each tag, outermost first. */
  readonly tags: readonly (readonly [number, number])[];
  readonly fragment: "none" | "first" | "later";
}

/** A TCP packet over IPv4 in a plain frame, to be varied. */
export const SPEC: FrameSpec = {
  version: 4,
  source: 0x0a01_0203n,
  destination: 0xc000_0201n,
  protocol: 6,
  sourcePort: 50_000,
  destinationPort: 443,
  dscp: 0,
  tags: [],
  fragment: "none",
};

/** Protocols whose packets have ports. */
export const PROTOCOLS_WITH_PORTS: readonly number[] = [6, 17, 33, 132, 136];
const PROTOCOL_FRAGMENT = 44;
const ETHERTYPE_ARP = 0x0806;
const UPPER_BYTES = 16;
const PRIORITY = 0xe000;
const ECN = 3;

/** Class of the first rule that holds. */
export function matchLinear(rules: readonly MatchRule[], defaultClass: number, packet: PacketFields): number {
  return rules.find((rule) => holds(rule, packet))?.classIndex ?? defaultClass;
}

function holds(rule: MatchRule, packet: PacketFields): boolean {
  const inPrefix = (address?: bigint) => (prefix: Prefix) => isInPrefix(prefix, packet.version, address);
  return (
    anyOf(rule.sources, inPrefix(packet.source)) &&
    anyOf(rule.destinations, inPrefix(packet.destination)) &&
    anyOf(rule.protocols, (protocol) => protocol === packet.protocol) &&
    anyOf(rule.sourcePorts, inRange(packet.sourcePort)) &&
    anyOf(rule.destinationPorts, inRange(packet.destinationPort)) &&
    anyOf(rule.dscps, (dscp) => dscp === packet.dscp) &&
    anyOf(rule.vlans, inRange(packet.vlan))
  );
}

function inRange(value?: number): (range: Range) => boolean {
  return ({ first, last }) => value !== undefined && value >= first && value <= last;
}

function anyOf<Value>(values: readonly Value[] | undefined, test: (value: Value) => boolean): boolean {
  return values === undefined || values.some(test);
}

function isInPrefix(prefix: Prefix, version: 4 | 6 | undefined, address: bigint | undefined): boolean {
  const hostBits = BigInt((prefix.version === 4 ? 32 : 128) - prefix.bits);
  return version === prefix.version && address !== undefined && address >> hostBits === prefix.address >> hostBits;
}

/** What rules see of the frame that `frameBytes` writes. */
export function fieldsOf(spec: FrameSpec): PacketFields {
  const { version, source, destination, protocol, sourcePort, destinationPort, dscp, tags, fragment } = spec;
  const vlan = tags.length === 0 ? {} : { vlan: tags[0]![1] };
  if (version === null) return vlan;
  const hasPorts = PROTOCOLS_WITH_PORTS.includes(protocol) && fragment !== "later";
  return {
    version,
    source,
    destination,
    protocol,
    dscp,
    ...vlan,
    ...(hasPorts ? { sourcePort, destinationPort } : {}),
  };
}

/** An Ethernet frame. The first 12 bytes are its addresses, and the first 4 behind IP's header the ports. */
export function frameBytes(spec: FrameSpec): Uint8Array {
  const types = { 4: 0x0800, 6: 0x86dd } as const;
  const type = spec.version === null ? ETHERTYPE_ARP : types[spec.version];
  const tags = spec.tags.map(([tagType, id]) =>
    network()
      .u16(tagType, PRIORITY | id)
      .done(),
  );
  const link = network()
    .zeros(12)
    .raw(...tags)
    .u16(type)
    .done();
  if (spec.version === null) return concat(link, new Uint8Array(28));
  return concat(link, spec.version === 4 ? ipv4(spec) : ipv6(spec));
}

function ipv4(spec: FrameSpec): Uint8Array {
  const offsets = { none: 0, first: 0x2000, later: 0x2001 } as const;
  return network()
    .u8(0x45, (spec.dscp << 2) | ECN)
    .u16(20 + UPPER_BYTES, 0, offsets[spec.fragment])
    .u8(64, spec.protocol)
    .u16(0)
    .u32(Number(spec.source), Number(spec.destination))
    .raw(upper(spec))
    .done();
}

function ipv6(spec: FrameSpec): Uint8Array {
  const isPart = spec.fragment !== "none";
  const fragment = network()
    .u8(spec.protocol, 0)
    .u16(spec.fragment === "later" ? 9 : 1)
    .u32(7)
    .done();
  return network()
    .u32(0x6000_0000 + (((spec.dscp << 2) | ECN) << 20) + 0xfffff)
    .u16(UPPER_BYTES + (isPart ? fragment.length : 0))
    .u8(isPart ? PROTOCOL_FRAGMENT : spec.protocol, 64)
    .raw(address6(spec.source), address6(spec.destination), isPart ? fragment : new Uint8Array(0), upper(spec))
    .done();
}

function upper({ sourcePort, destinationPort }: FrameSpec): Uint8Array {
  return network()
    .u16(sourcePort, destinationPort)
    .zeros(UPPER_BYTES - 4)
    .done();
}

function address6(address: bigint): Uint8Array {
  return network()
    .i64(BigInt.asIntN(64, address >> 64n))
    .i64(BigInt.asIntN(64, address))
    .done();
}

/** A prefix; host bits of `address` are cleared. */
export function prefixOf(version: 4 | 6, address: bigint, bits: number): Prefix {
  const hostBits = BigInt((version === 4 ? 32 : 128) - bits);
  return { version, address: (address >> hostBits) << hostBits, bits };
}

/** Prefixes of all lengths at both ends of the domain and in its middle, the longest first. */
export function crowdedPrefixes(version: 4 | 6): Prefix[] {
  const size = version === 4 ? 32 : 128;
  const last = 2n ** BigInt(size) - 1n;
  const lengths = Array.from({ length: size + 1 }, (_, index) => size - index);
  return lengths.flatMap((bits) => [0n, last, last >> 1n, (last >> 1n) + 1n].map((at) => prefixOf(version, at, bits)));
}
