/** Rules of thousands, and captures whose frames meet them: addresses on both sides and ports spread over what rules name. */
import type { MatchRule, Prefix } from "../src/types.ts";
import { Random, scramble } from "./random.ts";
import { type CaptureShape, synthesize } from "./synth.ts";

/** Classes that rules name; packets that match none get one more. */
export const RULE_CLASSES = 3;

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;
const DOCUMENTATION6 = 0x2001_0db8n << 96n;
/** Networks of IPv6 are told apart by the 32 bits behind 2001:db8::/32. */
const NETWORK_BITS6 = 64n;
const SERVER_PORTS = [443, 443, 443, 80, 53, 123, 22, 25, 993, 5060, 8080, 3389];

/**
 * A synthetic capture whose servers differ too: the destination address and port of each flow are drawn. IPv6 flows
 * differ in their networks.
 */
export function synthesizeSpread(shape: CaptureShape): Buffer {
  const capture = synthesize(shape);
  const view = new DataView(capture.buffer, capture.byteOffset, capture.byteLength);
  for (let at = FILE_HEADER_BYTES; at < capture.length;) {
    const ip = at + RECORD_HEADER_BYTES + ETHERNET_BYTES;
    const isIpv6 = capture[ip]! >>> 4 === 6;
    // The source's last 32 bits and the source port tell flows apart.
    const ports = ip + (isIpv6 ? 40 : 20);
    const source = view.getUint32(isIpv6 ? ip + 20 : ip + 12);
    const drawn = scramble(source ^ (view.getUint16(ports) << 8));
    if (isIpv6) view.setUint32(ip + 12, source);
    view.setUint32(isIpv6 ? ip + 28 : ip + 16, isIpv6 ? drawn : 0x0a00_0000 + (drawn & 0xff_ffff));
    view.setUint16(ports + 2, SERVER_PORTS[(drawn >>> 8) % SERVER_PORTS.length]!);
    at += RECORD_HEADER_BYTES + view.getUint32(at + 8, true);
  }
  return capture;
}

/** Rules of one source prefix each, three in four of IPv4. */
export function sourceRules(count: number, seed: number): MatchRule[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => ({
    sources: [drawPrefix(random)],
    classIndex: index % RULE_CLASSES,
  }));
}

/** Rules of one to three fields: source and destination prefixes, protocols, ports and ranges of ports, in turn. */
export function mixedRules(count: number, seed: number): MatchRule[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => ({
    ...drawFields(random, index),
    classIndex: index % RULE_CLASSES,
  }));
}

function drawFields(random: Random, index: number): Omit<MatchRule, "classIndex"> {
  const sources = [drawPrefix(random)];
  const destinations = [drawPrefix(random)];
  const protocols = [random.below(2) === 0 ? 6 : 17];
  const destinationPorts = [drawPorts(random)];
  const kinds: readonly Omit<MatchRule, "classIndex">[] = [
    { sources },
    { destinations },
    { sources, protocols },
    { destinations, protocols, destinationPorts },
    { sources, destinations },
    { sources, destinationPorts },
  ];
  return kinds[index % kinds.length]!;
}

/** Within what the synthetic flows have: 10.0.0.0/8 and 2001:db8::/32. */
function drawPrefix(random: Random): Prefix {
  const isIpv6 = random.below(4) === 0;
  const bits = 16 + random.below(17);
  const hostBits = BigInt(32 - bits);
  const host = (BigInt(random.word()) >> hostBits) << hostBits;
  if (isIpv6) return { version: 6, address: DOCUMENTATION6 | (host << NETWORK_BITS6), bits: 32 + bits };
  return { version: 4, address: 0x0a00_0000n | (host & 0xff_ffffn), bits };
}

function drawPorts(random: Random): { first: number; last: number } {
  const port = SERVER_PORTS[random.below(SERVER_PORTS.length)]!;
  return random.below(2) === 0 ? { first: port, last: port } : { first: port, last: port + random.below(30_000) };
}
